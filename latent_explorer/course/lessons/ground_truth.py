"""Labels and factors of a model's training images, for the lessons that need them."""

import numpy as np
from jaxtyping import Int

from vae_core.analysis.atlas import LatentAtlas
from vae_core.common.errors import BadInput


def labels_of(atlas: LatentAtlas) -> Int[np.ndarray, "n"]:
    """Return the class label of each image.

    Raises:
        BadInput: the dataset has no labels.
    """
    if atlas.labels is None:
        raise BadInput("this lesson needs images with class labels; the atlas of this model has none")
    return atlas.labels


def factors_of(atlas: LatentAtlas) -> Int[np.ndarray, "n factors"]:
    """Return the factor values of each image, a column for each factor.

    Raises:
        BadInput: the dataset has no known factors.
    """
    if atlas.factors is None:
        raise BadInput("this lesson needs images with known factors; the atlas of this model has none")
    return atlas.factors
