"""Disentanglement scores of representations whose score is known."""

import numpy as np
import pytest
from evaluation_cases import factor_rows

from vae_core.common.errors import BadInput
from vae_core.common.seeds import rng
from vae_core.evaluation.disentanglement.classifier_scores import (
    boosting,
    dci,
    explicitness,
    forest,
    sap,
    weighted_concentration,
)
from vae_core.evaluation.disentanglement.factors import Partners
from vae_core.evaluation.disentanglement.mutual_information import mig, modularity, mutual_information, unit_modularity
from vae_core.evaluation.disentanglement.paired_scores import beta_vae, factor_vae, irs
from vae_core.evaluation.disentanglement.udr import udr

FEW = {"n_train": 600, "n_test": 400}

# name → (codes, factors, seed) → (score, matrix)
SCORES = {
    "mig": lambda z, v, seed: pair(mig(z, v)),
    "modularity": lambda z, v, seed: pair(modularity(z, v)),
    "factor_vae": lambda z, v, seed: pair(factor_vae(z, v, seed=seed, **FEW)),
    "beta_vae": lambda z, v, seed: pair(beta_vae(z, v, seed=seed, **FEW)),
    "disentanglement": lambda z, v, seed: (lambda d: (d.disentanglement, d.matrix))(dci(z, v, fit=forest, seed=seed)),
    "completeness": lambda z, v, seed: (lambda d: (d.completeness, d.matrix))(dci(z, v, fit=forest, seed=seed)),
    "informativeness": lambda z, v, seed: (lambda d: (d.informativeness, d.matrix))(dci(z, v, fit=forest, seed=seed)),
    "sap": lambda z, v, seed: pair(sap(z, v, seed=seed)),
    "explicitness": lambda z, v, seed: pair(explicitness(z, v, seed=seed)),
    "irs": lambda z, v, seed: pair(irs(z, v)),
}
# scores of representations without information; three factors of equal size, so that none has more values than another
CHANCE = dict.fromkeys(SCORES, 0.0) | {"factor_vae": 1 / 3, "beta_vae": 1 / 3, "informativeness": 1 / 2, "explicitness": 1 / 2}
BEST = dict.fromkeys(SCORES, 1.0) | {"sap": 0.5}  # of binary factors: accuracy 1 against chance ½
TOLERANCE = dict.fromkeys(SCORES, 0.08) | {"modularity": 0.45}  # of noise: ratios of mutual informations that are all noise


def pair(score):
    return score.value, score.matrix


@pytest.fixture(scope="module")
def binary():
    return factor_rows(1500, (2, 2, 2))


@pytest.fixture(scope="module")
def four():
    return factor_rows(1500, (4, 4, 4))


@pytest.mark.parametrize("name", SCORES)
def test_the_factors_themselves_score_best(name, binary):
    score, matrix = SCORES[name](binary.astype(float), binary, 0)
    assert score == pytest.approx(BEST[name], abs=0.06)
    assert matrix.shape == (3, 3)
    assert (matrix.argmax(axis=1) == [0, 1, 2]).all()


@pytest.mark.parametrize("name", ["mig", "modularity", "factor_vae", "beta_vae", "disentanglement", "completeness", "irs"])
def test_factors_of_four_values_score_best(name, four):
    assert SCORES[name](four.astype(float), four, 0)[0] == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize("name", SCORES)
def test_noise_scores_at_chance(name, binary):
    noise = rng(0, "noise").uniform(size=(1500, 3))
    noise = noise * 3  # variance 3/4: alive
    assert SCORES[name](noise, binary, 0)[0] == pytest.approx(CHANCE[name], abs=TOLERANCE[name])


@pytest.mark.parametrize("name", sorted(SCORES.keys() - {"modularity"}))  # of noise its ratio can be anything
def test_permuted_rows_score_at_chance(name, binary):
    """Permutation test: a score above chance for codes of other images would be bias."""
    codes = rng(1, "permute").permutation(binary).astype(float)
    assert SCORES[name](codes, binary, 0)[0] == pytest.approx(CHANCE[name], abs=TOLERANCE[name])


