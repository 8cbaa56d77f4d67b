"""Scores of classifiers that read factors from codes: DCI, SAP, explicitness."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from vae_core.common.progress import Progress, no_progress
from vae_core.common.seeds import derive_seed
from vae_core.evaluation.disentanglement.factors import Score, check_codes, split_train_test
from vae_core.latent.active_units import ACTIVE_VARIANCE, active_units

Fit = Callable[..., object]  # (x, y, seed, tick) → a fitted classifier with feature_importances_


class Stopped(Exception):
    """Raised within a worker whose result nobody waits for any more."""


@dataclass(frozen=True)
class DCI:
    """Disentanglement, completeness, informativeness, and the importance of each unit for each factor (D, K)."""

    disentanglement: float
    completeness: float
    informativeness: float  # mean test accuracy
    informativeness_train: float
    matrix: Float[np.ndarray, "latent factors"]


def boosting(x: np.ndarray, y: np.ndarray, seed: int, tick: Progress):
    """Gradient-boosted trees at scikit-learn's defaults, as in print; ``tick`` after every round, which may raise."""
    from sklearn.ensemble import GradientBoostingClassifier

    model = GradientBoostingClassifier(random_state=seed)
    return model.fit(x, y, monitor=lambda i, *_: tick((i + 1) / model.n_estimators))


def forest(x: np.ndarray, y: np.ndarray, seed: int, tick: Progress):
    """A forest of 20 bagged trees: minutes become seconds.

    Every split looks at all units, as boosting's do: a forest's usual random few would spread importance over units that
    know nothing, and hold the score of a perfect code at 0.9.
    """
    from sklearn.ensemble import RandomForestClassifier

    tick(0.0)
    return RandomForestClassifier(20, max_features=None, min_samples_leaf=5, random_state=seed).fit(x, y)


def dci(
    codes: Float[np.ndarray, "n latent"],
    factors: Int[np.ndarray, "n factors"],
    *,
    fit: Fit = boosting,
    threshold: float = ACTIVE_VARIANCE,
    seed: int = 0,
    progress: Progress = no_progress,
) -> DCI:
    """D = Σ_i ρ_i (1 − H_K(R_i·)), C = Σ_k ρ_k (1 − H_D(R_·k)), I = test accuracy; Eastwood & Williams 2018.

    R is the importance of unit i in a classifier of factor k, ρ the share of all importance in a row or column, and each
    entropy is to the base of its length, where a column's counts active units. A factor per thread: the trees grow outside
    Python's lock.
    """
    factors = check_codes(codes, factors)
    matrix = np.zeros((codes.shape[1], factors.shape[1]))
    active = np.flatnonzero(active_units(codes, threshold))
    if len(active) == 0:
        return DCI(0.0, 0.0, 0.0, 0.0, matrix)
    x, y, x_test, y_test = split_train_test(codes[:, active], factors, seed=seed)
    job = lambda k, tick: fit(x, y[:, k], derive_seed(seed, "dci", k) % 2**32, tick)  # noqa: E731
    fitted = each_factor(job, factors.max(axis=0) + 1, progress)
    for k, model in enumerate(fitted):
        matrix[active, k] = model.feature_importances_
    return DCI(
        disentanglement=weighted_concentration(matrix),
        completeness=weighted_concentration(matrix[active].T),
        informativeness=float(np.mean([m.score(x_test, y_test[:, k]) for k, m in enumerate(fitted)])),
        informativeness_train=float(np.mean([m.score(x, y[:, k]) for k, m in enumerate(fitted)])),
        matrix=matrix,
    )


def each_factor(job: Callable[[int, Progress], object], sizes: Int[np.ndarray, "factors"], progress: Progress) -> list:
    """``job(k, tick)`` for every factor, in threads; an error or a cancelled progress stops them all at their next tick."""
    shares, stop = np.zeros(len(sizes)), threading.Event()

    def run(k: int):
        def tick(share: float) -> None:
            if stop.is_set():
                raise Stopped
            shares[k] = share

        fitted = job(k, tick)
        shares[k] = 1
        return fitted

    with ThreadPoolExecutor(min(len(sizes), os.cpu_count() or 1)) as pool:
        # the largest first, so that none is left to run alone at the end
        futures = {k: pool.submit(run, k) for k in np.argsort(-sizes)}
        try:
            waiting = set(futures.values())
            while waiting:
                done, waiting = wait(waiting, timeout=0.2, return_when="FIRST_EXCEPTION")
                for future in done:
                    future.result()
                progress(float((shares * sizes).sum() / sizes.sum()))
        finally:
            stop.set()
            pool.shutdown(cancel_futures=True)
    return [futures[k].result() for k in range(len(sizes))]


