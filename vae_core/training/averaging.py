"""The exponential moving average of the weights, which is what a training returns."""

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor


@torch.no_grad()
def update_average(averages: Sequence[Tensor], weights: Sequence[Tensor], *, decay: float, step: int) -> None:
    """θ̄ ← θ̄ + (1 − d)(θ − θ̄), in place; d rises to ``decay``, so that the random first weights are forgotten at once.

    Args:
        step: the steps before this one, from 0 on.
    """
    current = min(decay, (1 + step) / (10 + step))
    # one call for all weights: a loop over them would take longer than a step of a small model
    lerp = torch._foreach_lerp_  # pyright: ignore[reportPrivateImportUsage] # private, as are all of torch's foreach functions
    lerp(cast(list[Tensor], averages), cast(list[Tensor], weights), 1 - current)
