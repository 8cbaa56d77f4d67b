"""Mutual information and scores of pairs, against hand-derived numbers and NumPy versions of the papers' formulas."""

import numpy as np
import pytest
from asymmetric_codes import SIZES, case, grid

from vae_core.common.seeds import rng
from vae_core.evaluation.disentanglement.factors import Partners, rank_factors
from vae_core.evaluation.disentanglement.mutual_information import (
    bin_codes,
    entropy,
    mig,
    modularity,
    mutual_information,
    unit_modularity,
)
from vae_core.evaluation.disentanglement.paired_scores import beta_vae, factor_vae, irs
from vae_core.latent.active_units import active_units

# --- mutual information


def plug_in(codes: np.ndarray, factors: np.ndarray, bins: int) -> np.ndarray:
    """Σ p log p/(p p) of equal-width bins over each unit's range, nats."""
    found = np.zeros((codes.shape[1], factors.shape[1]))
    for i, k in np.ndindex(found.shape):
        edges = np.linspace(codes[:, i].min(), codes[:, i].max(), bins + 1)
        values = factors[:, k].max() + 1
        joint = np.histogram2d(codes[:, i], factors[:, k], [edges, np.arange(values + 1) - 0.5])[0] / len(codes)
        product = joint.sum(1, keepdims=True) * joint.sum(0, keepdims=True)
        found[i, k] = (joint[joint > 0] * np.log(joint[joint > 0] / product[joint > 0])).sum()
    return found


def entropies(factors: np.ndarray) -> np.ndarray:
    shares = [np.bincount(v) / len(v) for v in factors.T]
    return np.array([-(p * np.log(p)).sum() for p in shares])


def test_mutual_information_is_the_plug_in_estimate_of_equal_width_bins():
    codes, factors = case()
    expected = plug_in(codes[:, :4], factors, 7)
    found = mutual_information(codes, factors, bins=7)
    np.testing.assert_allclose(found[:4], expected, atol=1e-9)
    np.testing.assert_array_equal(found[4], 0)  # the dead unit knows factor 0, and does not count
    np.testing.assert_allclose(entropy(factors), entropies(factors))


def test_bins_have_equal_width_and_a_dead_unit_has_one():
    codes = np.array([[0.0, 5.0], [1.0, 5.1], [2.4, 5.2], [2.6, 5.3], [10.0, 5.4]])
    found = bin_codes(codes, 4, np.array([True, False]))
    assert found.T.tolist() == [[0, 0, 0, 1, 3], [0] * 5]


def test_mig_is_the_gap_of_the_two_best_units_over_the_entropy():
    codes, factors = case()
    matrix = plug_in(codes[:, :4], factors, 20)
    best = np.sort(matrix, axis=0)
    expected = ((best[-1] - best[-2]) / entropies(factors)).mean()
    found = mig(codes, factors)
    assert found.value == pytest.approx(expected)
    assert 0.2 < found.value < 0.8


def test_mig_of_one_unit_has_zero_as_its_runner_up():
    codes, factors = case()
    matrix = plug_in(codes[:, :1], factors, 20)
    assert mig(codes[:, :1], factors).value == pytest.approx((matrix[0] / entropies(factors)).mean())


def test_modularity_is_the_mean_over_active_units():
    """1 − (Σ m² − max m²)/(max m² (K − 1)) per unit, here with K = 2: 1 − (smaller/larger)²."""
    codes, factors = case()
    matrix = np.sort(plug_in(codes[:, :4], factors, 20), axis=1)
    expected = (1 - (matrix[:, 0] / matrix[:, 1]) ** 2).mean()
    assert modularity(codes, factors).value == pytest.approx(expected)


def test_unit_modularity_by_hand():
    """m = (1, 2, 3): squares 1, 4, 9, so 1 − 5/(9 · 2) = 13/18."""
    np.testing.assert_allclose(unit_modularity(np.array([[1.0, 2, 3], [0, 0, 0], [0, 2, 0]])), [13 / 18, 0, 1])


# --- pairs and groups


def test_the_factor_vae_vote_divides_by_the_global_variance():
    """Unit 0 is narrow noise: its local variance is the least in every batch, its ratio to the global one is about 1.
    Units 1 and 2 hold one factor each, wide and with a little noise, so that their ratio is small where it is held."""
    draw = rng(0, "votes")
    factors = draw.integers(0, (3, 4), size=(900, 2))
    noise = draw.standard_normal((900, 3))
    codes = np.stack([0.1 * noise[:, 0], 30.0 * factors[:, 0] + 2 * noise[:, 1], 9.0 * factors[:, 1] + noise[:, 2]], axis=1)
    found = factor_vae(codes, factors, n_train=300, n_test=200)
    assert found.value == 1.0
    assert found.matrix.sum() == 300
    np.testing.assert_array_equal(found.matrix[0], 0)
    assert found.matrix[1, 1] == found.matrix[2, 0] == 0


def test_the_factor_vae_score_is_measured_on_votes_that_did_not_train_the_map():
    """Codes of noise and twenty units: few votes are remembered by heart, new ones are right by chance."""
    draw = rng(0, "noise votes")
    factors = draw.integers(0, 3, size=(600, 4))
    codes = draw.standard_normal((600, 20))
    found = factor_vae(codes, factors, n_train=20, n_test=2000)
    assert found.value == pytest.approx(0.25, abs=0.06)


