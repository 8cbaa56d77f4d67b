"""Decomposition of the KL, checked against closed forms and a case with a known result."""

import math

import numpy as np
import pytest
import torch
from evaluation_cases import model, squares

from vae_core.common.errors import BadInput
from vae_core.common.seeds import rng
from vae_core.evaluation import EvaluationContext, evaluate
from vae_core.evaluation.latent import aggregate
from vae_core.evaluation.latent.aggregate import log_aggregate, log_density_ratio, log_prior_of, ratio_plane
from vae_core.evaluation.latent.decomposition import decompose, log_marginals
from vae_core.evaluation.latent.holes import find_holes, nearest_encoding
from vae_core.latent.gaussian import log_standard_normal


def gaussian_case(covariance: np.ndarray, std: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Posteriors N(μ_n, diag std²) with μ_n of exactly this covariance and zero mean."""
    z = rng(0, "means").standard_normal((n, len(std)))
    z -= z.mean(axis=0)
    z = z @ np.linalg.inv(np.linalg.cholesky(np.cov(z, rowvar=False, bias=True))).T
    return z @ np.linalg.cholesky(covariance).T, np.tile(std, (n, 1))


@pytest.fixture(scope="module")
def known():
    """20,000 images, five units with means of standard deviation 0.96 and σ = 0.2, five collapsed ones."""
    mean = np.zeros((20_000, 10))
    mean[:, :5] = 0.96 * rng(0, "known").standard_normal((20_000, 5))
    std = np.ones_like(mean)
    std[:, :5] = 0.2
    return mean, std


def test_known_case_has_its_known_result(known):
    parts = decompose(*known, n_samples=3000)
    assert parts.mutual_information.value == pytest.approx(7.61, abs=0.09)
    assert parts.total_correlation.value == pytest.approx(0.31, abs=0.05)
    assert parts.mutual_information.value < parts.ceiling
    assert parts.dimension_wise_kl.value == pytest.approx(0, abs=0.02)
    assert np.abs(parts.unit_marginal_kl[5:]).max() < 1e-6  # a collapsed unit's marginal is the prior


def test_the_terms_sum_to_the_kl(known):
    parts = decompose(*known, n_samples=500)
    total = parts.mutual_information.value + parts.total_correlation.value + parts.dimension_wise_kl.value
    assert total == pytest.approx(parts.kl.value, abs=1e-4)
    mean, std = known
    exact = 0.5 * (mean**2 + std**2 - 1 - 2 * np.log(std)).sum(axis=1).mean()
    assert parts.kl.value == pytest.approx(exact, abs=5 * parts.kl.standard_error)


def test_each_term_equals_its_closed_form_on_a_gaussian():
    """With μ ~ N(0, S) the aggregate posterior is N(0, S + σ²I), in the limit of many images."""
    covariance, std = np.array([[1.5, 0.9], [0.9, 0.8]]), np.array([0.7, 0.5])
    parts = decompose(*gaussian_case(covariance, std, 8000), n_samples=8000)
    q = covariance + np.diag(std**2)
    want = {
        "mutual_information": 0.5 * np.log(np.linalg.det(q) / np.prod(std**2)),
        "total_correlation": 0.5 * (np.log(np.diag(q)).sum() - np.log(np.linalg.det(q))),
        "dimension_wise_kl": 0.5 * (np.diag(q) - 1 - np.log(np.diag(q))).sum(),
        "kl_to_prior": 0.5 * (np.trace(q) - 2 - np.log(np.linalg.det(q))),
    }
    for name, value in want.items():
        estimate = getattr(parts, name)
        assert abs(estimate.value - value) < 4 * estimate.standard_error + 0.01, name
        assert estimate.standard_error < 0.03


def test_standard_errors_match_repeated_estimates():
    case = gaussian_case(np.eye(2), np.array([0.5, 0.5]), 500)
    repeats = [decompose(*case, n_samples=200, seed=seed).kl_to_prior for seed in range(60)]
    assert np.std([r.value for r in repeats]) == pytest.approx(np.mean([r.standard_error for r in repeats]), rel=0.4)


def test_posteriors_without_overlap_have_ln_n_of_information():
    mean = 5.0 * np.arange(64)[:, None]
    parts = decompose(mean, np.full((64, 1), 0.1), n_samples=64)
    assert parts.mutual_information.value == pytest.approx(math.log(64), abs=1e-5)
    assert parts.total_correlation.value == pytest.approx(0, abs=1e-5)  # one unit has no others


def test_chunked_sums_equal_direct_sums(monkeypatch):
    draw = rng(3, "plain")
    mean, std = draw.normal(size=(50, 3)), np.exp(draw.uniform(-6, 1, size=(50, 3)))
    z = mean + std * draw.normal(size=mean.shape)
    pairs = -0.5 * (((z[:, None] - mean) / std) ** 2 + 2 * np.log(std) + math.log(2 * math.pi))
    joint = torch.logsumexp(torch.from_numpy(pairs.sum(-1)), 1).numpy() - math.log(50)
    units = torch.logsumexp(torch.from_numpy(pairs), 1).numpy() - math.log(50)
    monkeypatch.setattr(aggregate, "MAX_BLOCK_BYTES", 50 * 8 * 7)  # seven points at a time
    np.testing.assert_allclose(log_aggregate(z, mean, std), joint, rtol=1e-9)
    np.testing.assert_allclose(log_marginals(z, mean, std), units, atol=2e-3)


def test_another_prior_changes_only_the_terms_with_its_density():
    case = gaussian_case(np.eye(2), np.array([0.5, 0.5]), 300)
    ours = decompose(*case, n_samples=300)
    other = decompose(*case, n_samples=300, log_prior=lambda z: log_standard_normal(z) + 1)
    assert other.kl_to_prior.value == pytest.approx(ours.kl_to_prior.value - 1)
    assert other.total_correlation == ours.total_correlation
    assert other.dimension_wise_kl is None  # such a prior need not be a product over units
    codes = EvaluationContext(model(), squares()).codes(100, 0)
    np.testing.assert_allclose(log_prior_of(model())(codes.mean), log_standard_normal(codes.mean), rtol=1e-5)


def test_one_image_is_refused():
    with pytest.raises(BadInput, match="at least 2 images"):
        decompose(np.zeros((1, 2)), np.ones((1, 2)))


def test_kl_of_a_model_equals_that_of_its_elbo():
    results = evaluate(model(), squares(), ["elbo", "decomposition"])
    elbo, parts = results["elbo"].values, results["decomposition"].values
    assert parts["kl"] == pytest.approx(elbo["rate"], abs=5 * parts["kl_standard_error"])
    np.testing.assert_allclose(parts["unit_kl"], elbo["unit_kl"], rtol=1e-4)


# --- the aggregate posterior against the prior


def test_density_ratio_is_zero_if_q_equals_p():
    collapsed = np.zeros((10, 3)), np.ones((10, 3))
    np.testing.assert_allclose(log_density_ratio(rng(0, "z").normal(size=(5, 3)), *collapsed), 0, atol=1e-12)


def test_plane_marginalizes_the_other_units():
    draw = rng(0, "plane")
    mean, std = draw.normal(size=(30, 4)), np.full((30, 4), 0.3)
    xs, ys = np.linspace(-6, 6, 121), np.linspace(-6, 6, 101)
    plane = ratio_plane(mean, std, (2, 0), xs, ys)
    assert plane.shape == (101, 121)
    points = np.stack(np.meshgrid(xs, ys), axis=-1)
    density = np.exp(plane + log_standard_normal(points.reshape(-1, 2)).reshape(plane.shape))
    assert density.sum() * (xs[1] - xs[0]) * (ys[1] - ys[0]) == pytest.approx(1, abs=1e-3)
    assert plane[40, 60] == pytest.approx(log_density_ratio(points[40, 60][None], mean[:, [2, 0]], std[:, [2, 0]])[0])


def test_hole_score_of_a_matching_prior_and_of_a_distant_one():
    draw = rng(0, "holes")
    mean, std = math.sqrt(0.75) * draw.normal(size=(4000, 3)), np.full((4000, 3), 0.5)
    samples = draw.normal(size=(4000, 3))
    matching = find_holes(mean, std, samples, log_standard_normal, quantile=0.05)
    assert matching.score == pytest.approx(0.05, abs=0.015)
    assert np.median(matching.log_ratio_prior) == pytest.approx(0, abs=0.05)
    far = find_holes(mean + 20, std, samples, log_standard_normal, quantile=0.05)
    assert far.score == 1.0


def test_narrow_posteriors_alone_do_not_raise_the_hole_score():
    """The density at data must not use images within q, whose codes lie on their own narrow components."""
    draw = rng(1, "holes")
    mean, std = draw.normal(size=(2000, 6)), np.full((2000, 6), 0.05)
    assert find_holes(mean, std, draw.normal(size=(2000, 6)), log_standard_normal).score == pytest.approx(0.05, abs=0.03)


def test_nearest_encoding_of_an_encoding_is_itself():
    mean = rng(0, "near").normal(size=(20, 3))
    distance, index = nearest_encoding(mean[::-1].copy(), mean)
    np.testing.assert_allclose(distance, 0, atol=1e-6)
    assert list(index) == list(range(19, -1, -1))
