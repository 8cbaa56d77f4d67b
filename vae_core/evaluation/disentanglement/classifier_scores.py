"""Scores of classifiers that predict factors from codes: DCI, SAP, explicitness."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
from jaxtyping import Float, Int

from vae_core.common.progress import Progress, no_progress
from vae_core.common.seeds import derive_seed
from vae_core.evaluation.disentanglement.factors import Score, check_codes, split_train_test
from vae_core.latent.active_units import ACTIVE_VARIANCE, active_units

Fitted = TypeVar("Fitted")


class Tree(Protocol):
    """A fitted tree ensemble of scikit-learn."""

    @property
    def feature_importances_(self) -> Any:
        """Importance of each feature, an array that sums to 1."""
        ...

    def score(self, X: np.ndarray, y: np.ndarray) -> float:
        """Accuracy on a test set."""
        ...


Fit = Callable[[np.ndarray, np.ndarray, int, Progress], Tree]  # (x, y, seed, tick) → fitted classifier


class Stopped(Exception):
    """Raised inside a thread whose result is no longer needed."""


@dataclass(frozen=True)
class DCI:
    """Disentanglement, completeness, informativeness, and the importance of each unit for each factor (D, K)."""

    disentanglement: float
    completeness: float
    informativeness: float  # mean test accuracy
    informativeness_train: float
    matrix: Float[np.ndarray, "latent factors"]


def boosting(x: np.ndarray, y: np.ndarray, seed: int, tick: Progress) -> Tree:
    """Fit gradient-boosted trees with scikit-learn's defaults, as published; ``tick`` is called after every round."""
    from sklearn.ensemble import GradientBoostingClassifier

    model = GradientBoostingClassifier(random_state=seed)
    n_rounds = model.get_params()["n_estimators"]
    return model.fit(x, y, monitor=lambda i, *_: tick((i + 1) / n_rounds))


def forest(x: np.ndarray, y: np.ndarray, seed: int, tick: Progress) -> Tree:
    """Fit a forest of 20 bagged trees, in seconds where boosting takes minutes.

    Every split considers all units, as in boosting. A forest's usual random subset of units would spread importance over
    units without information, and limit the score of a perfect code to 0.9.
    """
    from sklearn.ensemble import RandomForestClassifier

    tick(0.0)
    settings: dict[str, Any] = {"max_features": None, "min_samples_leaf": 5}  # scikit-learn types max_features as str
    return RandomForestClassifier(20, random_state=seed, **settings).fit(x, y)


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
    entropy is to the base of its length; a column's length counts active units only. Each factor has its own thread:
    scikit-learn grows trees without holding Python's interpreter lock.
    """
    factors = check_codes(codes, factors)
    matrix = np.zeros((codes.shape[1], factors.shape[1]))
    active = np.flatnonzero(active_units(codes, threshold))
    if len(active) == 0:
        return DCI(0.0, 0.0, 0.0, 0.0, matrix)
    x, y, x_test, y_test = split_train_test(codes[:, active], factors, seed=seed)

    def fit_factor(k: int, tick: Progress) -> Tree:
        return fit(x, y[:, k], derive_seed(seed, "dci", k) % 2**32, tick)

    fitted = run_per_factor(fit_factor, factors.max(axis=0) + 1, progress)
    for k, model in enumerate(fitted):
        matrix[active, k] = model.feature_importances_
    return DCI(
        disentanglement=weighted_concentration(matrix),
        completeness=weighted_concentration(matrix[active].T),
        informativeness=float(np.mean([m.score(x_test, y_test[:, k]) for k, m in enumerate(fitted)])),
        informativeness_train=float(np.mean([m.score(x, y[:, k]) for k, m in enumerate(fitted)])),
        matrix=matrix,
    )


def run_per_factor(
    job: Callable[[int, Progress], Fitted], sizes: Int[np.ndarray, "factors"], progress: Progress
) -> list[Fitted]:
    """Run ``job(k, tick)`` for every factor k in threads; an error or a cancellation stops all of them at their next tick.

    Args:
        job: Called with the factor and a progress callback of its own.
        sizes: Values of each factor, as an estimate of its work.
        progress: Called with the completed share of all work.
    """
    shares, stop = np.zeros(len(sizes)), threading.Event()

    def run(k: int) -> Fitted:
        def tick(share: float) -> None:
            if stop.is_set():
                raise Stopped
            shares[k] = share

        fitted = job(k, tick)
        shares[k] = 1
        return fitted

    with ThreadPoolExecutor(min(len(sizes), os.cpu_count() or 1)) as pool:
        # the largest factor first, so that it does not run alone at the end
        futures = {int(k): pool.submit(run, int(k)) for k in np.argsort(-sizes)}
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
    """Σ_r ρ_r (1 − H(row r)/ln n): 1 if every row has one entry, 0 if all rows are uniform; empty rows have weight 0."""
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

    Kumar et al. 2018 (arXiv 1711.00848), as disentanglement_lib evaluates it: LinearSVC(C=0.01, balanced). A linear classifier
    of one unit cannot separate a middle value from both sides, so only binary factors reach the limit, 1 − chance = ½. If
    only one unit is active, the second best accuracy is that of chance.
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
        # a value that occurs in no test image, or in all of them, has no ROC curve
        present = [(c, y_test[:, k] == v) for c, v in enumerate(model.classes_) if 0 < (y_test[:, k] == v).mean() < 1]
        areas.append(np.mean([roc_auc_score(hit, probabilities[:, c]) for c, hit in present]))
        matrix[active, k] = np.abs(model.coef_).mean(axis=0)
        progress((k + 1) / factors.shape[1])
    return Score(float(np.mean(areas)), matrix)
