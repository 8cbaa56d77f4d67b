"""Pixel scaling: bytes 0–255 to floats in [0, 1]."""

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor


def scale_bytes(images: UInt8[Tensor, "batch channels height width"]) -> Float[Tensor, "batch channels height width"]:
    """Scale bytes to [0, 1] on their device."""
    return images.float().div_(255)


def scale_array(images: np.ndarray) -> Float[Tensor, "batch channels height width"]:
    """Convert images to a float tensor in [0, 1]; uint8 is divided by 255, floats are taken as they are."""
    x = torch.from_numpy(np.ascontiguousarray(images))
    return x.float() / 255 if images.dtype == np.uint8 else x.float()
