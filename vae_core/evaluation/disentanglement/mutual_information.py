"""Mutual information between units and factors, and the scores computed from its matrix: MIG and modularity."""

import numpy as np
from jaxtyping import Bool, Float, Int

from vae_core.evaluation.disentanglement.factors import Score, check_codes
from vae_core.latent.active_units import ACTIVE_VARIANCE, active_units


def bin_codes(
    codes: Float[np.ndarray, "n latent"], bins: int, active: Bool[np.ndarray, "latent"]
) -> Int[np.ndarray, "n latent"]:
    """Sort each unit's codes into bins of equal width over [min, max]; a collapsed unit has a single bin, not 20 of noise."""
    found = np.zeros(codes.shape, np.int64)
    for i in np.flatnonzero(active):
        found[:, i] = np.digitize(codes[:, i], np.histogram_bin_edges(codes[:, i], bins)[1:-1])
    return found


def mutual_information(
    codes: Float[np.ndarray, "n latent"],
    factors: Int[np.ndarray, "n factors"],
    *,
    bins: int = 20,
    threshold: float = ACTIVE_VARIANCE,
) -> Float[np.ndarray, "latent factors"]:
    """I(z_i; v_k) of binned codes, nats; 0 for collapsed units.

    The plug-in estimate, which is about (bins − 1)(values − 1)/2N for pure noise.
    """
    from sklearn.metrics import mutual_info_score

    factors = check_codes(codes, factors)
    found = bin_codes(codes, bins, active_units(codes, threshold))
    return np.array([[max(0.0, mutual_info_score(v, z)) for v in factors.T] for z in found.T])


def entropy(factors: Int[np.ndarray, "n factors"]) -> Float[np.ndarray, "factors"]:
    """H(v_k), nats."""
    counts = [np.unique(v, return_counts=True)[1] / len(v) for v in factors.T]
    return np.array([-(p * np.log(p)).sum() for p in counts])


def mig(
    codes: Float[np.ndarray, "n latent"],
    factors: Int[np.ndarray, "n factors"],
    *,
    bins: int = 20,
    threshold: float = ACTIVE_VARIANCE,
) -> Score:
    """Mutual information gap: mean_k (I_1 − I_2)/H(v_k), I_1 and I_2 the two largest mutual informations with v_k.

    Chen et al. 2018 (arXiv 1802.04942). A factor with more values than bins cannot reach 1; the score of the factors
    themselves, passed as codes, is the largest that these bins allow.
    """
    matrix = mutual_information(codes, factors, bins=bins, threshold=threshold)
    ranked = np.sort(np.vstack([matrix, np.zeros(matrix.shape[1])]), axis=0)  # zeros as the second best if D = 1
    return Score(float(((ranked[-1] - ranked[-2]) / entropy(factors)).mean()), matrix)


def modularity(
    codes: Float[np.ndarray, "n latent"],
    factors: Int[np.ndarray, "n factors"],
    *,
    bins: int = 20,
    threshold: float = ACTIVE_VARIANCE,
) -> Score:
    """Mean over active units of 1 − (Σ_k m² − max_k m²)/(max_k m² (K−1)), m = I(z_i; v_k).

    Ridgeway & Mozer 2018 (arXiv 1802.05312). It measures whether a unit has information about one factor only, not how much
    information: for codes without information it is a ratio of noise, anywhere between 0 and 1.
    """
    matrix = mutual_information(codes, factors, bins=bins, threshold=threshold)
    scores = unit_modularity(matrix)[active_units(codes, threshold)]
    return Score(float(scores.mean()) if len(scores) else 0.0, matrix)


def unit_modularity(matrix: Float[np.ndarray, "latent factors"]) -> Float[np.ndarray, "latent"]:
    """Modularity of each unit; 0 for a unit without information."""
    squared = matrix**2
    top = squared.max(axis=1)
    others = squared.sum(axis=1) - top
    spread = np.divide(others, top * (matrix.shape[1] - 1), out=np.ones_like(top), where=top > 0)
    return 1 - spread
