"""Decode a picture file to a square of bytes, and convert the channels of many."""

from io import BufferedIOBase
from typing import IO, cast

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageOps

from vae_core.data.untrusted.limits import Limits

SIZES = (28, 32, 64)  # accepted by the networks
SUFFIXES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".pgm", ".ppm")
# Pillow would also open formats that start other programs or draw from a description (EPS, WMF).
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "PPM", "WEBP")


class Unreadable(ValueError):
    """Error for one picture that is left out; the message is the reason. The others are still read."""


def decode_picture(file: BufferedIOBase, size: int, limits: Limits) -> UInt8[np.ndarray, "size size 3"]:
    """Decode the first frame to RGB: upright, transparency on white, centre-cropped and resized.

    Raises:
        Unreadable: The bytes are not a picture of an accepted format.
    """
    try:
        with Image.open(cast(IO[bytes], file), formats=FORMATS) as picture:
            width, height = picture.size
            limits.check_pixels(width, height, "the picture")
            picture.draft("RGB", (2 * size, 2 * size))  # JPEG decodes at 1/2 … 1/8 of its size, several times faster
            upright = ImageOps.exif_transpose(picture)
            return np.asarray(crop_to_square(_on_white(_eight_bit(upright)).convert("RGB"), size))
    except Image.UnidentifiedImageError as why:
        raise Unreadable("not a picture that can be read") from why
    except Exception as why:  # on broken bytes Pillow raises dozens of types, also struct.error and SyntaxError
        raise Unreadable(" ".join(str(why).split()) or type(why).__name__) from why


def crop_to_square(picture: Image.Image, size: int) -> Image.Image:
    """Crop the largest central square and resize it to ``size``×``size``."""
    return ImageOps.fit(picture, (size, size), Image.Resampling.BICUBIC)


def with_channels(images: UInt8[np.ndarray, "n h w c"], channels: int | None) -> UInt8[np.ndarray, "n channels h w"]:
    """Convert to 1 or 3 channels; by default to 1 if every pixel of every image is grey."""
    if channels is None:
        channels = 1 if all(np.array_equal(images[..., 0], images[..., c]) for c in range(1, images.shape[-1])) else 3
    if channels == 1 and images.shape[-1] == 3:
        images = np.stack([np.asarray(Image.fromarray(image).convert("L")) for image in images])[..., None]
    return np.ascontiguousarray(np.broadcast_to(images, (*images.shape[:3], channels)).transpose(0, 3, 1, 2))


def _eight_bit(picture: Image.Image) -> Image.Image:
    """Convert 16-bit grey by its upper byte; Pillow's own conversion clips at 255, so that most pixels become white."""
    if picture.mode == "F":
        raise Unreadable("cannot tell which value is white in a floating-point image; save it as .npy with values in [0, 1]")
    if picture.mode.startswith("I"):
        return Image.fromarray((np.clip(np.asarray(picture), 0, 65535) >> 8).astype(np.uint8))
    return picture


def _on_white(picture: Image.Image) -> Image.Image:
    """Put a transparent picture on white."""
    if not picture.has_transparency_data:
        return picture
    paper = Image.new("RGBA", picture.size, "white")
    paper.alpha_composite(picture.convert("RGBA"))
    return paper
