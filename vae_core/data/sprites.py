"""dSprites' grid of factors (Matthey et al. 2017, github.com/google-deepmind/dsprites-dataset), drawn here, not downloaded."""

import colorsys
import functools
import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8

from vae_core.common.errors import BadInput
from vae_core.common.seeds import rng
from vae_core.data.dataset import Dataset
from vae_core.data.source import Progress, Request, with_progress

SHAPES = ("square", "ellipse", "heart")
SCALES = np.linspace(0.5, 1, 6)
N_ORIENTATIONS = 40
N_POSITIONS = 32
N_HUES = 8
# Number of different orientations of each shape. Reducing the orientation by it, instead of relying on cos and sin, makes
# equal images equal in every pixel.
PERIODS = np.array([10, 20, 40])
# Circumradius at scale 1, as a fraction of the side: positions span half the side, so that pixels of the border stay black.
RADIUS = 15 / 64
SIZES = (32, 64, 128)
CHUNK = 4096  # images drawn at a time: bounds the temporaries


Factor = Int[np.ndarray, "n"]


@dataclass(frozen=True)
class SpriteGrid:
    """Grid of all combinations of shape, scale, orientation, x and y: 737,280 images, drawn on demand.

    As in dSprites: a white shape on black, binary, never cut by the border; x runs right, y down, orientation k is k·2π/40
    counter-clockwise; the last factor varies fastest in an image's index. Unlike dSprites, whose linspace(0, 2π, 40) draws
    its first and its last orientation alike, no two orientations of a heart are the same. A square repeats after a quarter
    turn and an ellipse after half a turn. ``colour`` adds the hue as a last factor, in RGB: 5,898,240 images.
    """

    size: int = 64
    colour: bool = False

    def __post_init__(self):
        if self.size not in SIZES:
            raise BadInput(f"sprites are drawn at {', '.join(map(str, SIZES))} pixels, got {self.size!r}")

    @property
    def factor_names(self) -> tuple[str, ...]:
        return ("shape", "scale", "orientation", "x", "y") + (("hue",) if self.colour else ())

    @property
    def factor_sizes(self) -> tuple[int, ...]:
        sizes = (len(SHAPES), len(SCALES), N_ORIENTATIONS, N_POSITIONS, N_POSITIONS)
        return sizes + ((N_HUES,) if self.colour else ())

    @property
    def shape(self) -> tuple[int, int, int]:
        """(channels, height, width)"""
        return (3 if self.colour else 1, self.size, self.size)

    def __len__(self) -> int:
        return math.prod(self.factor_sizes)

    def factors(self, index: Int[np.ndarray, "n"]) -> Int[np.ndarray, "n factors"]:
        """Return the factors of the images at ``index``, each counted from 0."""
        try:
            return np.stack(np.unravel_index(index, self.factor_sizes), axis=-1)
        except ValueError:
            raise BadInput(f"the grid has images 0–{len(self) - 1}, got {np.min(index)}–{np.max(index)}") from None

    def index(self, factors: Int[np.ndarray, "n factors"]) -> Int[np.ndarray, "n"]:
        """Return the indices of images with these factors: the inverse of ``factors``."""
        try:
            return np.asarray(np.ravel_multi_index(tuple(np.asarray(factors).T), self.factor_sizes))
        except ValueError:
            sizes = ", ".join(f"{name} < {size}" for name, size in zip(self.factor_names, self.factor_sizes))
            raise BadInput(f"factors count from 0 with {sizes}; got an array of shape {np.shape(factors)} outside") from None

    def render(self, index: Int[np.ndarray, "n"], on_progress: Progress | None = None) -> UInt8[np.ndarray, "n channels h w"]:
        """Draw the images at ``index``. An image is a window on a sprite that is drawn once, so that this only copies bytes."""
        index = np.asarray(index)
        images = np.empty((len(index), *self.shape), np.uint8)
        for start in with_progress(range(0, len(index), CHUNK), on_progress):
            factors = self.factors(index[start : start + CHUNK])
            white = _windows(self.size, *factors[:, :5].T)[:, None]
            # white is 0 or 255: & keeps the colour's bytes inside the shape and none outside
            images[start : start + CHUNK] = white & _hues()[factors[:, 5], :, None, None] if self.colour else white
        return images


