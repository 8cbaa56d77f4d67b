"""DCI, SAP and explicitness on asymmetric codes, by hand and by their definitions; the metrics' settings reach the scores."""

import itertools
import math

import numpy as np
import pytest
from asymmetric_codes import SIZES, case, grid
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from vae_core.common.seeds import derive_seed
from vae_core.evaluation.disentanglement.classifier_scores import (
    boosting,
    dci,
    explicitness,
    forest,
    sap,
    weighted_concentration,
)
from vae_core.evaluation.disentanglement.factors import split_train_test
from vae_core.evaluation.disentanglement.metrics import IRS, MIG, BetaVAEScore, DCIForest, FactorVAEScore, Modularity
from vae_core.evaluation.disentanglement.mutual_information import mig
from vae_core.evaluation.disentanglement.paired_scores import beta_vae, factor_vae, irs


class Counted:
    """Stands for a fitted classifier: importances by factor, and the share of all rows as its accuracy."""

    def __init__(self, importances: np.ndarray, total: int):
        self.feature_importances_, self.total = importances, total

    def score(self, x: np.ndarray, y: np.ndarray) -> float:
        return len(x) / self.total


def test_dci_reads_disentanglement_from_rows_and_completeness_from_columns():
    """R (unit × factor) = [[0.7, 0.1], [0.2, 0.1], [0.1, 0.8]] for three active units of four.

    D: rows have the weights 0.8, 0.3 and 0.9 of 2; entropies of (⅞, ⅛), (⅔, ⅓) and (1/9, 8/9) to the base 2.
    C: columns have the weights 1 and 1 of 2; entropies of (0.7, 0.2, 0.1) and (0.1, 0.1, 0.8) to the base 3."""
    factors = grid(75)
    codes = np.stack([factors[:, 0], 0 * factors[:, 0], 2 * factors[:, 1], factors.sum(1)], axis=1) * 1.0
    columns = {2: np.array([0.7, 0.2, 0.1]), 3: np.array([0.1, 0.1, 0.8])}
    calls = iter([2, 3])

    def fit(x, y, seed, tick):
        assert x.shape == (200, 3)
        return Counted(columns[2 if np.array_equal(y, x[:, 0]) else 3], 300)

    found = dci(codes, factors, fit=fit)
    np.testing.assert_allclose(found.matrix, [[0.7, 0.1], [0, 0], [0.2, 0.1], [0.1, 0.8]])
    entropy_of = lambda p, base: -sum(q * math.log(q) for q in p if q > 0) / math.log(base)  # noqa: E731
    rows = [(0.8, (7 / 8, 1 / 8)), (0.3, (2 / 3, 1 / 3)), (0.9, (1 / 9, 8 / 9))]
    expected_d = sum(weight / 2 * (1 - entropy_of(p, 2)) for weight, p in rows)
    expected_c = sum(0.5 * (1 - entropy_of(p, 3)) for p in ((0.7, 0.2, 0.1), (0.1, 0.1, 0.8)))
    assert found.disentanglement == pytest.approx(expected_d)
    assert found.completeness == pytest.approx(expected_c)
    assert abs(expected_d - expected_c) > 0.02
    assert found.informativeness == pytest.approx(1 / 3)  # of the test part, a third of all rows
    assert found.informativeness_train == pytest.approx(2 / 3)
    assert next(calls) == 2


def test_weighted_concentration_by_hand():
    """Rows (3, 1) and (0, 4): weights ½ and ½, entropies of (¾, ¼) to the base 2, and 0."""
    entropy_of = -(0.75 * math.log2(0.75) + 0.25 * math.log2(0.25))
    assert weighted_concentration(np.array([[3.0, 1.0], [0.0, 4.0]])) == pytest.approx(0.5 * (1 - entropy_of) + 0.5)
    unequal = np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 6.0]])  # weights ¼ and ¾
    assert weighted_concentration(unequal) == pytest.approx(0.25 * (1 - math.log(2) / math.log(3)) + 0.75)
    assert weighted_concentration(np.zeros((2, 2))) == 0.0


@pytest.mark.parametrize("fit", [forest, boosting])
def test_both_tree_ensembles_find_the_unit_that_decides(fit):
    codes, factors = case(300)
    model = fit(codes[:, :4], factors[:, 0], 0, lambda share: None)
    assert model.feature_importances_.argmax() == 0
    assert model.feature_importances_[0] > 0.9


