"""Matching of units between models that were trained on the same data, and groups of models that differ only in their seed."""

import functools

import numpy as np
from jaxtyping import Float

from vae_core.analysis.atlas import LatentAtlas


def shared_rows(*atlases: LatentAtlas) -> list[np.ndarray]:
    """Find the images that all atlases contain; returns their rows in each atlas, in the same order."""
    shared = functools.reduce(np.intersect1d, [atlas.index for atlas in atlases])
    return [np.intersect1d(atlas.index, shared, return_indices=True)[1] for atlas in atlases]


def unit_correlations(
    a: Float[np.ndarray, "n units_a"], b: Float[np.ndarray, "n units_b"]
) -> Float[np.ndarray, "units_a units_b"]:
    """Correlation of the units' means (D_a, D_b) over the same images; 0 for a unit that does not vary."""
    centred_a, centred_b = (m - m.mean(axis=0) for m in (a.astype(np.float64), b.astype(np.float64)))
    product = centred_a.T @ centred_b
    norms = np.outer(np.linalg.norm(centred_a, axis=0), np.linalg.norm(centred_b, axis=0))
    return np.divide(product, norms, out=np.zeros_like(product), where=norms > 1e-9)


def match_units(correlation: Float[np.ndarray, "units_a units_b"]) -> list[tuple[int, int]]:
    """Pairs (i, j) that maximize Σ |correlation|, the Hungarian assignment (Kuhn 1955); strongest first.

    >>> match_units(np.array([[0.1, -0.9], [0.8, 0.2]]))
    [(0, 1), (1, 0)]
    """
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(-np.abs(correlation))
    strength = np.abs(correlation)[rows, columns]
    return [(int(rows[k]), int(columns[k])) for k in np.argsort(-strength, kind="stable")]


def seed_groups(configs: dict[str, dict]) -> dict[str, list[str]]:
    """Group models whose configurations differ only in the seed.

    Args:
        configs: Configuration of each model, by its name.

    Returns:
        The names of each group of two or more models, by the first of them.
    """
    groups: dict[str, list[str]] = {}
    for name, config in configs.items():
        rest = str(sorted((key, str(value)) for key, value in config.items() if key != "seed"))
        groups.setdefault(rest, []).append(name)
    return {names[0]: names for names in groups.values() if len(names) > 1}
