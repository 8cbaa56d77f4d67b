"""Base classes of priors: the recipe, and the density over latent codes with its trained parameters."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from vae_core.common.fields import Configurable
from vae_core.parts.posterior import Posterior, log_normal


class Density:
    """p(z) with its current weights: log-density, samples and KL."""

    def log_prob(self, z: Float[Tensor, "*batch latent"]) -> Float[Tensor, "*batch"]:
        """log p(z), nats."""
        raise TypeError(f"{type(self).__name__} defines no density")

    def sample(self, n: int, generator: torch.Generator) -> Float[Tensor, "n latent"]:
        """Draw n latent codes from p(z), on the generator's device; no gradient."""
        raise TypeError(f"{type(self).__name__} cannot be sampled")

    def kl(self, posterior: Posterior, z: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch"]:
        """KL(q(z|x) ‖ p(z)), nats: here its one-sample estimate log q(z|x) − log p(z); exact where a closed form exists."""
        return posterior.log_prob(z) - self.log_prob(z)

    def unit_kl(self, posterior: Posterior) -> Float[Tensor, "batch latent"] | None:
        """Return the KL per unit, nats, if p(z) is a product over units, else None."""
        return None


class Prior(Configurable):
    """Recipe of a density over latent codes; sampling always uses the model's own prior."""

    learns: ClassVar[bool] = True  # has weights, so an objective without a KL would leave it untrained

    def parameters(self, latent_dim: int, shape: tuple[int, int, int]) -> nn.Module:
        """Return the parameters that are trained with the model's weights."""
        return nn.Module()

    def reset(self, state: nn.Module, images: Float[Tensor, "n channels height width"]) -> None:
        """Initialize parameters from data: ``images`` are ``n_examples`` of the training set."""

    @property
    def n_examples(self) -> int:
        """Number of training images that ``reset`` needs."""
        return 0

    def density(
        self, state: nn.Module, latent_dim: int, encode: Callable[[Float[Tensor, "n channels height width"]], Posterior]
    ) -> Density:
        """Return p(z) for ``state``; ``encode`` is the model's encoder, for a prior composed of posteriors."""
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