def test_the_test_part_is_a_third_and_shares_no_row():
    codes, factors = np.arange(300.0)[:, None], grid(75)
    x, y, x_test, y_test = split_train_test(codes, factors, seed=0)
    assert (len(x), len(x_test)) == (200, 100)
    assert sorted(np.concatenate([x, x_test])[:, 0]) == list(range(300))
    np.testing.assert_array_equal(factors[x[:, 0].astype(int)], y)
    np.testing.assert_array_equal(factors[x_test[:, 0].astype(int)], y_test)


def test_sap_is_the_gap_of_test_accuracies():
    """LinearSVC(C = 0.01, balanced) on one unit at a time, fitted on two thirds, its accuracy on the last third."""
    codes, factors = case()
    x, y, x_test, y_test = split_train_test(codes, factors, seed=0)
    expected = np.zeros((5, 2))
    for i, k in itertools.product(range(4), range(2)):
        model = LinearSVC(C=0.01, class_weight="balanced", random_state=derive_seed(0, "sap", k) % 2**32)
        model.fit(x[:, [i]], y[:, k])
        expected[i, k] = (model.predict(x_test[:, [i]]) == y_test[:, k]).mean()
        assert abs(model.score(x[:, [i]], y[:, k]) - expected[i, k]) < 0.2
    found = sap(codes, factors)
    np.testing.assert_allclose(found.matrix, expected)
    best = np.sort(expected, axis=0)
    assert found.value == pytest.approx((best[-1] - best[-2]).mean())


def test_sap_of_one_active_unit_has_chance_as_its_runner_up():
    factors = grid(75)
    found = sap(6.0 * factors[:, :1], factors)
    best = found.matrix[0]
    assert best[0] == 1.0
    assert found.value == pytest.approx((best - 0.5).mean())


def rank_auc(hit: np.ndarray, score: np.ndarray) -> float:
    """The share of (hit, miss) pairs in which the hit has the larger score; ties count half."""
    pairs = score[hit][:, None] - score[~hit][None]
    return float((pairs > 0).mean() + 0.5 * (pairs == 0).mean())


def test_explicitness_is_the_mean_area_on_the_test_part():
    codes, factors = case()
    z = codes[:, :4]
    x, y, x_test, y_test = split_train_test((z - z.mean(0)) / z.std(0), factors, seed=0)
    areas = []
    for k, size in enumerate(SIZES):
        model = LogisticRegression(max_iter=1000, random_state=derive_seed(0, "explicitness", k) % 2**32).fit(x, y[:, k])
        probabilities = model.predict_proba(x_test)
        areas.append(np.mean([rank_auc(y_test[:, k] == v, probabilities[:, v]) for v in range(size)]))
    found = explicitness(codes, factors)
    assert found.value == pytest.approx(np.mean(areas), abs=1e-6)
    assert (found.matrix[4] == 0).all()
    assert found.matrix[0].argmax() == 0


# --- the metrics of the registry


def test_metrics_give_their_settings_to_the_scores():
    codes, factors = case()
    nothing = lambda share: None  # noqa: E731
    found = MIG(bins=7).score(codes, factors, nothing)
    assert found["mig"] == mig(codes, factors, bins=7).value != mig(codes, factors).value
    assert found["ceiling"] == pytest.approx(1, abs=0.01)  # the factors have fewer values than bins
    values = Modularity().score(codes, factors, nothing)
    assert values["modularity_over_all_units"] == pytest.approx(values["modularity"] * 4 / 5)
    votes = FactorVAEScore(threshold=0.09, n_train=200, n_test=100, batch=32).score(codes, factors, nothing)
    expected = factor_vae(codes, factors, batch=32, n_train=200, n_test=100, min_std=0.3)
    assert votes["factor_vae"] == expected.value
    np.testing.assert_array_equal(votes["votes"], expected.matrix)
    assert votes["votes"][0].sum() == 0  # a unit of deviation 0.2
    assert votes["chance"] == 0.5
    pairs = BetaVAEScore(n_train=100, n_test=50, batch=16).score(codes, factors, nothing)
    assert pairs["beta_vae"] == beta_vae(codes, factors, n_train=100, n_test=50, batch=16).value
    assert IRS(quantile=0.5).score(codes, factors, nothing)["irs"] == irs(codes, factors, quantile=0.5).value
    trees = DCIForest().score(codes, factors, nothing)
    expected_trees = dci(codes, factors, fit=forest)
    assert trees["disentanglement"] == pytest.approx(expected_trees.disentanglement)
    assert trees["completeness"] == pytest.approx(expected_trees.completeness)
    assert trees["informativeness"] == pytest.approx(expected_trees.informativeness)
