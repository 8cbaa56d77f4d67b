"""The lesson on families: known answers, and its claims about the shipped models."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from latent_explorer.course.lessons import families
from vae_core.baselines import TrainedBaseline
from vae_core.baselines.interpolation import interpolate_noise
from vae_core.common.seeds import derive_seed

CHECKPOINTS = Path(__file__).parents[1] / "checkpoints"


@pytest.fixture(scope="module")
def gan() -> TrainedBaseline:
    return TrainedBaseline.load(CHECKPOINTS / "mnist-gan")


@pytest.fixture(scope="module")
def diffusion() -> TrainedBaseline:
    return TrainedBaseline.load(CHECKPOINTS / "mnist-diffusion")


def test_an_interpolation_starts_with_the_image_of_its_first_noise(diffusion):
    noise = torch.randn(2, int(np.prod(diffusion.shape)), generator=torch.Generator().manual_seed(derive_seed(3, "walk")))
    recipe = replace(diffusion.recipe, method="ddim", sample_steps=3)
    with torch.inference_mode():
        ends = recipe.generate(diffusion.module, noise.view(2, *diffusion.shape), torch.Generator()).numpy()
    assert interpolate_noise(diffusion, 3, 3, sample_steps=3)[[0, 2]] == pytest.approx(ends, abs=1e-4)


def test_the_images_of_an_interpolation_differ(gan, diffusion):
    for model in (gan, diffusion):
        images = interpolate_noise(model, 3, 0, sample_steps=2)
        assert images.shape == (3, 1, 28, 28)
        assert 0 <= images.min() <= images.max() <= 1
        assert np.abs(images[0] - images[2]).mean() > 0.01


def test_a_diffusion_sample_evaluates_its_network_once_per_step(diffusion):
    calls = []
    hook = diffusion.module.register_forward_hook(lambda *_: calls.append(1))
    interpolate_noise(diffusion, 2, 0, sample_steps=5)
    hook.remove()
    assert len(calls) == 5


def test_the_vamp_prior_has_the_lowest_frechet_distance():
    names = ("mnist-10", "mnist-vamp", "mnist-vae-gan", "mnist-gan", "mnist-diffusion")
    members = [families.load_member(CHECKPOINTS / name, name) for name in names]
    assert min(members, key=lambda m: m.scores["frechet_distance"]).name == "mnist-vamp"
    settings = [{k: v for k, v in m.settings.items() if k != "step"} for m in members]
    assert all(s == settings[0] for s in settings)  # otherwise they would not be comparable
    assert families.scores_table(members)["−log p(x) ≤, nats"][3] == "not measured"
