"""Unsupervised disentanglement ranking (UDR): models whose units agree up to a permutation are likely disentangled."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from vae_core.checkpoints.trained_vae import TrainedVAE
from vae_core.common.errors import BadInput
from vae_core.common.progress import Progress, no_progress
from vae_core.data.dataset import Dataset
from vae_core.evaluation.context import EvaluationContext
from vae_core.latent.gaussian import standard_normal_kl

INFORMATIVE_KL = 0.01  # nats; units with a smaller mean KL are not compared


@dataclass(frozen=True)
class Ranking:
    """A score per model, and the similarity of each pair of models (M, M), NaN on the diagonal."""

    scores: Float[np.ndarray, "models"]
    pairwise: Float[np.ndarray, "models models"]


def udr(
    codes: Sequence[Float[np.ndarray, "n _"]],
    unit_kl: Sequence[Float[np.ndarray, "_"]],
    *,
    method: str = "lasso",
    alpha: float = 0.1,
    progress: Progress = no_progress,
) -> Ranking:
    """UDR_m = median over the other models of the pair's similarity; Duan et al. 2020 (arXiv 1905.12614).

    R(a, b) is |Lasso coefficient| of unit b on unit a, or |Spearman's ρ|, on standardized codes of informative units; a pair
    scores the sum over units of max²/Σ in both directions, over the number of units.

    Args:
        codes: Codes of the same images under models that differ in their seed.
        unit_kl: Mean KL of each unit, nats; units below ``INFORMATIVE_KL`` are not compared.
        method: lasso or spearman.
        alpha: Weight of the Lasso's penalty.
        progress: Called with the completed share of the pairs.

    Raises:
        BadInput: there are fewer than two models, an unknown method, or codes of different images.
    """
    if len(codes) < 2:
        raise BadInput(f"UDR compares at least 2 models, got {len(codes)}")
    if method not in RELATIONS:
        raise BadInput(f"unknown UDR method {method!r}; choose from {', '.join(RELATIONS)}")
    if len({len(c) for c in codes}) != 1:
        raise BadInput(f"UDR compares codes of the same images, got {', '.join(str(len(c)) for c in codes)} of them")
    informative = [standardize(c[:, kl > INFORMATIVE_KL]) for c, kl in zip(codes, unit_kl)]
    n = len(codes)
    pairwise = np.full((n, n), np.nan)
    pairs = list(itertools.combinations(range(n), 2))
    for done, (i, j) in enumerate(pairs, start=1):
        a, b = informative[i], informative[j]
        # the Lasso has a direction, so the similarity of a pair is the mean of both directions
        both = [similarity(RELATIONS[method](a, b, alpha)), similarity(RELATIONS[method](b, a, alpha))]
        pairwise[i, j] = pairwise[j, i] = np.mean(both)
        progress(done / len(pairs))
    return Ranking(np.nanmedian(pairwise, axis=1), pairwise)


def standardize(codes: Float[np.ndarray, "n units"]) -> Float[np.ndarray, "n units"]:
    """Shift and scale each unit to mean 0 and variance 1."""
    codes = codes.astype(np.float64)
    return (codes - codes.mean(axis=0)) / np.maximum(codes.std(axis=0), 1e-12)


def similarity(relation: Float[np.ndarray, "a b"]) -> float:
    """[Σ_b max_a R²/Σ_a R + Σ_a max_b R²/Σ_b R] / (d_a + d_b): 1 if each unit has exactly one partner, 0 without units."""
    if relation.size == 0:
        return 0.0
    sides = [r.max(axis=0) ** 2 / np.maximum(r.sum(axis=0), 1e-12) for r in (relation, relation.T)]
    return float(sum(s.sum() for s in sides) / sum(relation.shape))


def lasso(a: np.ndarray, b: np.ndarray, alpha: float) -> np.ndarray:
    """|Coefficients| (a, b) of a sparse linear map that predicts the units of b from those of a."""
    from sklearn.linear_model import Lasso

    if a.shape[1] == 0 or b.shape[1] == 0:
        return np.zeros((a.shape[1], b.shape[1]))
    return np.abs(np.atleast_2d(Lasso(alpha=alpha).fit(a, b).coef_)).T


def spearman(a: np.ndarray, b: np.ndarray, alpha: float) -> np.ndarray:
    """|Rank correlation| (a, b) of units; ``alpha`` is used by the Lasso only."""
    from scipy.stats import rankdata

    ranks = [standardize(rankdata(units, axis=0)) for units in (a, b)]
    return np.abs(ranks[0].T @ ranks[1]) / len(a)


RELATIONS = {"lasso": lasso, "spearman": spearman}


def rank_models(
    models: Sequence[TrainedVAE], dataset: Dataset, *, n_images: int = 1000, method: str = "lasso", seed: int = 0
) -> Ranking:
    """Rank trained models by UDR on the posterior means of the same images of ``dataset``."""
    codes, unit_kl = [], []
    for model in models:
        found = EvaluationContext(model, dataset).codes(n_images, seed)
        codes.append(found.mean)
        unit_kl.append(standard_normal_kl(found.mean, found.std).mean(axis=0))
    return udr(codes, unit_kl, method=method)
