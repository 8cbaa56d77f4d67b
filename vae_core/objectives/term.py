"""What an objective is: named terms whose weighted sum is the loss."""

from dataclasses import dataclass
from typing import ClassVar

from jaxtyping import Float
from torch import Tensor

from vae_core.fields import Configurable
from vae_core.forward import Forward


@dataclass(frozen=True)
class Term:
    """weight · value is what the loss gets; the history logs the raw value, in nats per image."""

    weight: float
    value: Float[Tensor, ""]


class Objective(Configurable):
    """A recipe for the loss; its fields are its hyperparameters."""

    deterministic: ClassVar[bool] = False  # z is the mean itself, not a sample: an autoencoder

    def terms(self, forward: Forward, *, step: int, n_train: int) -> dict[str, Term]:
        """The terms of one batch. ``n_train`` is the size of the training set, which some estimators of q(z) need."""
        raise TypeError(f"{type(self).__name__} defines no terms")
