"""Conditioning inputs given as numbers and arrays: checked, and converted to a ``Condition``."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from vae_core.common.errors import BadInput
from vae_core.parts.condition import UNKNOWN, Condition

Labels = int | Sequence | np.ndarray  # one for all images, one per image, or a row of several per image


def make_condition(
    n: int,
    labels: Labels | None,
    beta: float | None,
    *,
    sizes: tuple[int, ...],
    beta_range: tuple[float, float] | None,
) -> Condition | None:
    """Build the condition of n images.

    Args:
        n: Number of images.
        labels: Whole numbers, or a blend of labels: floats, one weight for each value of each label. None: unknown.
        beta: The β of a multi-rate model. None: β = 1.
        sizes: Number of values of each label that the model is conditioned on.
        beta_range: The range of β that the model was trained for; None for a model of one β.

    Returns:
        None if neither labels nor a β are given.

    Raises:
        BadInput: the model is not conditioned on the given input, or a value is outside its range.
    """
    columns, blend = None, None
    if labels is not None:
        if not sizes:
            raise BadInput("this model is not conditioned on labels; train one with --conditional labels")
        values = np.asarray(labels)
        if values.dtype.kind == "f":
            blend = _check_blend(values, n, sizes)
        else:
            columns = _check_labels(values.astype(np.int64), n, sizes)
    if beta is not None:
        if beta_range is None:
            raise BadInput("this model has one β; train one for all with --objective multi-rate")
        low, high = beta_range
        if not low <= beta <= high:
            raise BadInput(f"β must lie between {low:g} and {high:g}, the range of the training; got {beta:g}")
    return None if columns is None and blend is None and beta is None else Condition(columns, beta, blend)


def _check_labels(labels: np.ndarray, n: int, sizes: tuple[int, ...]) -> Int[Tensor, "n properties"]:
    """Labels as a row per image, each within its range."""
    labels = labels[:, None] if labels.ndim == 1 else labels
    if labels.ndim and labels.shape not in ((n, len(sizes)), (1, len(sizes))):
        raise BadInput(f"labels must be of shape ({n}, {len(sizes)}), got {labels.shape}")
    labels = np.broadcast_to(labels, (n, len(sizes)))
    if (labels < UNKNOWN).any() or (labels >= np.array(sizes)).any():
        allowed = " and ".join(f"0 to {size - 1}" for size in sizes)
        raise BadInput(f"labels must be {allowed}, or {UNKNOWN} for unknown; got {labels.min()} to {labels.max()}")
    return torch.from_numpy(labels.copy())


def _check_blend(weights: np.ndarray, n: int, sizes: tuple[int, ...]) -> Float[Tensor, "n values"]:
    """Weights of label values as a row per image, each from 0 to 1."""
    width = sum(sizes)
    weights = weights[None] if weights.ndim == 1 else weights
    if weights.shape not in ((n, width), (1, width)):
        raise BadInput(f"a blend of labels must be of shape ({n}, {width}), a weight for each value; got {weights.shape}")
    if not ((weights >= 0) & (weights <= 1)).all():
        raise BadInput(f"the weights of a blend must lie between 0 and 1, got {weights.min():g} to {weights.max():g}")
    return torch.from_numpy(np.broadcast_to(weights, (n, width)).astype(np.float32))
