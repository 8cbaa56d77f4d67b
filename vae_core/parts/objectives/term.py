"""A named part of a loss."""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True)
class Term:
    """weight · value is what the loss gets; the history logs the raw value, in nats per image where it is a density's."""

    weight: float
    value: Float[Tensor, ""]
    annealed: bool = False  # a part of the KL: what a schedule scales