def _windows(
    size: int, shape: Factor, scale: Factor, orientation: Factor, x: Factor, y: Factor
) -> UInt8[np.ndarray, "n size size"]:
    """Return white shapes on black: for each image a window on the canvas of its sprite, placed by its position."""
    canvases = _canvases(size)
    steps = canvases.shape[3]  # positions within a pixel
    stride = max(1, size // 64)  # pixels between positions, where they are whole
    last = canvases.shape[-1] - size
    windows = np.lib.stride_tricks.sliding_window_view(canvases, (size, size), axis=(-2, -1))
    left, top = (last - stride * (position // steps) for position in (x, y))
    return windows[shape, scale, orientation % PERIODS[shape], y % steps, x % steps, top, left]


@functools.lru_cache(maxsize=len(SIZES))
def _canvases(size: int) -> UInt8[np.ndarray, "shape scale orientation dy dx canvas canvas"]:
    """Draw every sprite on a canvas with room above and to its left: a window at the lower right has it at its first position.

    Positions lie size/64 pixels apart: whole pixels from 64×64 on. At 32×32 every second one lies between pixels and needs a
    drawing of its own, hence the axes dy, dx. About 7 MB (26 MB at 128×128).
    """
    steps = max(1, 64 // size)
    margin = (N_POSITIONS // steps - 1) * max(1, size // 64)
    pixel = np.arange(size + margin) + 0.5
    centre = size / 2 + margin + (np.arange(steps) - (N_POSITIONS - 1) / 2) * size / 64
    offset = pixel - centre[:, None]  # (steps, canvas)
    right, up = offset[None, :, None, :], -offset[:, None, :, None]  # (dy, dx, row, column)
    sprites = np.zeros((len(SHAPES), len(SCALES), N_ORIENTATIONS, steps, steps, len(pixel), len(pixel)), np.uint8)
    for shape, scale, k in np.ndindex(sprites.shape[:3]):
        if k < PERIODS[shape]:
            turn, radius = 2 * np.pi * k / N_ORIENTATIONS, RADIUS * size * SCALES[scale]
            u = (np.cos(turn) * right + np.sin(turn) * up) / radius
            v = (np.cos(turn) * up - np.sin(turn) * right) / radius
            sprites[shape, scale, k] = 255 * INSIDE[shape](u, v)
    sprites.setflags(write=False)
    return sprites


Plane = Float[np.ndarray, "*points"]


def _square(u: Plane, v: Plane) -> Bool[np.ndarray, "*points"]:
    return np.maximum(abs(u), abs(v)) <= np.sqrt(0.5)


def _ellipse(u: Plane, v: Plane) -> Bool[np.ndarray, "*points"]:
    """Twice as long as wide."""
    return u**2 + (2 * v) ** 2 <= 1


def _heart(u: Plane, v: Plane) -> Bool[np.ndarray, "*points"]:
    """(x² + y² − 1)³ ≤ x²y³, point down; its smallest circle has centre (0, 1/4) and radius 5/4."""
    x, y = 1.25 * u, 1.25 * v + 0.25
    return (x**2 + y**2 - 1) ** 3 <= x**2 * y**3


INSIDE = (_square, _ellipse, _heart)


@functools.cache
def _hues() -> UInt8[np.ndarray, "hues 3"]:
    """Return fully saturated colours, evenly spaced on the hue circle from red."""
    return np.array([[round(255 * c) for c in colorsys.hsv_to_rgb(k / N_HUES, 1, 1)] for k in range(N_HUES)], np.uint8)


@dataclass(frozen=True)
class Sprites:
    """Source of a seeded sample of the grid; all of it would take gigabytes."""

    summary: str
    size: int = 64
    colour: bool = False
    n_default: int = 20_000
    offline: bool = True

    @property
    def grid(self) -> SpriteGrid:
        return SpriteGrid(self.size, self.colour)

    @property
    def shape(self) -> tuple[int, int, int]:
        return self.grid.shape

    def load(self, request: Request) -> Dataset:
        """Load the images of ``request``; labels are the shapes.

        The train part is drawn from nine tenths of the grid and the test part from the rest, for any size. No combination of
        factors is in both; an image may be, as in dSprites: a square looks the same at four orientations.
        """
        order = rng(request.seed, "sprites").permutation(len(self.grid))
        n_train = len(order) * 9 // 10
        candidates = {"train": order[:n_train], "test": order[n_train:], "all": order}[request.split]
        n_default = self.n_default // 10 if request.split == "test" else self.n_default
        index = candidates[: request.n_images or n_default]
        factors = self.grid.factors(index)
        return Dataset(
            name=request.name,
            images=self.grid.render(index, request.on_progress),
            labels=factors[:, 0],
            class_names=SHAPES,
            factors=factors,
            factor_names=self.grid.factor_names,
            factor_sizes=self.grid.factor_sizes,
            split=request.split,
        )
