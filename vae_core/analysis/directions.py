"""Directions in the latent space that belong to an attribute of the data."""

import numpy as np
from jaxtyping import Bool, Float

from vae_core.analysis.atlas import LatentAtlas
from vae_core.checkpoints.about import About

MAX_VALUES = 12  # of a factor: one with more values is split at its median into a lower and an upper half


def attribute_masks(atlas: LatentAtlas, about: About) -> dict[str, Bool[np.ndarray, "n"]]:
    """Select the atlas' images by each attribute: every class, every value of a factor or its upper half.

    Returns:
        Attribute name to mask over the atlas; attributes that no image or every image has are left out.
    """
    found = {}
    if atlas.labels is not None:
        found |= {f"class {name}": atlas.labels == i for i, name in enumerate(about.class_names)}
    if atlas.factors is not None:
        for factor, values in zip(about.factor_names, atlas.factors.T):
            distinct = np.unique(values)
            if len(distinct) <= MAX_VALUES:
                found |= {f"{factor} {value}": values == value for value in distinct}
            else:
                middle = np.median(values)
                found[f"{factor} above {middle:g}"] = values > middle
    return {name: mask for name, mask in found.items() if 0 < mask.sum() < len(mask)}


def attribute_vector(codes: Float[np.ndarray, "n latent"], mask: Bool[np.ndarray, "n"]) -> Float[np.ndarray, "latent"]:
    """Mean code of the images with the attribute minus the mean code of all others; Larsen et al. 2016 (arXiv 1512.09300).

    >>> attribute_vector(np.array([[0.0, 1.0], [2.0, 1.0]]), np.array([False, True])).tolist()
    [2.0, 0.0]
    """
    return (codes[mask].mean(axis=0) - codes[~mask].mean(axis=0)).astype(np.float32)
