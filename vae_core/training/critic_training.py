"""The training of an objective's critic, such as FactorVAE's discriminator, beside the training of the model."""

import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.common.tensors import add_prefix, load_optimizer_tensors, optimizer_tensors, select_prefix
from vae_core.parts.forward import Forward
from vae_core.parts.objectives import Critic


class CriticTraining:
    """A critic that learns, with its optimizer."""

    def __init__(self, critic: Critic):
        self.critic = critic
        self._weights = [p for p in critic.parameters() if p.requires_grad]
        self._optimizer = critic.optimizer()

    def advance(self, forward: Forward, second: Float[Tensor, "batch latent"] | None, generator: torch.Generator) -> None:
        """Do one optimizer step of the critic. It reaches the critic's weights only.

        Args:
            forward: the model's forward pass of this step.
            second: latent codes of another batch, for a critic with ``second_batch``.
        """
        self._optimizer.zero_grad(set_to_none=True)
        self.critic.loss(forward, second, generator).backward(inputs=self._weights)
        self._optimizer.step()

    def state(self) -> dict[str, Tensor]:
        """Return the weights and the optimizer's state as tensors by name."""
        return add_prefix("critic", self.critic.state_dict()) | add_prefix(
            "critic optimizer", optimizer_tensors(self._optimizer)
        )

    def restore(self, state: dict[str, Tensor]) -> None:
        """Continue from ``state()``; tensors with other names are ignored."""
        self.critic.load_state_dict(select_prefix(state, "critic."))
        load_optimizer_tensors(self._optimizer, select_prefix(state, "critic optimizer."))
