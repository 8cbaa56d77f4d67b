"""Codes and factors of the disentanglement tests: unequal variances, more units than factors, one wide unit of noise."""

import numpy as np

from vae_core.common.seeds import rng

SIZES = (2, 3)


def case(n: int = 600) -> tuple[np.ndarray, np.ndarray]:
    """(codes, factors): units that hold factor 0 (small), both factors, factor 1 (large), wide noise, nothing at all."""
    draw = rng(0, "asymmetric")
    factors = draw.integers(0, SIZES, size=(n, 2))
    a, b = factors.T.astype(float)
    codes = np.stack(
        [
            0.4 * a + 0.05 * draw.standard_normal(n),
            a + 0.7 * b + 0.4 * draw.standard_normal(n),
            5.0 * (b - 1) ** 2 - 4 * b + 1.5 * draw.standard_normal(n),
            20.0 * draw.standard_normal(n),
            1e-3 * a,
        ],
        axis=1,
    )
    return codes, factors


def grid(times: int) -> np.ndarray:
    """Every combination of two binary factors, ``times`` each."""
    return np.tile([[0, 0], [0, 1], [1, 0], [1, 1]], (times, 1))
