"""Pixels as bytes, 0 to 255, and as floats in [0, 1]; ``vae_core.common.scaling`` does the same for tensors."""

import numpy as np
from jaxtyping import Float, UInt8


def bytes_to_floats(images: UInt8[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
    """Scale bytes to float32 in [0, 1]."""
    return images.astype(np.float32) / 255


def floats_to_bytes(images: Float[np.ndarray, "*shape"]) -> UInt8[np.ndarray, "*shape"]:
    """Round floats in [0, 1] to bytes; values outside are clipped."""
    return np.rint(np.clip(images, 0, 1) * 255).astype(np.uint8)
