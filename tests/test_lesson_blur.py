"""The blur lesson: known answers, and its claim about the shipped models."""

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from latent_explorer.course.lessons import blur
from latent_explorer.models import Model
from vae_core.analysis.atlas import LatentAtlas
from vae_core.analysis.unit_matching import shared_rows
from vae_core.checkpoints.trained_vae import TrainedVAE
from vae_core.data import load_dataset
from vae_core.evaluation.samples.scores import sharpness

CHECKPOINTS = Path(__file__).parents[1] / "checkpoints"


def test_the_best_image_for_a_shared_code_is_the_mean():
    images = np.stack([np.zeros((1, 3, 3)), np.full((1, 3, 3), 255), np.full((1, 3, 3), 255)]).astype(np.uint8)
    mean, std = np.array([[-1.0], [1.0], [50.0]]), np.ones((3, 1))
    found = blur.find_shared_code(np.zeros(1), mean, std, images)
    assert found.weight == pytest.approx([0.5, 0.5, 0], abs=1e-9)
    assert found.count == pytest.approx(2)
    assert found.mean == pytest.approx(np.full((1, 3, 3), 0.5))
    assert blur.expected_error(found.mean, found, images) == pytest.approx(0.25)
    assert blur.expected_error(images[0] / 255, found, images) == pytest.approx(0.5)


@pytest.fixture(scope="module")
def sprites() -> np.ndarray:
    config = TrainedVAE.load(CHECKPOINTS / "sprites32-beta16").config
    return load_dataset(
        "sprites32", split="train", size=config.image_size, n_images=config.n_images, seed=config.data_seed
    ).images


@pytest.mark.parametrize("beta", [8, 16])
def test_decoded_images_are_close_to_the_mean_of_the_images_that_share_a_code(sprites, beta):
    path = CHECKPOINTS / f"sprites32-beta{beta}"
    atlas, model = LatentAtlas.load(path / "atlas.npz"), TrainedVAE.load(path)
    images = sprites[atlas.index]
    for row in (0, 7, 20):
        z = atlas.mean[row]
        found, drawn = blur.find_shared_code(z, atlas.mean, atlas.std, images), model.decode(z[None])[0]
        top = images[found.by_weight[0]] / 255
        assert found.count > 10
        assert blur.squared_error(drawn, found.mean) < 0.1 * blur.squared_error(drawn, top)
        assert blur.expected_error(found.mean, found, images) < blur.expected_error(top, found, images)
        assert sharpness(found.mean[None]) < 0.5 * sharpness(top[None])


@pytest.mark.parametrize("sharper", ["mnist-vae-gan", "mnist-laplace"])
def test_vae_gan_and_absolute_error_are_sharper_than_squared_error(sharper):
    names = ("mnist-mse", sharper)
    atlases = [LatentAtlas.load(CHECKPOINTS / name / "atlas.npz") for name in names]
    drawn = {}
    for name, atlas, rows in zip(names, atlases, shared_rows(*atlases)):
        drawn[name] = TrainedVAE.load(CHECKPOINTS / name).decode(atlas.mean[rows[:300]])
    found = blur.mean_sharpness(drawn)
    assert found[sharper] > 1.2 * found["mnist-mse"]


def test_the_losses_are_compared_on_the_same_digits(monkeypatch):
    """The atlases of the models hold different images."""
    decoded, decode = {}, Model.decode

    def recording_decode(model, z, *args, **kwargs):
        decoded.setdefault(model.name, z)
        return decode(model, z, *args, **kwargs)

    monkeypatch.setattr(Model, "decode", recording_decode)
    app = AppTest.from_file(str(CHECKPOINTS.parent / "app.py"), default_timeout=120).run()
    assert not app.switch_page("pages/learn_blur.py").run().exception
    names = ("mnist-mse", "mnist-laplace", "mnist-10", "mnist-perceptual", "mnist-vae-gan")
    images = []
    for name in names:
        atlas = LatentAtlas.load(CHECKPOINTS / name / "atlas.npz")
        rows = [int(np.flatnonzero((atlas.mean == z).all(axis=1))[0]) for z in decoded[name][:12]]
        images.append(atlas.index[rows].tolist())
    assert len(set(images[0])) == 12
    assert all(other == images[0] for other in images)
