"""The unsupervised ranking by hand: relations of units, their similarity, and the median over models."""

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.linear_model import Lasso

from vae_core.common.seeds import rng
from vae_core.evaluation.disentanglement.udr import INFORMATIVE_KL, lasso, similarity, spearman, standardize, udr


def codes(name: str, units: int, n: int = 200) -> np.ndarray:
    return rng(0, name).standard_normal((n, units))


def test_similarity_squares_the_largest_relation():
    """R = [[0.9, 0.1], [0.2, 0.6], [0, 0.3]]: columns 0.81/1.1 and 0.36/1.0, rows 0.81/1.0, 0.36/0.8 and 0.09/0.3, over 5."""
    relation = np.array([[0.9, 0.1], [0.2, 0.6], [0.0, 0.3]])
    expected = (0.81 / 1.1 + 0.36 / 1.0 + 0.81 / 1.0 + 0.36 / 0.8 + 0.09 / 0.3) / 5
    assert similarity(relation) == pytest.approx(expected)
    assert similarity(np.eye(3)) == pytest.approx(1)
    assert similarity(np.zeros((0, 2))) == 0


def test_standardized_codes_have_mean_zero_and_deviation_one():
    np.testing.assert_allclose(standardize(np.array([[1.0], [3.0], [5.0]])), np.array([[-1], [0], [1]]) * np.sqrt(1.5))


def test_spearman_relates_every_unit_of_one_model_to_every_unit_of_the_other():
    a, b = codes("a", 3), codes("b", 2)
    b[:, 0] += 2 * a[:, 1]
    b[:, 1] = -np.exp(a[:, 2]) + 0.5 * b[:, 1]
    expected = np.array([[abs(spearmanr(u, v).statistic) for v in b.T] for u in a.T])
    np.testing.assert_allclose(spearman(standardize(a), standardize(b), 0.1), expected, atol=1e-12)


def test_lasso_relates_by_the_coefficients_of_each_unit_of_the_second_model():
    a, b = standardize(codes("a", 3)), codes("b", 2)
    b[:, 1] -= 3 * a[:, 2]
    b = standardize(b)
    found = lasso(a, b, 0.1)
    expected = np.abs([Lasso(alpha=0.1).fit(a, unit).coef_ for unit in b.T]).T
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert found.shape == (3, 2)
    assert found[2, 1] > 0.7


def test_udr_is_the_median_over_the_other_models_of_the_mean_of_both_directions():
    base = codes("base", 3)
    models = [base, -2 * base[:, [1, 2, 0]], base + 0.8 * codes("noise", 3), codes("other", 2), codes("another", 3)]
    kl = [np.ones(m.shape[1]) for m in models]
    found = udr(models, kl, method="lasso")
    units = [standardize(m) for m in models]
    for i in range(5):
        others = [
            (similarity(lasso(units[i], units[j], 0.1)) + similarity(lasso(units[j], units[i], 0.1))) / 2
            for j in range(5)
            if j != i
        ]
        np.testing.assert_allclose(np.delete(found.pairwise[i], i), others)
        assert found.scores[i] == pytest.approx(np.median(others))
        assert abs(np.mean(others) - np.median(others)) > 1e-3
    assert np.isnan(np.diag(found.pairwise)).all()


def test_units_without_information_are_left_out():
    """Units of a KL at or below 0.01 nats do not enter: a second model's second unit is dropped, its first compared."""
    base = codes("base", 2)
    other = np.stack([base[:, 0], codes("noise", 1)[:, 0]], axis=1)
    found = udr([base[:, :1], other], [np.ones(1), np.array([0.5, INFORMATIVE_KL])], method="spearman")
    assert found.scores == pytest.approx([1, 1])
    kept = udr([base[:, :1], other], [np.ones(1), np.array([0.5, 0.02])], method="spearman")
    assert kept.scores[0] < 0.95
    assert INFORMATIVE_KL == 0.01
