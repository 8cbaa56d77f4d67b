"""One contract for every data set's shape × network, and likelihood × prior: train, save, load, encode, decode, map."""

import itertools

import numpy as np
import pytest
import torch
from digit_runs import padded_digits, train_to_end

from vae_core import BadInput, LatentAtlas, TrainedVAE, embed
from vae_core.data import DATASETS, Dataset
from vae_core.parts.likelihoods import LIKELIHOODS
from vae_core.parts.networks import NETWORKS
from vae_core.parts.priors import PRIORS

SHAPES = sorted({source.shape for source in DATASETS.values()})


def fits(shape: tuple[int, int, int], network: str) -> bool:
    """True where the network builds for these images; an autoregressive one, pixel by pixel, gets the smallest only."""
    if NETWORKS[network].autoregressive:
        return shape[1] == 8
    try:
        NETWORKS[network]().build(shape, 3)
    except BadInput:
        return False
    return True


def images_of(shape: tuple[int, int, int]) -> Dataset:
    """Real digits in the shape of a registered data set."""
    data = padded_digits(shape[1], n=40)
    return Dataset(data.name, np.repeat(data.images, shape[0], axis=1), data.labels, data.class_names)


@pytest.mark.parametrize(
    ("shape", "network"),
    [c for c in itertools.product(SHAPES, NETWORKS) if fits(*c)],
    ids=lambda value: "x".join(map(str, value)) if isinstance(value, tuple) else value,
)
def test_from_images_to_map_and_back(shape, network, tmp_path):
    data = images_of(shape)
    run = train_to_end(data, network=network, latent_dim=3, n_steps=2, batch_size=16)
    check_trained(run, data, tmp_path)


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
@pytest.mark.parametrize("prior", PRIORS)
def test_every_likelihood_with_every_prior(likelihood, prior, tmp_path):
    data = images_of((1, 8, 8))
    run = train_to_end(data, likelihood=likelihood, prior=prior, latent_dim=3, n_steps=2, batch_size=16)
    check_trained(run, data, tmp_path)


def check_trained(run, data: Dataset, tmp_path) -> None:
    assert all(torch.isfinite(p).all() and p.grad is not None for p in run.vae.parameters())
    model = run.model
    model.save(tmp_path / "model", training=run.state())
    loaded = TrainedVAE.load(tmp_path / "model")
    assert (loaded.config, loaded.history, loaded.about, loaded.step) == (model.config, model.history, model.about, 2)

    mean, std = loaded.encode(data.images)
    assert mean.shape == std.shape == (len(data), 3)
    assert (std > 0).all()
    as_floats = loaded.encode((data.images / 255).astype(np.float32))
    np.testing.assert_allclose(as_floats[0], mean, atol=1e-5)
    images = loaded.decode(mean)
    assert images.shape == data.images.shape
    assert images.dtype == np.float32
    assert images.min() >= 0
    assert images.max() <= 1
    np.testing.assert_array_equal(images, model.decode(mean))
    np.testing.assert_array_equal(loaded.sample(5, seed=7), model.sample(5, seed=7))
    assert not np.array_equal(model.sample(5, seed=7), model.sample(5, seed=8))

    atlas = embed(loaded, data)
    np.testing.assert_allclose(atlas.mean, mean, atol=1e-5)
    np.testing.assert_array_equal(atlas.labels, data.labels)
    atlas.save(tmp_path / "atlas.npz")
    kept = LatentAtlas.load(tmp_path / "atlas.npz")
    np.testing.assert_allclose(kept.mean, mean, atol=2e-3)
    np.testing.assert_array_equal(kept.index, atlas.index)


@pytest.mark.parametrize(("network", "shape"), [("burgess", (1, 28, 28)), ("patch", (1, 30, 30)), ("conv", (1, 9, 9))])
def test_a_network_that_does_not_fit_says_so_before_training(network, shape):
    data = Dataset("odd", np.zeros((8, *shape), dtype=np.uint8))
    with pytest.raises(BadInput, match=f"network '{network}'"):
        train_to_end(data, network=network)
