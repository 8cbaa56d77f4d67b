"""FactorVAE: the total correlation, estimated by a discriminator of latent codes."""

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from vae_core.common.fields import option
from vae_core.data.dataset import Dataset
from vae_core.parts.forward import Forward
from vae_core.parts.objectives.critic import Critic
from vae_core.parts.objectives.objective import Objective
from vae_core.parts.objectives.term import Term


@dataclass(frozen=True)
class FactorVAE(Objective):
    """L = E[−log p(x|z)] + KL(q(z|x) ‖ p(z)) + γ TC(z), TC by a density ratio; Kim & Mnih 2018 (arXiv 1802.05983, Alg. 2).

    The published discriminator has six layers of 1000 units; a narrower one trains several times as fast on a CPU.
    """

    gamma: float = option(10.0, "weight γ of the total correlation", low=0, live=True)
    critic_width: int = option(1000, "units of a hidden layer of the discriminator", low=1, high=4096)
    critic_layers: int = option(6, "hidden layers of the discriminator", low=1, high=12)

    def terms(self, forward: Forward, *, step: int, n_train: int) -> dict[str, Term]:
        return {"reconstruction": Term(1.0, forward.nll.mean()), "kl": Term(1.0, forward.rate, annealed=True)}

    def critic(self, latent_dim: int, dataset: Dataset) -> Critic:
        return CodeCritic(latent_dim, self.gamma, self.critic_width, self.critic_layers)


class CodeCritic(Critic):
    """D discriminates q(z) from Π_j q(z_j); its logit log q(z) − log Π_j q(z_j) has the total correlation as its mean, nats."""

    second_batch: ClassVar[bool] = True

    def __init__(self, latent_dim: int, gamma: float, width: int, layers: int):
        super().__init__()
        self.gamma = gamma
        sizes = [latent_dim, *[width] * layers]
        hidden = [part for a, b in pairwise(sizes) for part in (nn.Linear(a, b), nn.LeakyReLU(0.2))]
        self.logit = nn.Sequential(*hidden, nn.Linear(width, 1))
        for layer in self.logit:
            if isinstance(layer, nn.Linear):
                nn.init.kaiming_normal_(layer.weight, a=0.2)
                nn.init.zeros_(layer.bias)

    def update(self, objective: FactorVAE) -> None:
        self.gamma = objective.gamma

    def terms(self, forward: Forward) -> dict[str, Term]:
        return {"total_correlation": Term(self.gamma, self.logit(forward.z).mean())}

    def loss(
        self, forward: Forward, second: Float[Tensor, "batch latent"] | None, generator: torch.Generator
    ) -> Float[Tensor, ""]:
        """Cross-entropy of codes against those of a second batch, each unit of which is permuted over the batch."""
        if second is None:
            raise TypeError("the critic of FactorVAE needs the codes of a second batch")
        real, fake = self.logit(forward.z.detach()), self.logit(permute_units(second.detach(), generator))
        return 0.5 * (F.softplus(-real).mean() + F.softplus(fake).mean())

    def optimizer(self) -> torch.optim.Optimizer:
        return torch.optim.Adam(self.parameters(), lr=1e-4, betas=(0.5, 0.9), fused=True)


def permute_units(z: Float[Tensor, "batch latent"], generator: torch.Generator) -> Float[Tensor, "batch latent"]:
    """Each unit in its own random order over the batch: samples of Π_j q(z_j), without moving a value to another unit."""
    order = torch.rand(z.shape, generator=generator, device=z.device).argsort(dim=0)
    return z.gather(0, order)
