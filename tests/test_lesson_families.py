"""The lesson on families: known answers, and its claims on the shipped models."""

from pathlib import Path

import numpy as np
import pytest
import torch

from latent_explorer.lessons import families
from vae_core.baselines import GAN, TrainedBaseline
from vae_core.baselines.walk import denoise, noise_walk
from vae_core.checkpoint import TrainedVAE
from vae_core.errors import BadInput
from vae_core.seeds import derive

CHECKPOINTS = Path(__file__).parents[1] / "checkpoints"


@pytest.fixture(scope="module")
def gan() -> TrainedBaseline:
    return TrainedBaseline.load(CHECKPOINTS / "mnist-gan")


@pytest.fixture(scope="module")
def diffusion() -> TrainedBaseline:
    return TrainedBaseline.load(CHECKPOINTS / "mnist-diffusion")


def test_denoising_a_given_noise_is_what_sampling_does(diffusion):
    noise = torch.randn(2, *diffusion.shape, generator=torch.Generator().manual_seed(derive(3, "baseline")))
    assert denoise(diffusion, noise, sample_steps=3).numpy() == pytest.approx(diffusion.sample(2, 3, sample_steps=3), abs=1e-5)


def test_a_gan_does_not_denoise(gan):
    assert isinstance(gan.recipe, GAN)
    with pytest.raises(BadInput, match="GAN"):
        denoise(gan, torch.zeros(1, 1, 28, 28), sample_steps=2)


def test_a_walk_has_images_that_differ(gan, diffusion):
    for model in (gan, diffusion):
        images = noise_walk(model, 3, 0, sample_steps=2)
        assert images.shape == (3, 1, 28, 28)
        assert 0 <= images.min() <= images.max() <= 1
        assert np.abs(images[0] - images[2]).mean() > 0.01


def test_a_diffusion_sample_costs_more_with_every_step(gan, diffusion):
    vae, one, steps = families.times(TrainedVAE.load(CHECKPOINTS / "mnist-10"), gan, diffusion)
    assert min(vae, one) > 0
    assert steps[-1] > 3 * max(vae, one)
    assert steps[-1] > 5 * steps[0]


def test_of_these_models_the_vamp_prior_is_nearest_to_the_data():
    names = ("mnist-10", "mnist-vamp", "mnist-vae-gan", "mnist-gan", "mnist-diffusion")
    members = [families.member(CHECKPOINTS / name, name) for name in names]
    assert min(members, key=lambda m: m.scores["frechet_distance"]).name == "mnist-vamp"
    settings = [{k: v for k, v in m.settings.items() if k != "step"} for m in members]
    assert all(s == settings[0] for s in settings)  # else they could not stand in one table
    assert families.table(members)["−log p(x) ≤, nats"][3] == "not measured"
