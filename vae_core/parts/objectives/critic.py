"""A network beside the model that looks at what it does: a discriminator of codes or images, or fixed features."""

from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from vae_core.parts.forward import Forward
from vae_core.parts.objectives.term import Term


class Critic(nn.Module):
    """Adds ``terms`` to the model's loss; if it ``learns``, takes a step of its own on ``loss`` after each of the model's.

    The two gradients never mix: the model's loss is differentiated with respect to the model's weights only, the critic's
    with respect to the critic's, and what it sees of the model is detached.
    """

    learns: ClassVar[bool] = True
    second_batch: ClassVar[bool] = False  # ``loss`` wants the codes of another batch

    def terms(self, forward: Forward) -> dict[str, Term]:
        """What the model's loss gets."""
        raise TypeError(f"{type(self).__name__} defines no terms")

    def update(self, objective) -> None:
        """Take over the weights of an objective that changed while training; ``objective`` is of the class that made this."""

    def loss(
        self, forward: Forward, second: Float[Tensor, "batch latent"] | None, generator: torch.Generator
    ) -> Float[Tensor, ""]:
        """What the critic's own step minimizes; ``forward`` is of the batch just trained on, ``second`` codes of another."""
        raise TypeError(f"{type(self).__name__} learns nothing")

    def optimizer(self) -> torch.optim.Optimizer:
        raise TypeError(f"{type(self).__name__} learns nothing")
