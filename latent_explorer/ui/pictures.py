"""Images as arrays to show: grey or colour, side by side, never smoothed."""

import math

import numpy as np

# ten colours that stay apart for colour-blind eyes and on both backgrounds; Petroff 2021 (arXiv 2107.02270).
# The canvas has the same in src/maths/colour.ts: a class looks alike wherever it is drawn.
COLOURS = ("#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6", "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd")


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


SCALE = np.array(
    [[0, 34, 78], [63, 77, 109], [124, 123, 120], [187, 173, 108], [254, 232, 56]]
)  # cividis, which all eyes order


def tint(values: np.ndarray) -> np.ndarray:
    """(N,) values → (N, 3) uint8: whole numbers as classes, others on a scale from their lowest to their highest."""
    if np.issubdtype(values.dtype, np.integer):
        palette = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in COLOURS], dtype=np.uint8)
        return palette[values % len(palette)]
    share = (values - values.min()) / max(float(np.ptp(values)), 1e-9) * (len(SCALE) - 1)
    return np.stack([np.interp(share, range(len(SCALE)), SCALE[:, c]) for c in range(3)], axis=1).astype(np.uint8)


def scatter(
    xy: np.ndarray, values: np.ndarray | None, side: int, *, most: int = 4000, cross: np.ndarray | None = None
) -> np.ndarray:
    """(N, 2) → a square RGBA picture with a dot per point in the colour of its value, seeded subset, transparent ground."""
    rows = np.random.default_rng(0).permutation(len(xy))[:most]
    xy, values = xy[rows], np.zeros(min(most, len(xy)), dtype=int) if values is None else values[rows]
    low, high = np.percentile(xy, 0.5, axis=0), np.percentile(xy, 99.5, axis=0)
    reach = 1.1 * max(float((high - low).max()), 1e-9)
    at = (xy - (low + high) / 2) / reach + 0.5
    at = np.rint(np.column_stack([at[:, 0], 1 - at[:, 1]]) * (side - 1)).astype(int)
    colours = tint(values)
    picture = np.zeros((side, side, 4), dtype=np.uint8)
    for dx in (0, 1):
        for dy in (0, 1):
            x, y = at[:, 0] + dx, at[:, 1] + dy
            inside = (x >= 0) & (x < side) & (y >= 0) & (y < side)
            picture[y[inside], x[inside], :3], picture[y[inside], x[inside], 3] = colours[inside], 255
    if cross is not None:
        x, y = np.rint(((cross - (low + high) / 2) / reach + 0.5) * (side - 1)).astype(int)
        y, arm = side - 1 - y, max(6, side // 30)
        for rows, columns in (
            (slice(max(0, y - 1), max(0, y + 2)), slice(max(0, x - arm), max(0, x + arm + 1))),
            (slice(max(0, y - arm), max(0, y + arm + 1)), slice(max(0, x - 1), max(0, x + 2))),
        ):
            picture[rows, columns] = (52, 87, 213, 255)
    return picture


def density_at(xy: np.ndarray, bins: int = 96) -> np.ndarray:
    """(N,) share of the points near each point of the map, relative to the densest place: a smoothed histogram, read back."""
    from scipy.ndimage import gaussian_filter

    low, high = xy.min(axis=0), xy.max(axis=0)
    at = np.clip(((xy - low) / np.maximum(high - low, 1e-9) * (bins - 1)).astype(int), 0, bins - 1)
    counts = np.zeros((bins, bins))
    np.add.at(counts, (at[:, 0], at[:, 1]), 1)
    counts = gaussian_filter(counts, 1.5)
    return (counts[at[:, 0], at[:, 1]] / counts.max()).astype(np.float32)


def most_visible_factor(xy: np.ndarray, factors: np.ndarray) -> int:
    """The factor that a map shows most of: largest share of its variance explained by the two coordinates, linearly."""
    centred = np.column_stack([xy - xy.mean(axis=0), np.ones(len(xy))])
    values = factors - factors.mean(axis=0)
    rest = values - centred @ np.linalg.lstsq(centred, values, rcond=None)[0]
    return int(np.argmax(1 - (rest**2).sum(axis=0) / np.maximum((values**2).sum(axis=0), 1e-9)))
