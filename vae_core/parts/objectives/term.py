"""One term of a loss."""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True)
class Term:
    """Weight and value of a term: the loss gets their product, the history the raw value, in nats per image for a density."""

    weight: float
    value: Float[Tensor, ""]
    annealed: bool = False  # a part of the KL, which a schedule scales
