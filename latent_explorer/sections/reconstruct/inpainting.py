"""Damage an image, and repair it by encoding and decoding."""

from collections.abc import Callable

import numpy as np

from vae_core.common.seeds import rng

Reconstruct = Callable[[np.ndarray], np.ndarray]  # images (N, C, H, W) in [0, 1] → their reconstructions


def noisy(images: np.ndarray, sigma: float, seed: int) -> np.ndarray:
    """Add Gaussian noise of standard deviation sigma to every pixel, clipped to [0, 1]."""
    return np.clip(images + sigma * rng(seed, "damage").standard_normal(images.shape), 0, 1).astype(np.float32)


def hole(shape: tuple[int, int, int], share: float, place: str) -> np.ndarray:
    """Mask (1, C, H, W) of the known pixels; a share of the height, or a square of that share of the sides, is missing."""
    known = np.ones((1, *shape), dtype=bool)
    _, height, width = shape
    rows, columns = round(share * height), round(share * width)
    if place == "lower part":
        known[..., height - rows :, :] = False
    elif place == "upper part":
        known[..., :rows, :] = False
    elif place == "left part":
        known[..., :columns] = False
    else:
        top, left = (height - rows) // 2, (width - columns) // 2
        known[..., top : top + rows, left : left + columns] = False
    return known


def inpaint(images: np.ndarray, known: np.ndarray, reconstruct: Reconstruct, rounds: int = 25) -> np.ndarray:
    """Fill the missing pixels: encode, decode, put the known pixels back, and repeat; Rezende et al. 2014.

    arXiv 1401.4082; with posterior means instead of samples.

    >>> grey = np.full((1, 1, 2, 2), 0.5)
    >>> inpaint(grey, np.array([[[[True, True], [True, False]]]]), lambda x: 0 * x + 1.0, 3).tolist()
    [[[[0.5, 0.5], [0.5, 1.0]]]]
    """
    x = np.where(known, images, 0.5)
    for _ in range(rounds):
        x = np.where(known, images, reconstruct(x.astype(np.float32)))
    return x.astype(np.float32)
