"""p(z): what codes are drawn from, and what the KL is measured against."""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from vae_core.fields import Configurable
from vae_core.posterior import Posterior


class Prior(Configurable):
    """One density over codes. ``state`` is what it learns; sampling always uses the model's own prior."""

    def learned(self, latent_dim: int, shape: tuple[int, int, int]) -> nn.Module:
        """What is trained with the weights; a standard normal learns nothing."""
        return nn.Module()

    def log_prob(self, z: Float[Tensor, "*batch latent"], state: nn.Module) -> Float[Tensor, "*batch"]:
        """log p(z), nats."""
        raise TypeError(f"{type(self).__name__} defines no density")

    def sample(self, n: int, latent_dim: int, state: nn.Module, generator: torch.Generator) -> Float[Tensor, "n latent"]:
        """n codes from p(z), on the generator's device."""
        raise TypeError(f"{type(self).__name__} cannot be sampled")

    def kl(self, posterior: Posterior, z: Float[Tensor, "batch latent"], state: nn.Module) -> Float[Tensor, "batch"]:
        """KL(q(z|x) ‖ p(z)), nats: here its one-sample estimate log q(z|x) − log p(z); exact where a closed form exists."""
        return posterior.log_prob(z) - self.log_prob(z, state)


@dataclass(frozen=True)
class StandardNormal(Prior):
    """p(z) = N(0, I); Kingma & Welling 2014."""

    def log_prob(self, z: Float[Tensor, "*batch latent"], state: nn.Module) -> Float[Tensor, "*batch"]:
        return -0.5 * (z**2 + math.log(2 * math.pi)).sum(-1)

    def sample(self, n: int, latent_dim: int, state: nn.Module, generator: torch.Generator) -> Float[Tensor, "n latent"]:
        return torch.randn(n, latent_dim, generator=generator, device=generator.device)

    def kl(self, posterior: Posterior, z: Float[Tensor, "batch latent"], state: nn.Module) -> Float[Tensor, "batch"]:
        return posterior.kl().sum(-1)


PRIORS = {
    "standard-normal": StandardNormal,
}
