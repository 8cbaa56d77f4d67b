"""Scores of groups of images that share a factor's value: FactorVAE, BetaVAE, interventional robustness.

Groups are drawn with replacement from the given rows (codes of the data set, or of images drawn from the sprite grid). The
papers draw fresh images from a data set that has every combination of factors.
"""

import numpy as np
from jaxtyping import Float, Int

from vae_core.common.progress import Progress, no_progress
from vae_core.common.seeds import rng
from vae_core.evaluation.disentanglement.factors import Partners, Score, check_codes
from vae_core.latent.active_units import ACTIVE_VARIANCE, active_units

VOTES = 1000  # votes drawn at a time, which bounds the memory at votes × batch × D


def factor_vae(
    codes: Float[np.ndarray, "n latent"],
    factors: Int[np.ndarray, "n factors"],
    *,
    batch: int = 64,
    n_train: int = 10_000,
    n_test: int = 5000,
    min_std: float = 0.05,
    seed: int = 0,
    progress: Progress = no_progress,
) -> Score:
    """Accuracy of the majority vote from argmin_i Var_batch(z_i)/Var(z_i) to the factor that the batch shares.

    Kim & Mnih 2018 (arXiv 1802.05983). Units with a standard deviation below ``min_std`` have no vote; if there
    is no other unit, the score is 0. Chance is 1/K. The matrix counts the training votes, unit × factor.
    """
    factors = check_codes(codes, factors)
    n, n_factors = factors.shape
    votes = np.zeros((codes.shape[1], n_factors))
    codes = codes.astype(np.float64)
    global_variance = codes.var(axis=0, ddof=1)
    voters = np.flatnonzero(np.sqrt(global_variance) >= min_std)
    if len(voters) == 0:
        return Score(0.0, votes)
    partners, draw = Partners(factors), rng(seed, "factor-vae")

    def collect(n_votes: int) -> tuple[np.ndarray, np.ndarray]:
        rows, shared = draw.integers(n, size=n_votes), draw.integers(n_factors, size=n_votes)
        groups = codes[:, voters][partners.draw(rows, shared, batch, draw)]  # (votes, batch, voters)
        return voters[np.argmin(groups.var(axis=1, ddof=1) / global_variance[voters], axis=1)], shared

    correct, done = 0, 0
    total = n_train + n_test
    for n_votes, training in [*((v, True) for v in vote_chunks(n_train)), *((v, False) for v in vote_chunks(n_test))]:
        unit, shared = collect(n_votes)
        if training:
            np.add.at(votes, (unit, shared), 1)
        else:
            correct += int((votes.argmax(axis=1)[unit] == shared).sum())
        done += n_votes
        progress(done / total)
    return Score(correct / n_test, votes)


def vote_chunks(total: int) -> list[int]:
    """Split ``total`` votes into parts of at most VOTES."""
    return [min(VOTES, total - first) for first in range(0, total, VOTES)]


def beta_vae(
    codes: Float[np.ndarray, "n latent"],
    factors: Int[np.ndarray, "n factors"],
    *,
    batch: int = 64,
    n_train: int = 10_000,
    n_test: int = 5000,
    threshold: float = ACTIVE_VARIANCE,
    seed: int = 0,
    progress: Progress = no_progress,
) -> Score:
    """Test accuracy of a logistic regression from the mean |z_a − z_b| over pairs that share a factor to that factor.

    Higgins et al. 2017. Chance is 1/K. A rotation of the code hardly lowers the score. The matrix is the mean absolute
    coefficient, unit × factor.
    """
    from sklearn.linear_model import LogisticRegression

    factors = check_codes(codes, factors)
    n, n_factors = factors.shape
    matrix = np.zeros((codes.shape[1], n_factors))
    active = np.flatnonzero(active_units(codes, threshold))
    if len(active) == 0:
        return Score(0.0, matrix)
    partners, draw = Partners(factors), rng(seed, "beta-vae")
    features, shared = [], []
    for n_votes in vote_chunks(n_train + n_test):
        k = draw.integers(n_factors, size=n_votes)
        a = draw.integers(n, size=(n_votes, batch))
        b = partners.draw(a.ravel(), np.repeat(k, batch), 1, draw).reshape(a.shape)
        features.append(np.abs(codes[:, active][a] - codes[:, active][b]).mean(axis=1, dtype=np.float64))
        shared.append(k)
        progress(0.9 * len(features) * VOTES / (n_train + n_test + VOTES))
    x, y = np.concatenate(features), np.concatenate(shared)
    model = LogisticRegression(max_iter=1000, random_state=seed).fit(x[:n_train], y[:n_train])
    coefficients = np.abs(model.coef_)  # (K, active), or one row where K = 2
    matrix[active] = np.broadcast_to(coefficients, (n_factors, len(active))).T
    return Score(float(model.score(x[n_train:], y[n_train:])), matrix)


def irs(
    codes: Float[np.ndarray, "n latent"],
    factors: Int[np.ndarray, "n factors"],
    *,
    quantile: float = 0.99,
    threshold: float = ACTIVE_VARIANCE,
) -> Score:
    """Interventional robustness: 1 − E_v[quantile of |z_i − E(z_i | v_k = v)|] / max |z_i − E z_i|, the best k for each unit.

    Suter et al. 2019 (arXiv 1811.00007): how little unit i moves while factor k is constant and all others change; averaged
    over active units, weighted by their largest deviation. Heavy tails raise the score without any structure: a unit of
    Gaussian noise scores about 0.35, one of uniform noise about 0.
    """
    factors = check_codes(codes, factors)
    matrix = np.zeros((codes.shape[1], factors.shape[1]))
    active = np.flatnonzero(active_units(codes, threshold))
    if len(active) == 0:
        return Score(0.0, matrix)
    z = codes[:, active].astype(np.float64)
    widest = np.abs(z - z.mean(axis=0)).max(axis=0)
    for k, values in enumerate(factors.T):
        groups = [z[values == v] for v in range(values.max() + 1)]
        deviations = [np.quantile(np.abs(g - g.mean(axis=0)), quantile, axis=0) for g in groups]
        matrix[active, k] = 1 - np.mean(deviations, axis=0) / widest
    return Score(float(np.average(matrix[active].max(axis=1), weights=widest)), matrix)
