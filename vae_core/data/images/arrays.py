"""Images in .npy and .npz files, with labels and factors."""

from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int, Num, Shaped, UInt8
from PIL import Image

from vae_core.common.errors import BadInput
from vae_core.data.dataset import Dataset
from vae_core.data.images.pictures import SIZES, crop_to_square, with_channels
from vae_core.data.source import Progress, with_progress
from vae_core.data.untrusted import Header, Limits, stored_arrays

NAMES = ("images", "labels", "factors", "factor_names")
LAYOUTS = "(N,H,W), (N,H,W,1), (N,H,W,3), (N,1,H,W) or (N,3,H,W)"


def load_arrays(path: Path, size: int | None, channels: int | None, limits: Limits, on_progress: Progress | None) -> Dataset:
    """Load ``images``; of a .npz also ``labels`` (N,), ``factors`` (N,K) and ``factor_names`` (K,) if they are present."""
    arrays = _read(path, limits)
    images = _resize(_to_bytes(_channels_last(arrays["images"]), path.name), size, on_progress)
    known: dict[str, Any] = {}
    if "labels" in arrays:
        values, known["labels"] = np.unique(arrays["labels"], return_inverse=True)
        known["class_names"] = tuple(map(str, values))
    if "factors" in arrays:
        known["factors"], known["factor_sizes"] = _count_from_zero(arrays["factors"])
        default = [f"factor {k + 1}" for k in range(arrays["factors"].shape[1])]
        known["factor_names"] = tuple(map(str, arrays.get("factor_names", default)))
    return Dataset(path.name, with_channels(images, channels), **known)


def _read(path: Path, limits: Limits) -> dict[str, np.ndarray]:
    """Read the arrays of ``NAMES`` that are present, after a check of all headers."""
    with stored_arrays(path, limits) as stored:
        if path.suffix.lower() == ".npy":
            stored = {"images": stored[""]}
        if "images" not in stored:
            raise BadInput(f"{path.name} needs an array named images; it holds {', '.join(sorted(stored)) or 'none'}")
        wanted = {name: stored[name] for name in NAMES if name in stored}
        _check_headers({name: array.header() for name, array in wanted.items()}, path.name, limits)
        return {name: array.read() for name, array in wanted.items()}


def _check_headers(headers: dict[str, Header], what: str, limits: Limits) -> None:
    """Check layouts, types and lengths against the limits and each other."""

    def expect(name: str, allowed: str, fits: bool) -> None:
        if not fits:
            raise BadInput(f"{what}: {name} must be {allowed}; got {headers[name]}")

    images = headers["images"]
    height, width = _height_width(images.shape)
    is_image = images.dtype == np.uint8 or images.dtype.kind == "f"
    expect("images", f"{LAYOUTS}, uint8 or float in [0, 1]", is_image and height * width > 0)
    n = images.shape[0]
    limits.check_images(n, what)
    limits.check_pixels(width, height, f"{what}: an image")
    if "labels" in headers:
        labels = headers["labels"]
        expect("labels", f"({n},), whole numbers or texts", labels.shape == (n,) and labels.dtype.kind in "biuU")
    n_factors = 0
    if "factors" in headers:
        factors = headers["factors"]
        fits = len(factors.shape) == 2 and factors.shape[0] == n and factors.shape[1] > 0 and factors.dtype.kind in "biu"
        expect("factors", f"({n}, K), whole numbers", fits)
        n_factors = factors.shape[1]
    if "factor_names" in headers:
        names = headers["factor_names"]
        expect("factor_names", f"({n_factors},), a text per factor", names.shape == (n_factors,) and names.dtype.kind == "U")


def _height_width(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return height and width; (0, 0) for another layout, or without images."""
    match shape:
        case _ if 0 in shape:
            return 0, 0
        case (_, height, width) | (_, height, width, 1 | 3) | (_, 1 | 3, height, width):
            return height, width
    return 0, 0


def _channels_last(images: Shaped[np.ndarray, "n ..."]) -> Shaped[np.ndarray, "n h w c"]:
    """Move the channels last."""
    if images.ndim == 3:
        return images[..., None]
    return images if images.shape[-1] in (1, 3) else images.transpose(0, 2, 3, 1)


def _to_bytes(images: Num[np.ndarray, "n h w c"], what: str) -> UInt8[np.ndarray, "n h w c"]:
    """Convert floats in [0, 1] to 0 … 255."""
    if images.dtype == np.uint8:
        return images
    low, high = images.min(), images.max()
    if not (low >= 0 and high <= 1):  # also false for NaN, which min and max return
        raise BadInput(f"{what}: images in floating point must lie in [0, 1], got {low:g} … {high:g}")
    scaled = images.astype(np.float32)
    scaled *= 255
    return np.rint(scaled, out=scaled).astype(np.uint8)


def _resize(
    images: UInt8[np.ndarray, "n h w c"], size: int | None, on_progress: Progress | None
) -> UInt8[np.ndarray, "n size size c"]:
    """Resize to ``size``×``size``; without a size, arrays that already have one of ``SIZES`` keep it."""
    height, width, channels = images.shape[1:]
    if size is None and height == width and height in SIZES:
        return images
    size = size or max(SIZES)
    if (height, width) == (size, size):
        return images
    resized = np.empty((len(images), size, size, channels), np.uint8)
    for row, image in enumerate(with_progress(images, on_progress)):
        picture = Image.fromarray(image[..., 0] if channels == 1 else np.ascontiguousarray(image))
        resized[row] = np.asarray(crop_to_square(picture, size)).reshape(size, size, channels)
    return resized


def _count_from_zero(factors: Int[np.ndarray, "n factors"]) -> tuple[Int[np.ndarray, "n factors"], tuple[int, ...]]:
    """Return each factor's values, counted from 0, and the number of values of each factor."""
    columns = [np.unique(column, return_inverse=True) for column in factors.T]
    return np.stack([codes for _, codes in columns], axis=-1), tuple(len(values) for values, _ in columns)
