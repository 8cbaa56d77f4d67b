"""The autoencoder lesson: known answers, and its claim about the shipped models."""

from pathlib import Path

import numpy as np
import pytest

from latent_explorer.course.lessons import autoencoder
from vae_core.analysis.atlas import LatentAtlas
from vae_core.checkpoints.trained_vae import TrainedVAE

CHECKPOINTS = Path(__file__).parents[1] / "checkpoints"


@pytest.fixture(scope="module")
def atlases() -> dict[str, LatentAtlas]:
    return {name: LatentAtlas.load(CHECKPOINTS / name / "atlas.npz") for name in ("mnist-ae2", "mnist-2")}


def test_the_circle_contains_99_percent_of_the_prior():
    z = np.random.default_rng(0).standard_normal((40_000, 2))
    assert autoencoder.share_outside(z, autoencoder.prior_radius()) == pytest.approx(0.01, abs=0.002)


def test_the_kl_of_a_gaussian_fit_is_the_closed_form():
    fit = autoencoder.GaussianFit(np.array([1.5, 0.0]), np.diag([0.25, 1.0]))
    assert fit.kl_to_prior() == pytest.approx(0.5 * (1.5**2 + 0.25 - 1 - np.log(0.25)))
    assert autoencoder.GaussianFit(np.zeros(2), np.eye(2)).kl_to_prior() == 0


def test_a_fit_recovers_the_gaussian_of_its_samples():
    fit = autoencoder.GaussianFit(np.array([1.0, -2.0]), np.array([[2.0, 0.5], [0.5, 1.0]]))
    again = autoencoder.GaussianFit.fit(fit.draw(40_000, seed=0))
    assert again.mean == pytest.approx(fit.mean, abs=0.05)
    assert again.covariance == pytest.approx(fit.covariance, abs=0.06)


def test_five_percent_of_draws_with_the_codes_density_are_far_and_all_distant_draws_are():
    draw = np.random.default_rng(1)
    codes, labels = draw.standard_normal((4000, 2)), np.zeros(4000, dtype=int)
    assert autoencoder.compare_draws(draw.standard_normal((4000, 2)), codes, labels).far == pytest.approx(0.05, abs=0.02)
    assert autoencoder.compare_draws(draw.standard_normal((100, 2)) + 50, codes, labels).far == 1


def test_a_path_joins_the_densest_codes_of_two_classes():
    draw = np.random.default_rng(2)
    dense, loose = 0.05 * draw.standard_normal((200, 2)), 6 + draw.standard_normal((100, 2))
    other = 0.05 * draw.standard_normal((100, 2)) - 3
    path = autoencoder.path_between_classes(np.concatenate([dense, loose, other]), np.repeat([0, 0, 1], [200, 100, 100]), 0, 1)
    assert np.abs(path[0]).max() < 0.2  # not at the mean of the two groups, which is at 2
    assert np.abs(path[-1] + 3).max() < 0.2


def test_both_models_differ_only_in_their_objective():
    configs = [TrainedVAE.load(CHECKPOINTS / name).config for name in ("mnist-ae2", "mnist-2")]
    assert {f for f in vars(configs[0]) if getattr(configs[0], f) != getattr(configs[1], f)} == {"objective"}


def test_only_the_autoencoders_codes_lie_far_outside_the_prior(atlases):
    radius = autoencoder.prior_radius()
    assert autoencoder.share_outside(atlases["mnist-ae2"].mean, radius) > 0.3
    assert autoencoder.share_outside(atlases["mnist-2"].mean, radius) < 0.1
    assert (
        autoencoder.GaussianFit.fit(atlases["mnist-ae2"].mean).kl_to_prior()
        > 20 * autoencoder.GaussianFit.fit(atlases["mnist-2"].mean).kl_to_prior()
    )


def test_the_prior_misses_classes_of_the_autoencoder_and_a_fitted_gaussian_draws_from_gaps(atlases):
    z = np.random.default_rng(0).standard_normal((4000, 2)).astype(np.float32)
    ae, vae = atlases["mnist-ae2"], atlases["mnist-2"]
    of_prior = autoencoder.compare_draws(z, ae.mean, ae.labels)
    of_fit = autoencoder.compare_draws(autoencoder.GaussianFit.fit(ae.mean).draw(4000, 0), ae.mean, ae.labels)
    of_vae = autoencoder.compare_draws(z, vae.mean, vae.labels)
    assert of_prior.label_share.min() < 0.02 < 0.05 < min(of_fit.label_share.min(), of_vae.label_share.min())
    assert of_prior.far < 0.02  # the middle of its map is full; the prior does not reach the rest
    assert of_fit.far > of_vae.far
