"""Arrays as pictures: images side by side, colours of values, points of a map; nothing is smoothed."""

import math

import numpy as np
from jaxtyping import Float, Num, UInt8
from PIL import Image, ImageDraw

from vae_core.common.pixels import floats_to_bytes

# ten colours that stay apart for colour-blind readers and on both backgrounds; Petroff 2021 (arXiv 2107.02270).
# The canvas has the same in src/maths/colour.ts: a class has the same colour in every figure.
COLOURS = ("#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6", "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd")
Images = Num[np.ndarray, "n channels height width"]  # uint8, or floats in [0, 1]; one channel or three
Picture = UInt8[np.ndarray, "_ _ 4"]  # RGBA
CROSS_COLOUR = (52, 87, 213, 255)
# cividis: increasing lightness, so that the order is visible without colour vision too
SCALE = np.array([[0, 34, 78], [63, 77, 109], [124, 123, 120], [187, 173, 108], [254, 232, 56]])


def to_rgb(images: Images) -> UInt8[np.ndarray, "n height width 3"]:
    """Return grey or colour images, uint8 or floats in [0, 1], as RGB."""
    if images.dtype != np.uint8:
        images = floats_to_bytes(images)
    return np.broadcast_to(np.moveaxis(images, 1, -1), (len(images), *images.shape[2:], 3))


def mosaic(images: Images, columns: int, *, gap: int = 1) -> Picture:
    """Return images as the tiles of one picture, row by row; the gaps are transparent, so that any background fits."""
    tiles = to_rgb(images)
    n, height, width, _ = tiles.shape
    rows = math.ceil(n / columns)
    picture = np.zeros((rows * (height + gap) - gap, columns * (width + gap) - gap, 4), dtype=np.uint8)
    for i, tile in enumerate(tiles):
        y, x = (i // columns) * (height + gap), (i % columns) * (width + gap)
        picture[y : y + height, x : x + width, :3] = tile
        picture[y : y + height, x : x + width, 3] = 255
    return picture


def enlarge(picture: Picture, factor: int) -> Picture:
    """Repeat whole pixels: the browser would smooth a small picture, and then a sample's own blur could not be judged."""
    return picture.repeat(factor, axis=0).repeat(factor, axis=1)


def value_colours(values: Num[np.ndarray, "n"]) -> UInt8[np.ndarray, "n 3"]:
    """Return a colour per value: integers as classes, other numbers on a scale from their lowest to their highest."""
    if np.issubdtype(values.dtype, np.integer):
        palette = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in COLOURS], dtype=np.uint8)
        return palette[values % len(palette)]
    position = (values - values.min()) / max(float(np.ptp(values)), 1e-9) * (len(SCALE) - 1)
    return np.stack([np.interp(position, range(len(SCALE)), SCALE[:, c]) for c in range(3)], axis=1).astype(np.uint8)


def draw_dots(
    places: Float[np.ndarray, "n 2"],
    colours: UInt8[np.ndarray, "n 3"],
    side: int,
    *,
    radius: float,
    alpha: int = 255,
    background: str | None = None,
) -> Picture:
    """Draw a dot per point, later points above earlier ones.

    Args:
        places: From 0 to 1, from left to right and from bottom to top.
        colours: Of each dot.
        side: Width and height in pixels.
        radius: Of a dot, in pixels.
        alpha: Opacity of the dots, up to 255.
        background: A colour; None is transparent.
    """
    picture = Image.new("RGBA", (side, side), background or (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture, "RGBA")
    pixels = np.column_stack([places[:, 0], 1 - places[:, 1]]) * side
    for (x, y), colour in zip(pixels.tolist(), colours.tolist()):
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(*colour, alpha))
    return np.asarray(picture)


def scatter_picture(
    xy: Float[np.ndarray, "n 2"],
    values: Num[np.ndarray, "n"] | None,
    side: int,
    *,
    most: int = 4000,
    cross: Float[np.ndarray, "2"] | None = None,
) -> Picture:
    """Draw a small map: points by the colour of their value, on a transparent background.

    Args:
        xy: Places of the points; the farthest 1 % may lie outside the picture.
        values: Classes or numbers.
        side: Width and height in pixels.
        most: Number of points that are drawn: a seeded subset.
        cross: A place to mark with a cross.
    """
    rows = np.random.default_rng(0).permutation(len(xy))[:most]
    xy, values = xy[rows], np.zeros(min(most, len(xy)), dtype=int) if values is None else values[rows]
    low, high = np.percentile(xy, 0.5, axis=0), np.percentile(xy, 99.5, axis=0)
    middle, extent = (low + high) / 2, 1.1 * max(float((high - low).max()), 1e-9)
    picture = draw_dots((xy - middle) / extent + 0.5, value_colours(values), side, radius=0.5)
    return picture if cross is None else _with_cross(picture, (cross - middle) / extent + 0.5)


def _with_cross(picture: Picture, place: Float[np.ndarray, "2"]) -> Picture:
    """Draw a cross at a place from 0 to 1; it may lie outside the picture."""
    picture, side = picture.copy(), len(picture)
    x, y = np.rint(place * (side - 1)).astype(int)
    y, arm = side - 1 - y, max(6, side // 30)
    span = lambda middle, reach: slice(max(0, middle - reach), max(0, middle + reach + 1))  # noqa: E731
    picture[span(y, 1), span(x, arm)] = CROSS_COLOUR
    picture[span(y, arm), span(x, 1)] = CROSS_COLOUR
    return picture


def point_density(xy: Float[np.ndarray, "n 2"], bins: int = 96) -> Float[np.ndarray, "n"]:
    """Return the density of points near each point, relative to the densest place: a smoothed histogram, read back."""
    from scipy.ndimage import gaussian_filter

    low, high = xy.min(axis=0), xy.max(axis=0)
    cells = np.clip(((xy - low) / np.maximum(high - low, 1e-9) * (bins - 1)).astype(int), 0, bins - 1)
    counts = np.zeros((bins, bins))
    np.add.at(counts, (cells[:, 0], cells[:, 1]), 1)
    counts = gaussian_filter(counts, 1.5)
    return (counts[cells[:, 0], cells[:, 1]] / counts.max()).astype(np.float32)


def most_visible_factor(xy: Float[np.ndarray, "n 2"], factors: Num[np.ndarray, "n factors"]) -> int:
    """Return the factor that a map shows best: the largest share of variance explained by the two coordinates, linearly."""
    design = np.column_stack([xy - xy.mean(axis=0), np.ones(len(xy))])
    values = factors - factors.mean(axis=0)
    residual = values - design @ np.linalg.lstsq(design, values, rcond=None)[0]
    return int(np.argmax(1 - (residual**2).sum(axis=0) / np.maximum((values**2).sum(axis=0), 1e-9)))
