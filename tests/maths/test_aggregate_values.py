"""The aggregate posterior: KL decomposition, densities, holes and collapse on cases with closed forms."""

import math

import numpy as np
import pytest
from scipy import stats
from scipy.special import logsumexp

from vae_core.common.seeds import rng
from vae_core.evaluation.latent.aggregate import log_aggregate, log_density_ratio, ratio_plane
from vae_core.evaluation.latent.collapse import unit_history
from vae_core.evaluation.latent.decomposition import Estimate, decompose, log_marginal, log_marginals
from vae_core.evaluation.latent.holes import find_holes, nearest_encoding
from vae_core.latent.gaussian import log_standard_normal, split_kl

MEAN = np.array([[0.0, 1.0], [2.0, -1.0], [-0.5, 0.3]])
STD = np.array([[0.5, 1.0], [1.5, 0.2], [0.8, 0.8]])
Z = np.array([[0.1, 0.9], [2.5, -1.1], [0.0, 0.0], [-1.0, 1.0]])


def pairs() -> np.ndarray:
    """log q(z_i,unit | x_n), (i, n, unit), by SciPy."""
    return stats.norm(MEAN, STD).logpdf(Z[:, None])


def test_the_aggregate_is_the_mean_of_the_posteriors():
    np.testing.assert_allclose(log_aggregate(Z, MEAN, STD), logsumexp(pairs().sum(2), axis=1) - math.log(3))
    near = MEAN + 0.1 * STD  # the marginals are exact at points near their own posteriors
    expected = logsumexp(stats.norm(MEAN, STD).logpdf(near[:, None]), axis=1) - math.log(3)
    np.testing.assert_allclose(log_marginals(near, MEAN, STD), expected, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(log_marginal(near[:, 1], MEAN[:, 1], STD[:, 1]), expected[:, 1], rtol=1e-5, atol=1e-5)


def test_the_ratio_is_log_q_minus_log_p():
    log_p = stats.norm.logpdf(Z).sum(1)
    np.testing.assert_allclose(log_standard_normal(Z), log_p)
    log_q = logsumexp(pairs().sum(2), axis=1) - math.log(3)
    np.testing.assert_allclose(log_density_ratio(Z, MEAN, STD), log_q - log_p)
    found = log_density_ratio(Z, MEAN, STD, log_prior=lambda z: np.full(len(z), 2.0))
    np.testing.assert_allclose(found, log_q - 2)


def test_the_plane_has_rows_of_y_and_columns_of_x():
    xs, ys = np.array([-1.0, 0.0, 2.0]), np.array([0.5, 1.0])
    found = ratio_plane(MEAN, STD, (1, 0), xs, ys)
    assert found.shape == (2, 3)
    at = np.array([[2.0, 0.5]])  # x is unit 1, y is unit 0
    expected = log_density_ratio(at, MEAN[:, [1, 0]], STD[:, [1, 0]])
    np.testing.assert_allclose(found[0, 2], expected[0])


def gaussian_case(n: int = 3000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Means of exactly zero mean and covariance S, one width per unit; the aggregate is N(0, S + σ²) for many images."""
    covariance, std = np.array([[1.5, 0.9], [0.9, 0.8]]), np.array([0.7, 0.5])
    z = rng(0, "gaussian").standard_normal((n, 2))
    z -= z.mean(0)
    z = z @ np.linalg.inv(np.linalg.cholesky(np.cov(z, rowvar=False, bias=True))).T
    return z @ np.linalg.cholesky(covariance).T, np.tile(std, (n, 1)), covariance + np.diag(std**2)


def test_each_part_of_the_kl_has_its_closed_form():
    """I = ½ log det Q/Π σ², TC = ½ (Σ log Q_jj − log det Q), Σ KL_j = ½ Σ (Q_jj − 1 − log Q_jj), Q = S + σ²."""
    mean, std, q = gaussian_case()
    found = decompose(mean, std, n_samples=3000)
    log_det, diagonal = math.log(np.linalg.det(q)), np.diag(q)
    information = 0.5 * (log_det - math.log(0.35**2))
    correlation = 0.5 * (np.log(diagonal).sum() - log_det)
    units = 0.5 * (diagonal - 1 - np.log(diagonal))
    assert found.mutual_information.value == pytest.approx(information, abs=0.06)
    assert found.total_correlation.value == pytest.approx(correlation, abs=0.06)
    assert found.dimension_wise_kl.value == pytest.approx(units.sum(), abs=0.1)
    np.testing.assert_allclose(found.unit_marginal_kl, units, atol=0.08)
    assert found.kl_to_prior.value == pytest.approx(correlation + units.sum(), abs=0.12)
    exact = 0.5 * (mean**2 + std**2 - 1 - 2 * np.log(std)).sum(1).mean()
    assert found.kl.value == pytest.approx(exact, abs=0.12)
    assert found.ceiling == pytest.approx(math.log(3000))
    parts = found.mutual_information.value + found.total_correlation.value + found.dimension_wise_kl.value
    assert parts == pytest.approx(found.kl.value, abs=1e-4)


def test_separate_images_share_ln_n_and_collapsed_ones_nothing():
    mean = 9.0 * np.arange(16)[:, None] * [1.0, 0.0]
    std = np.tile([0.1, 1.0], (16, 1))
    found = decompose(mean, std, n_samples=32)
    assert found.mutual_information.value == pytest.approx(math.log(16), abs=1e-5)
    assert found.total_correlation.value == pytest.approx(0, abs=1e-5)  # the second unit is independent of the first
    assert found.unit_marginal_kl[1] == pytest.approx(0, abs=1e-6)
    assert found.n_images == 16 and found.n_samples == 32
    assert found.ceiling == pytest.approx(math.log(16))  # of the images, not of the samples


def test_two_equal_units_have_the_total_correlation_of_one_units_entropy():
    """Both units tell 16 separate images apart: TC = ln 16, and I = ln 16, not twice that."""
    mean = np.repeat(9.0 * np.arange(16)[:, None], 2, axis=1)
    found = decompose(mean, np.full((16, 2), 0.1), n_samples=32)
    assert found.total_correlation.value == pytest.approx(math.log(16), abs=1e-5)
    assert found.mutual_information.value == pytest.approx(math.log(16), abs=1e-5)


def test_every_image_is_drawn_before_one_is_drawn_again():
    """With 16 separate images and 16 samples, E[KL] has no noise of the choice: E[½ (μ² − …)] is near its exact mean."""
    mean = 9.0 * np.arange(16)[:, None]
    exact = 0.5 * (mean**2 + 0.01 - 1 - math.log(0.01)).mean()
    assert decompose(mean, np.full((16, 1), 0.1), n_samples=16).kl.value == pytest.approx(exact, rel=0.01)


def test_another_prior_shifts_the_kl_to_it_alone():
    mean, std, _ = gaussian_case(200)
    own = decompose(mean, std, n_samples=200)
    other = decompose(mean, std, n_samples=200, log_prior=lambda z: log_standard_normal(z) - 3)
    assert other.kl_to_prior.value == pytest.approx(own.kl_to_prior.value + 3)
    assert other.kl.value == pytest.approx(own.kl.value + 3)
    assert other.mutual_information == own.mutual_information
    assert other.dimension_wise_kl is None and other.unit_marginal_kl is None


def test_an_estimate_has_the_standard_error_of_its_mean():
    """Samples 1, 2, 3, 6: mean 3, sum of squares 14, so √(14/3)/√4."""
    found = Estimate.of(np.array([1.0, 2.0, 3.0, 6.0]))
    assert found.value == 3
    assert found.standard_error == pytest.approx(math.sqrt(14 / 3) / 2)


def test_the_kl_of_one_gaussian_splits_into_mean_and_width():
    mean, std = np.array([[2.0, 0.0]]), np.array([[1.0, 0.5]])
    of_mean, of_width = split_kl(mean, std)
    np.testing.assert_allclose(of_mean, [[2.0, 0.0]])
    np.testing.assert_allclose(of_width, [[0.0, 0.5 * (0.25 - 1 + math.log(4))]], atol=1e-12)


# --- holes


def test_the_hole_score_is_the_prior_mass_below_the_quantile():
    """All posteriors are N(0, 1). Of ten prior samples three lie at 9, where log q is far below its 5 % quantile."""
    mean, std = np.zeros((100, 1)), np.ones((100, 1))
    samples = np.array([[0.1 * i] for i in range(7)] + [[9.0]] * 3)
    log_prior = lambda z: stats.norm(0, 2).logpdf(z)[:, 0]  # noqa: E731
    found = find_holes(mean, std, samples, log_prior, quantile=0.05)
    assert found.score == pytest.approx(0.3)
    expected = stats.norm.logpdf(samples) - stats.norm(0, 2).logpdf(samples)
    np.testing.assert_allclose(found.log_ratio_prior, expected[:, 0])
    assert found.threshold == pytest.approx(stats.norm.logpdf(2.0), abs=0.6)
    # at a code z, log q − log p = log 2 − ½ z² (1 − ¼), at most log 2
    assert found.log_ratio_data.max() <= math.log(2) + 1e-9
    assert len(found.log_ratio_data) == 50
    wide = find_holes(mean, std, samples, log_prior, quantile=0.6)
    assert wide.threshold > found.threshold


def test_data_are_judged_by_images_that_are_not_in_q():
    """Far apart and narrow posteriors: a held-out code has no density in the others', its own image would give it much."""
    found = find_holes(100.0 * np.arange(60)[:, None], np.full((60, 1), 0.1), np.zeros((5, 1)), log_standard_normal)
    assert found.log_ratio_data.size == 30
    assert found.threshold < -1000


def test_the_nearest_encoding_by_hand():
    distance, index = nearest_encoding(np.array([[0.0, 0.0], [5.0, 1.0]]), np.array([[3.0, 4.0], [6.0, 1.0], [0.0, 2.0]]))
    np.testing.assert_allclose(distance, [2, 1])
    assert index.tolist() == [2, 1]


# --- collapse


def test_a_unit_dies_at_the_first_step_from_which_it_stays_dead():
    variance = [[0.5, 0.5, 0.0, 0.02], [0.5, 0.0, 0.0, 0.001], [0.5, 0.5, 0.01, 0.3], [0.5, 0.005, 0.0, 0.3]]
    history = [
        {"step": step, "held_out": {"unit_kl": [1.0, 2.0, 0.0, step], "mean_variance": row}}
        for step, row in zip((10, 20, 30, 40), variance)
    ]
    found = unit_history([{"step": 5}, *history])
    assert found.died_at == (None, 40, 10, None)
    assert found.ever_active == (True, True, False, True)  # a variance of 0.01 itself is not above the threshold
    assert found.steps.tolist() == [10, 20, 30, 40]
    assert found.unit_kl[:, 3].tolist() == [10, 20, 30, 40]
    np.testing.assert_allclose(found.mean_variance, variance)