@pytest.mark.parametrize("name", ["mig", "modularity", "factor_vae", "beta_vae", "disentanglement", "completeness", "sap"])
def test_rotation_by_45_degrees_scores_at_chance(name):
    """Both units then have equal information about both factors: no gap, random votes, equal importances."""
    factors = factor_rows(3000, (4, 4))
    codes = factors @ np.array([[1, 1], [1, -1]]) / np.sqrt(2)
    chance = {"factor_vae": 0.5, "beta_vae": 0.5}.get(name, 0.0)
    assert SCORES[name](codes, factors, 0)[0] == pytest.approx(chance, abs=0.08)


@pytest.mark.parametrize("name", SCORES)
def test_small_rotation_lowers_the_score_but_not_to_chance(name, four):
    angle = np.pi / 12
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    perfect, turned = SCORES[name](four.astype(float), four, 0)[0], SCORES[name](four @ turn, four, 0)[0]
    assert turned <= perfect + 0.02
    assert turned > CHANCE[name]


@pytest.mark.parametrize("name", SCORES)
def test_collapsed_unit_is_left_out(name, four):
    """Also one whose last digits still depend on a factor, which bins over [min, max] would amplify."""
    codes = four + 0.3 * rng(0, "jitter").standard_normal(four.shape)
    dead = 1e-4 * four[:, :1] + 1e-5 * rng(1, "jitter").standard_normal((len(four), 1))
    without, with_dead = SCORES[name](codes, four, 0), SCORES[name](np.hstack([codes, dead]), four, 0)
    assert with_dead[0] == pytest.approx(without[0], abs=1e-9)
    assert (with_dead[1][3] == 0).all()


@pytest.mark.parametrize("name", SCORES)
def test_only_collapsed_units_score_at_most_chance(name, four):
    assert SCORES[name](1e-4 * four, four, 0)[0] <= CHANCE[name]


@pytest.mark.parametrize("name", SCORES)
def test_order_of_the_units_does_not_matter(name, four):
    codes = four + 0.3 * rng(0, "jitter").standard_normal(four.shape)
    order = [2, 0, 1]
    (score, matrix), (shuffled, its_matrix) = SCORES[name](codes, four, 0), SCORES[name](codes[:, order], four, 0)
    # a forest draws the units that a split looks at, so its numbers move a little
    loose = 0.05 if name in ("disentanglement", "completeness", "informativeness") else 1e-6
    assert shuffled == pytest.approx(score, abs=loose)
    np.testing.assert_allclose(its_matrix, matrix[order], atol=max(loose, 1e-3 * np.abs(matrix).max()))


@pytest.mark.parametrize("name", SCORES)
def test_the_same_seed_gives_the_same_number(name, four):
    codes = four + rng(0, "jitter").standard_normal(four.shape)
    assert SCORES[name](codes, four, 3)[0] == SCORES[name](codes, four, 3)[0]


def test_published_boosting_scores_factors_best_and_noise_at_chance(binary):
    perfect = dci(binary.astype(float), binary, fit=boosting)
    assert (perfect.disentanglement, perfect.completeness, perfect.informativeness) == pytest.approx((1, 1, 1), abs=1e-6)
    noise = dci(rng(0, "noise").standard_normal(binary.shape), binary, fit=boosting)
    assert max(noise.disentanglement, noise.completeness) < 0.05
    assert noise.informativeness == pytest.approx(0.5, abs=0.06)


def test_boosting_reports_its_rounds_and_can_be_cancelled(four):
    many, shares = np.repeat(four, 6, axis=0), []

    def cancel(share: float) -> None:
        shares.append(share)
        if share > 0.05:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        dci(many + 0.5 * rng(0, "jitter").standard_normal(many.shape), many, progress=cancel)
    assert shares[-1] < 0.9


