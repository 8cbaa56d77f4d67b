"""What a prior is: a recipe, and the density over codes that it makes of what it has learned."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from vae_core.common.fields import Configurable
from vae_core.parts.posterior import Posterior, log_normal


class Density:
    """p(z) with its weights in place: what a pass, a sampler and an estimator ask of a prior."""

    def log_prob(self, z: Float[Tensor, "*batch latent"]) -> Float[Tensor, "*batch"]:
        """log p(z), nats."""
        raise TypeError(f"{type(self).__name__} defines no density")

    def sample(self, n: int, generator: torch.Generator) -> Float[Tensor, "n latent"]:
        """n codes from p(z), on the generator's device; no gradient."""
        raise TypeError(f"{type(self).__name__} cannot be sampled")

    def kl(self, posterior: Posterior, z: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch"]:
        """KL(q(z|x) ‖ p(z)), nats: here its one-sample estimate log q(z|x) − log p(z); exact where a closed form exists."""
        return posterior.log_prob(z) - self.log_prob(z)

    def unit_kl(self, posterior: Posterior) -> Float[Tensor, "batch latent"] | None:
        """The KL unit by unit, nats, where p(z) is a product over units; None where it is not."""
        return None


class Prior(Configurable):
    """The recipe of one density over codes; sampling always uses the model's own prior."""

    learns: ClassVar[bool] = True  # has weights of its own, so an objective without a KL would leave it untrained

    def parameters(self, latent_dim: int, shape: tuple[int, int, int]) -> nn.Module:
        """What is trained with the weights."""
        return nn.Module()

    def reset(self, state: nn.Module, images: Float[Tensor, "n channels height width"]) -> None:
        """Initial conditions that need the data: ``images`` are ``n_examples`` of the training set."""

    @property
    def n_examples(self) -> int:
        """How many training images ``reset`` wants to see."""
        return 0

    def density(
        self, state: nn.Module, latent_dim: int, encode: Callable[[Float[Tensor, "n channels height width"]], Posterior]
    ) -> Density:
        """p(z) of ``state``; ``encode`` is the model's encoder, for a prior that is made of posteriors."""
        raise TypeError(f"{type(self).__name__} defines no density")


@dataclass(frozen=True)
class StandardNormal(Prior):
    """p(z) = N(0, I); Kingma & Welling 2014."""

    learns: ClassVar[bool] = False

    def density(self, state: nn.Module, latent_dim: int, encode: Callable | None) -> Density:
        return Standard(latent_dim)


@dataclass(frozen=True)
class Standard(Density):
    """N(0, I) in ``latent_dim`` units, with the closed-form KL."""

    latent_dim: int

    def log_prob(self, z: Float[Tensor, "*batch latent"]) -> Float[Tensor, "*batch"]:
        zero = z.new_zeros(())
        return log_normal(z, zero, zero).sum(-1)

    def sample(self, n: int, generator: torch.Generator) -> Float[Tensor, "n latent"]:
        return torch.randn(n, self.latent_dim, generator=generator, device=generator.device)

    def kl(self, posterior: Posterior, z: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch"]:
        return posterior.kl().sum(-1)

    def unit_kl(self, posterior: Posterior) -> Float[Tensor, "batch latent"]:
        return posterior.kl()
