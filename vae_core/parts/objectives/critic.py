"""Base class of networks beside the model: discriminators of latent codes or images, and fixed feature extractors."""

from typing import Any, ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from vae_core.parts.forward import Forward
from vae_core.parts.objectives.term import Term


class Critic(nn.Module):
    """Network that adds ``terms`` to the model's loss; if it ``learns``, it takes its own step on ``loss`` after each of these.

    The two gradients never mix: the model's loss is differentiated with respect to the model's weights only, the critic's
    with respect to the critic's weights, on detached results of the model.
    """

    learns: ClassVar[bool] = True
    second_batch: ClassVar[bool] = False  # ``loss`` needs the codes of another batch

    def terms(self, forward: Forward) -> dict[str, Term]:
        """Return the terms that are added to the model's loss."""
        raise TypeError(f"{type(self).__name__} defines no terms")

    def update(self, objective: Any) -> None:
        """Use the weights of an objective that changed during training; it has the class that created this critic."""

    def loss(
        self, forward: Forward, second: Float[Tensor, "batch latent"] | None, generator: torch.Generator
    ) -> Float[Tensor, ""]:
        """Return the loss of the critic's own step, from the pass just trained on and the codes of a ``second`` batch."""
        raise TypeError(f"{type(self).__name__} learns nothing")

    def optimizer(self) -> torch.optim.Optimizer:
        raise TypeError(f"{type(self).__name__} learns nothing")
