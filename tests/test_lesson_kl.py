"""The KL lesson: known answers, and its claim about the shipped model."""

from pathlib import Path

import numpy as np
import pytest

from latent_explorer.course.lessons import kl
from vae_core.analysis.atlas import LatentAtlas
from vae_core.evaluation.latent.decomposition import decompose
from vae_core.latent.gaussian import split_kl

CHECKPOINTS = Path(__file__).parents[1] / "checkpoints"


def test_the_two_parts_are_the_formula_and_add_up():
    mean, std = np.array([[0.0, 1.5, -2.0]]), np.array([[1.0, 0.3, 1.7]])
    of_mean, of_width = split_kl(mean, std)
    assert of_mean == pytest.approx(mean**2 / 2)
    assert of_width == pytest.approx((std**2 - 1 - np.log(std**2)) / 2)
    assert of_mean[0, 0] == of_width[0, 0] == 0  # the prior itself has no KL


def test_the_aggregate_of_one_posterior_has_its_kl():
    mean, std = np.array([1.5]), np.array([0.3])
    exact = float(sum(split_kl(mean[:, None], std[:, None]))[0, 0])
    assert kl.aggregate_kl(mean, std, n_samples=20_000) == pytest.approx(exact, abs=0.05)


def test_posteriors_that_add_up_to_the_prior_have_no_aggregate_kl():
    draw = np.random.default_rng(0)
    std = np.full(5000, 0.3)
    mean = draw.normal(0, np.sqrt(1 - 0.3**2), 5000)
    assert kl.aggregate_kl(mean, std) == pytest.approx(0, abs=0.02)


@pytest.fixture(scope="module")
def busiest() -> tuple[np.ndarray, np.ndarray]:
    atlas = LatentAtlas.load(CHECKPOINTS / "mnist-10" / "atlas.npz")
    unit = int(np.argmax(atlas.kl.mean(axis=0)))
    return atlas.mean[:, unit], atlas.std[:, unit]


def test_images_have_a_kl_and_their_aggregate_posterior_has_almost_none(busiest):
    found = kl.measure_growth(*busiest)
    assert found.counts[-1] == len(busiest[0])
    assert found.image_kl[-1] > 2
    assert found.aggregate_kl[-1] < 0.1 * found.image_kl[-1]
    assert found.aggregate_kl[0] > 10 * found.aggregate_kl[-1]  # one image alone is far away
    # n images carry at most log n nats of information
    assert (found.image_kl - found.aggregate_kl <= np.log(found.counts) + 0.05).all()
    assert (found.density * np.diff(kl.GRID)[0]).sum(axis=1) == pytest.approx(1, abs=0.02)


def test_the_aggregate_kl_agrees_with_the_decomposition(busiest):
    mean, std = (values[:2000, None].astype(float) for values in busiest)
    known = decompose(mean, std, n_samples=4000)
    assert kl.aggregate_kl(mean[:, 0], std[:, 0]) == pytest.approx(known.dimension_wise_kl.value, abs=0.03)
