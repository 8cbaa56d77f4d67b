"""Gradient estimators checked against closed forms."""

import numpy as np
import pytest

from vae_core.analysis.gradients import GradientDraws, gradient_draws

MEAN, STD = np.array([0.7, -1.2]), np.array([0.5, 0.8])


def agrees(estimates: np.ndarray, exact: np.ndarray) -> bool:
    error = estimates.std(axis=0) / np.sqrt(len(estimates))
    return bool((np.abs(estimates.mean(axis=0) - exact) < 4 * error + 1e-6).all())


@pytest.mark.parametrize("estimator", ["pathwise", "score", "baseline"])
@pytest.mark.parametrize(
    ("f", "exact"),
    [
        (lambda z: (z**2).sum(1), 2 * MEAN),
        (lambda z: z.prod(1), MEAN[::-1]),
        (lambda z: z.sin().sum(1), np.cos(MEAN) * np.exp(-(STD**2) / 2)),
    ],
    ids=["square", "product", "sine"],
)
def test_every_estimator_has_the_closed_form_as_its_mean(estimator, f, exact):
    assert agrees(getattr(gradient_draws(f, MEAN, STD, n=40_000), estimator), exact)


def test_variances_for_a_linear_function_equal_the_closed_forms():
    """f(z) = a z: the pathwise estimate is always a; the score function (a μ + a σ ε) ε/σ has variance a² (μ²/σ² + 2)."""
    found = gradient_draws(lambda z: 3 * z[:, 0], MEAN[:1], STD[:1], n=100_000)
    assert GradientDraws.variance(found.pathwise) == 0
    assert GradientDraws.variance(found.score) == pytest.approx(9 * ((0.7 / 0.5) ** 2 + 2), rel=0.03)
    assert GradientDraws.variance(found.baseline) == pytest.approx(9 * 2, rel=0.04)


def test_constant_changes_only_the_score_function_estimate():
    one, other = (gradient_draws(lambda z, c=c: (z**2).sum(1) + c, MEAN, STD, n=500) for c in (0, 100))
    assert np.allclose(one.pathwise, other.pathwise)
    assert np.allclose(one.baseline, other.baseline, atol=1e-3)
    assert GradientDraws.variance(other.score) > 50 * GradientDraws.variance(one.score)


def test_equal_seeds_give_equal_draws():
    f = lambda z: z.sum(1)  # noqa: E731
    assert np.array_equal(gradient_draws(f, MEAN, STD, n=9, seed=3).score, gradient_draws(f, MEAN, STD, n=9, seed=3).score)
    assert not np.array_equal(gradient_draws(f, MEAN, STD, n=9, seed=3).score, gradient_draws(f, MEAN, STD, n=9, seed=4).score)