def test_scores_of_matrices_computed_by_hand():
    assert weighted_concentration(np.eye(3)) == pytest.approx(1)
    assert weighted_concentration(np.ones((3, 4))) == pytest.approx(0)
    assert weighted_concentration(np.array([[1.0, 0], [0, 0]])) == pytest.approx(1)  # an empty row weighs nothing
    np.testing.assert_allclose(unit_modularity(np.array([[1.0, 0, 0], [1, 1, 1], [2, 1, 0], [0, 0, 0]])), [1, 0, 7 / 8, 0])


def test_mutual_information_of_a_copy_is_the_entropy():
    factors = factor_rows(4000, (8, 3))
    matrix = mutual_information(factors.astype(float), factors)
    np.testing.assert_allclose(np.diag(matrix), np.log([8, 3]), atol=5e-3)
    assert matrix[0, 1] < 0.01


def test_more_values_than_bins_have_a_ceiling():
    factors = factor_rows(4000, (32, 32))
    assert mig(factors.astype(float), factors, bins=20).value < 0.9
    assert mig(factors.astype(float), factors, bins=32).value == pytest.approx(1, abs=0.05)  # less the plug-in's bias


def test_partners_share_the_value():
    factors = factor_rows(300, (3, 5))
    rows, k = np.arange(300), np.arange(300) % 2
    found = Partners(factors).draw(rows, k, 7, rng(0, "draw"))
    assert (factors[found, k[:, None]] == factors[rows, k][:, None]).all()
    assert len(np.unique(found)) > 250  # all rows of a group are drawn, not its first


@pytest.mark.parametrize("name", SCORES)
def test_invalid_input_is_refused_with_a_reason(name, four):
    codes = four.astype(float)
    with pytest.raises(BadInput, match="at least 100 images, got 50"):
        SCORES[name](codes[:50], four[:50], 0)
    with pytest.raises(BadInput, match=r"factor 1 is constant \(3\)"):
        SCORES[name](codes, np.where([False, True, False], 3, four), 0)
    with pytest.raises(BadInput, match="the codes of 1 of 1500 images are not finite"):
        SCORES[name](np.where(np.arange(1500)[:, None] == 7, np.nan, codes), four, 0)


def test_value_of_a_single_image_is_refused(four):
    factors = four.copy()
    factors[5, 2] = 9
    with pytest.raises(BadInput, match="factor 2 has a value that only one image has"):
        factor_vae(four.astype(float), factors)


# --- UDR


@pytest.mark.parametrize(("method", "best"), [("spearman", 1.0), ("lasso", 0.9)])  # the Lasso shrinks by its α
def test_models_that_agree_up_to_order_and_sign_rank_best(method, best):
    codes = rng(0, "udr").standard_normal((1000, 4))
    turned = codes @ np.linalg.qr(rng(1, "udr").standard_normal((4, 4)))[0]
    alive = np.ones(4)
    ranking = udr([codes, -codes[:, [2, 0, 3, 1]], 3 * codes[:, ::-1], turned], [alive] * 4, method=method)
    assert ranking.scores[:3] == pytest.approx([best] * 3, abs=0.12)
    assert ranking.scores[3] < min(ranking.scores[:3]) - 0.15
    np.testing.assert_array_equal(ranking.pairwise, ranking.pairwise.T)


def test_units_without_information_are_not_compared():
    codes = rng(0, "udr").standard_normal((1000, 3))
    wide = np.hstack([codes, 1e-3 * rng(1, "udr").standard_normal((1000, 2))])
    kl = np.array([1, 1, 1, 0.001, 0.0])
    assert udr([wide, codes], [kl, np.ones(3)], method="spearman").scores == pytest.approx(
        udr([codes, codes], [np.ones(3)] * 2, method="spearman").scores, abs=1e-9
    )
    assert udr([codes, codes], [np.zeros(3), np.ones(3)]).scores == pytest.approx([0, 0])


def test_udr_needs_two_models_and_a_known_method():
    codes = np.zeros((10, 2))
    with pytest.raises(BadInput, match="at least 2 models, got 1"):
        udr([codes], [np.ones(2)])
    with pytest.raises(BadInput, match="choose from lasso, spearman"):
        udr([codes, codes], [np.ones(2)] * 2, method="pearson")
