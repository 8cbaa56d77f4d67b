"""The lesson on holes: known answers, and its claims about the shipped models."""

from pathlib import Path

import numpy as np
import pytest

from latent_explorer.course.lessons import holes
from vae_core.analysis.atlas import LatentAtlas
from vae_core.checkpoints.trained_vae import TrainedVAE
from vae_core.latent.gaussian import log_standard_normal

CHECKPOINTS = Path(__file__).parents[1] / "checkpoints"


def shipped(name: str) -> tuple[TrainedVAE, LatentAtlas]:
    return TrainedVAE.load(CHECKPOINTS / name), LatentAtlas.load(CHECKPOINTS / name / "atlas.npz")


def test_a_single_posterior_has_the_closed_form():
    mean, std = np.array([[1.0, -0.5]]), np.array([[0.5, 0.8]])
    exact = float(0.5 * (mean**2 + std**2 - 1 - 2 * np.log(std)).sum())
    assert holes.kl_to_priors(mean, std, (log_standard_normal,), n_samples=20_000) == [pytest.approx(exact, abs=0.03)]


def test_codes_distributed_as_the_prior_have_no_holes():
    found = holes.measure_density_ratio(np.zeros((1, 2)), np.ones((1, 2)))
    assert found.ratio == pytest.approx(0, abs=1e-9)
    assert found.share_below(-0.5) == 0


def test_the_plane_of_the_shipped_model_has_holes():
    _, atlas = shipped("mnist-2")
    found = holes.measure_density_ratio(atlas.mean, atlas.std)
    assert 0.17 < found.share_below(-1) < 0.5
    assert found.share_below(-4) < found.share_below(-1)
    empty, full = found.hole_and_dense_draws(-1, 24)
    assert len(empty) == len(full) == 24
    assert np.linalg.norm(empty, axis=1).mean() < 3  # not in the far tails: the prior draws there


def test_an_atlas_with_its_kl_already_computed_gives_the_same_mixture():
    _, atlas = shipped("mnist-2")
    before = holes.fit_code_mixture(atlas).log_prob(atlas.mean[:5])
    assert atlas.kl.shape == atlas.mean.shape  # cached in the atlas from now on
    assert holes.fit_code_mixture(atlas).log_prob(atlas.mean[:5]) == pytest.approx(before)


def test_both_remedies_lower_the_kl_to_the_prior():
    values = holes.compare_priors(shipped("mnist-mlp20"), shipped("mnist-vamp"))
    before, after, learned = values.values()
    assert after < before - 1
    assert learned < before - 1