def test_a_narrow_unit_has_no_factor_vae_vote():
    factors = grid(40)
    codes = np.stack([0.04 * (factors[:, 0] - 0.5), 1.0 * factors[:, 1]], axis=1)  # standard deviations 0.02 and 0.5
    found = factor_vae(codes, factors, n_train=100, n_test=100)
    assert found.matrix[0].sum() == 0
    assert found.value < 0.7
    assert factor_vae(codes[:, :1], factors, n_train=10, n_test=10).value == 0.0
    assert factor_vae(codes, factors, n_train=100, n_test=100, min_std=0.01).value == 1.0


def test_a_majority_of_votes_is_one_factor_per_unit():
    """One unit for two factors: the map has one entry, so the score is the larger share of the votes, about ½."""
    draw = rng(0, "one unit")
    factors = draw.integers(0, 2, size=(400, 2))
    found = factor_vae(draw.standard_normal((400, 1)), factors, n_train=400, n_test=400)
    assert found.value == pytest.approx(0.5, abs=0.08)
    assert found.matrix.sum() == 400


def test_the_beta_vae_score_reads_absolute_differences_of_pairs():
    """A held factor's unit has differences of noise alone; with signed differences the means would all be about 0."""
    codes, factors = case()
    wide = np.stack([3.0 * factors[:, 0], 9.0 * factors[:, 1] ** 2, codes[:, 3] / 20], axis=1)
    found = beta_vae(wide, factors, n_train=300, n_test=200)
    assert found.value == 1.0
    assert (found.matrix[:2].min(axis=1) > found.matrix[2].max()).all()


def test_the_pairs_of_the_beta_vae_score_share_the_factor_that_they_are_labelled_with():
    """Three factors, a unit each, in another order: the unit of the held factor decides for its class."""
    factors = rng(0, "three factors").integers(0, 4, size=(600, 3))
    found = beta_vae(factors[:, [2, 0, 1]].astype(float), factors, n_train=300, n_test=200)
    assert found.value == 1.0
    assert found.matrix.argmax(axis=0).tolist() == [1, 2, 0]


def test_the_beta_vae_score_is_of_test_points():
    """Thirty units of noise fit twenty points by heart; new ones are right by chance."""
    draw = rng(0, "beta noise")
    factors = draw.integers(0, 3, size=(600, 3))
    found = beta_vae(draw.standard_normal((600, 30)), factors, batch=4, n_train=20, n_test=1500)
    assert found.value == pytest.approx(1 / 3, abs=0.06)


def test_irs_is_weighted_by_the_largest_deviation_of_each_unit():
    """Unit 0 is factor 0: no deviation within its groups, score 1, largest deviation ½. Unit 1 is 4 · (v₀ xor v₁): both
    values in every group, score 0, largest deviation 2. The weighted mean is (1 · ½ + 0 · 2)/2½ = 0.2."""
    factors = grid(40)
    codes = np.stack([factors[:, 0], 4.0 * (factors[:, 0] ^ factors[:, 1])], axis=1)
    found = irs(codes, factors)
    np.testing.assert_allclose(found.matrix, [[1, 0], [0, 0]], atol=1e-12)
    assert found.value == pytest.approx(0.2)


def test_irs_is_the_papers_formula_on_asymmetric_codes():
    """1 − E_v[99 % quantile of |z − E(z|v)|]/max |z − E z|, the best factor of each active unit."""
    codes, factors = case()
    z = codes[:, :4]
    widest = np.abs(z - z.mean(0)).max(0)
    scores = np.zeros((4, 2))
    for i, k in np.ndindex(4, 2):
        groups = [z[factors[:, k] == v, i] for v in range(SIZES[k])]
        scores[i, k] = 1 - np.mean([np.quantile(np.abs(g - g.mean()), 0.99) for g in groups]) / widest[i]
    found = irs(codes, factors)
    np.testing.assert_allclose(found.matrix[:4], scores)
    assert found.value == pytest.approx((scores.max(1) * widest).sum() / widest.sum())
    assert abs(found.value - scores.max(1).mean()) > 0.05  # the unweighted mean is another number


def test_partners_share_the_value_of_the_named_factor():
    factors = rng(0, "partners").integers(0, (2, 5), size=(200, 2))
    rows, k = np.arange(200), np.arange(200) % 2
    found = Partners(factors).draw(rows, k, 30, rng(1, "partners"))
    for row, factor, others in zip(rows, k, found):
        assert (factors[others, factor] == factors[row, factor]).all()
    assert len(np.unique(found)) == 200
    other = factors[found, 1 - k[:, None]]
    assert all(len(np.unique(values)) > 1 for values in other)  # the other factor is free


# --- shared


def test_a_unit_is_active_above_the_threshold_of_its_variance():
    """0 and s: variance s²/4. A variance at the threshold itself is not above it."""
    codes = np.array([[0.0, 0.0, 0.0], [1.1, 1.0, 0.9]])
    assert active_units(codes, 0.25).tolist() == [True, False, False]
    assert active_units(0.2 * codes[:, ::2]).tolist() == [True, False]  # variances 0.0121 and 0.0081
    assert active_units(codes, 0.2).tolist() == [True, True, True]


def test_factor_values_are_counted_from_zero():
    factors = np.tile([[3, -1], [7, 5], [3, 9]], (40, 1))
    assert rank_factors(factors)[:3].tolist() == [[0, 0], [1, 1], [0, 2]]