def weighted_concentration(rows: Float[np.ndarray, "rows columns"]) -> float:
    """Σ_r ρ_r (1 − H(row r)/ln n): 1 where every row has one entry, 0 where all are even; empty rows weigh nothing."""
    if rows.sum() == 0 or rows.shape[1] < 2:
        return 0.0 if rows.sum() == 0 else 1.0
    weight = rows.sum(axis=1) / rows.sum()
    p = rows / np.maximum(rows.sum(axis=1, keepdims=True), 1e-300)
    entropy = -(p * np.log(np.maximum(p, 1e-300))).sum(axis=1) / np.log(rows.shape[1])
    return float((weight * (1 - entropy)).sum())


def sap(
    codes: Float[np.ndarray, "n latent"],
    factors: Int[np.ndarray, "n factors"],
    *,
    threshold: float = ACTIVE_VARIANCE,
    seed: int = 0,
    progress: Progress = no_progress,
) -> Score:
    """Mean over factors of the gap between the two best test accuracies of a linear SVM on one unit.

    Kumar et al. 2018 (arXiv 1711.00848), as disentanglement_lib evaluates it: LinearSVC(C=0.01, balanced). One threshold
    per value cannot single out a middle value, so that only binary factors reach the limit, 1 − chance = ½. Where one unit is
    active its runner-up is chance.
    """
    from sklearn.svm import LinearSVC

    factors = check_codes(codes, factors)
    active = np.flatnonzero(active_units(codes, threshold))
    x, y, x_test, y_test = split_train_test(codes, factors, seed=seed)
    matrix = np.zeros((codes.shape[1], factors.shape[1]))
    for done, (i, k) in enumerate(np.ndindex(len(active), factors.shape[1]), start=1):
        unit = [active[i]]
        model = LinearSVC(C=0.01, class_weight="balanced", random_state=derive_seed(seed, "sap", k) % 2**32)
        matrix[active[i], k] = model.fit(x[:, unit], y[:, k]).score(x_test[:, unit], y_test[:, k])
        progress(done / (len(active) * factors.shape[1]))
    ranked = np.sort(matrix[active], axis=0)
    if len(active) == 0:
        return Score(0.0, matrix)
    runner_up = ranked[-2] if len(active) > 1 else 1 / (factors.max(axis=0) + 1)
    return Score(float((ranked[-1] - runner_up).mean()), matrix)


def explicitness(
    codes: Float[np.ndarray, "n latent"],
    factors: Int[np.ndarray, "n factors"],
    *,
    threshold: float = ACTIVE_VARIANCE,
    seed: int = 0,
    progress: Progress = no_progress,
) -> Score:
    """Mean over factors and their values of the one-vs-rest ROC-AUC of a logistic regression on z-scored codes.

    Ridgeway & Mozer 2018 (arXiv 1802.05312), on a test part. Chance is ½. The matrix is the regression's mean absolute
    coefficient, unit × factor.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score

    factors = check_codes(codes, factors)
    active = np.flatnonzero(active_units(codes, threshold))
    matrix = np.zeros((codes.shape[1], factors.shape[1]))
    if len(active) == 0:
        return Score(0.5, matrix)
    z = codes[:, active].astype(np.float64)
    x, y, x_test, y_test = split_train_test((z - z.mean(axis=0)) / z.std(axis=0), factors, seed=seed)
    areas = []
    for k in range(factors.shape[1]):
        model = LogisticRegression(max_iter=1000, random_state=derive_seed(seed, "explicitness", k) % 2**32).fit(x, y[:, k])
        probabilities = model.predict_proba(x_test)
        # a value that the test part lacks, or that fills it, has no curve
        present = [(c, y_test[:, k] == v) for c, v in enumerate(model.classes_) if 0 < (y_test[:, k] == v).mean() < 1]
        areas.append(np.mean([roc_auc_score(hit, probabilities[:, c]) for c, hit in present]))
        matrix[active, k] = np.abs(model.coef_).mean(axis=0)
        progress((k + 1) / factors.shape[1])
    return Score(float(np.mean(areas)), matrix)
