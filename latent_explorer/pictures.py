"""Images as arrays to show: grey or colour, side by side, never smoothed."""

import math

import numpy as np


def to_rgb(images: np.ndarray) -> np.ndarray:
    """(N, 1 or 3, H, W), uint8 or floats in [0, 1] → (N, H, W, 3) uint8."""
    if images.dtype != np.uint8:
        images = np.rint(np.clip(images, 0, 1) * 255).astype(np.uint8)
    return np.broadcast_to(np.moveaxis(images, 1, -1), (len(images), *images.shape[2:], 3))


def mosaic(images: np.ndarray, columns: int, *, gap: int = 1) -> np.ndarray:
    """(N, C, H, W) → one RGBA picture of N tiles, row by row; the gaps are transparent, so that any background fits."""
    tiles = to_rgb(images)
    n, height, width, _ = tiles.shape
    rows = math.ceil(n / columns)
    picture = np.zeros((rows * (height + gap) - gap, columns * (width + gap) - gap, 4), dtype=np.uint8)
    for i, tile in enumerate(tiles):
        y, x = (i // columns) * (height + gap), (i % columns) * (width + gap)
        picture[y : y + height, x : x + width, :3] = tile
        picture[y : y + height, x : x + width, 3] = 255
    return picture


def enlarge(picture: np.ndarray, factor: int) -> np.ndarray:
    """Whole pixels repeated: the browser would smooth a small picture, and a sample's blur is what one looks at."""
    return picture.repeat(factor, axis=0).repeat(factor, axis=1)
