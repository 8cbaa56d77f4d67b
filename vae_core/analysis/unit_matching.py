"""Units of two models paired, so that rows mean the same; and models that differ in their seed alone."""

import functools

import numpy as np

from vae_core.analysis.atlas import LatentAtlas


def shared_rows(*atlases: LatentAtlas) -> list[np.ndarray]:
    """Of each atlas the rows of the images that all of them hold, in one order: atlases hold different images."""
    shared = functools.reduce(np.intersect1d, [atlas.index for atlas in atlases])
    return [np.intersect1d(atlas.index, shared, return_indices=True)[1] for atlas in atlases]


def unit_correlations(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(D_a, D_b): correlation of the units' means over the same images; 0 where a unit does not vary."""
    centred = [m - m.mean(axis=0) for m in (a.astype(np.float64), b.astype(np.float64))]
    scale = [np.linalg.norm(m, axis=0) for m in centred]
    product = centred[0].T @ centred[1]
    below = np.outer(*scale)
    return np.divide(product, below, out=np.zeros_like(product), where=below > 1e-9)


def match_units(correlation: np.ndarray) -> list[tuple[int, int]]:
    """Pairs (i, j) that maximize Σ |correlation|, the Hungarian assignment (Kuhn 1955); strongest first.

    >>> match(np.array([[0.1, -0.9], [0.8, 0.2]]))
    [(0, 1), (1, 0)]
    """
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(-np.abs(correlation))
    strength = np.abs(correlation)[rows, columns]
    return [(int(rows[k]), int(columns[k])) for k in np.argsort(-strength, kind="stable")]


def seed_groups(configs: dict[str, dict]) -> dict[str, list[str]]:
    """Names by what their configurations share, where two or more differ in nothing but the seed."""
    groups: dict[str, list[str]] = {}
    for name, config in configs.items():
        rest = str(sorted((key, str(value)) for key, value in config.items() if key != "seed"))
        groups.setdefault(rest, []).append(name)
    return {names[0]: names for names in groups.values() if len(names) > 1}
