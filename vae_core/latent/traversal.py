"""Latent codes to decode: along one unit, between two points, over a plane."""

import numpy as np
from jaxtyping import Float

from vae_core.common.errors import BadInput


def traverse(
    anchor: Float[np.ndarray, "latent"], units: list[int] | np.ndarray, values: Float[np.ndarray, "steps"]
) -> Float[np.ndarray, "units steps latent"]:
    """Return the anchor with one unit set to each value: a row per unit, a column per value."""
    codes = np.tile(anchor.astype(np.float32), (len(units), len(values), 1))
    for row, unit in enumerate(units):
        codes[row, :, unit] = values
    return codes


def interpolate(
    a: Float[np.ndarray, "latent"], b: Float[np.ndarray, "latent"], steps: int, *, spherical: bool = False
) -> Float[np.ndarray, "steps latent"]:
    """Interpolate from a to b inclusive, on the line or on the great circle.

    The great circle keeps ‖z‖ typical; White 2016 (arXiv 1609.04468).
    """
    if steps < 2:
        raise BadInput(f"an interpolation needs at least 2 steps, got {steps}")
    t = np.linspace(0, 1, steps, dtype=np.float32)[:, None]
    norms = np.linalg.norm(a), np.linalg.norm(b)
    if spherical and min(norms) > 0:
        angle = np.arccos(np.clip(a @ b / (norms[0] * norms[1]), -1, 1))
        if 1e-4 < angle < np.pi - 1e-4:  # (anti)parallel codes have no unique great circle; the line is its limit
            return ((np.sin((1 - t) * angle) * a + np.sin(t * angle) * b) / np.sin(angle)).astype(np.float32)
    return ((1 - t) * a + t * b).astype(np.float32)


def codes_on_plane(
    anchor: Float[np.ndarray, "latent"], units: tuple[int, int], xs: Float[np.ndarray, "columns"], ys: Float[np.ndarray, "rows"]
) -> Float[np.ndarray, "rows columns latent"]:
    """Return the anchor with two units over a grid; the first row has the largest y, as on a plot."""
    codes = np.tile(anchor.astype(np.float32), (len(ys), len(xs), 1))
    codes[:, :, units[0]] = xs
    codes[:, :, units[1]] = np.sort(ys)[::-1, None]
    return codes
