"""The ELBO lesson: exactly known bounds, and its claim about the shipped models."""

from pathlib import Path

import numpy as np
import pytest
import torch

from latent_explorer.course.lessons import elbo
from vae_core.checkpoints.trained_vae import TrainedVAE
from vae_core.common.errors import BadInput
from vae_core.data import load_dataset
from vae_core.evaluation.likelihood import inference_gap
from vae_core.evaluation.likelihood.elbo import measure_elbo

CHECKPOINTS = Path(__file__).parents[1] / "checkpoints"


def bounds_of(name: str, dataset: str, n: int, ks: tuple[int, ...]) -> inference_gap.ImportanceBounds:
    images = load_dataset(dataset, split="test").subset(n, seed=0).images
    return inference_gap.importance_bounds(TrainedVAE.load(CHECKPOINTS / name), images, ks)


def test_every_bound_is_the_same_for_equal_weights(monkeypatch):
    monkeypatch.setattr(inference_gap, "importance_log_weights", lambda vae, x, k, generator: torch.full((k, len(x)), -7.0))
    found = bounds_of("digits-2", "digits", 3, (1, 4, 8))
    assert found.bound == pytest.approx(-7)


def test_the_bound_of_known_weights_is_the_mean_over_groups(monkeypatch):
    monkeypatch.setattr(
        inference_gap, "importance_log_weights", lambda *_: torch.log(torch.tensor([[1.0], [3.0], [2.0], [6.0]]))
    )
    found = bounds_of("digits-2", "digits", 1, (1, 2, 4))
    assert found.bound[:, 0] == pytest.approx([np.log(36) / 4, (np.log(2) + np.log(4)) / 2, np.log(3)])


def test_bounds_without_the_elbo_are_rejected():
    with pytest.raises(BadInput, match="hold 1"):
        bounds_of("digits-2", "digits", 1, (2, 4))


def test_the_terms_add_up_to_the_measured_elbo():
    found = bounds_of("digits-2", "digits", 4, (1, 2000))
    assert found.elbo == pytest.approx(-(found.distortion + found.rate))
    model = TrainedVAE.load(CHECKPOINTS / "digits-2")
    image = torch.from_numpy(load_dataset("digits", split="test").subset(4, seed=0).images[1:2])
    known = measure_elbo(model.vae, image.repeat(2000, 1, 1, 1))
    assert found.rate[1] == pytest.approx(known.kl, rel=1e-5)
    assert found.elbo[1] == pytest.approx(known.elbo, abs=0.5)


def test_the_bound_rises_with_k_and_beta_16_has_a_larger_gap():
    one, sixteen = (bounds_of(f"sprites32-beta{beta}", "sprites32", 4, (1, 10, 100)) for beta in (1, 16))
    for found in (one, sixteen):
        assert (np.diff(found.bound.mean(axis=1)) > 0).all()
    assert 0.5 < elbo.bound_gap(one).mean() < 10 < elbo.bound_gap(sixteen).mean()
