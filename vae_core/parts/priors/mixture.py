"""Mixture priors: of trained Gaussians, or of the posteriors of trained pseudo-images."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import torch
from jaxtyping import Float
from torch import Tensor, nn

from vae_core.common.fields import option
from vae_core.parts.posterior import Posterior, bound_log_var, log_normal
from vae_core.parts.priors.prior import Density, Prior


@dataclass(frozen=True)
class Mixture(Density):
    """p(z) = Σ_k w_k N(z; mean_k, diag exp(log_var_k))"""

    log_weights: Float[Tensor, "components"]  # normalized, nats
    mean: Float[Tensor, "components latent"]
    log_var: Float[Tensor, "components latent"]

    def log_prob(self, z: Float[Tensor, "*batch latent"]) -> Float[Tensor, "*batch"]:
        log_components = log_normal(z.unsqueeze(-2), self.mean, self.log_var).sum(-1)  # (*batch, components)
        return torch.logsumexp(log_components + self.log_weights, dim=-1)

    @torch.no_grad()
    def sample(self, n: int, generator: torch.Generator) -> Float[Tensor, "n latent"]:
        chosen = torch.multinomial(self.log_weights.exp(), n, replacement=True, generator=generator)
        return Posterior(self.mean[chosen], self.log_var[chosen]).sample(generator)


@dataclass(frozen=True)
class GaussianMixture(Prior):
    """p(z) = Σ_k π_k N(z; m_k, diag s_k²), all learned with the weights; Dilokthanakul et al. 2016 (arXiv 1611.02648).

    The KL has no closed form: its one-sample estimate is used.
    """

    components: int = option(10, "Gaussians of the mixture", low=1, high=2000)

    def parameters(self, latent_dim: int, shape: tuple[int, int, int]) -> nn.Module:
        state = nn.Module()
        state.logits = nn.Parameter(torch.zeros(self.components))
        state.mean = nn.Parameter(torch.randn(self.components, latent_dim))
        state.log_var = nn.Parameter(torch.zeros(self.components, latent_dim))
        return state

    def density(self, state: nn.Module, latent_dim: int, encode: Callable | None) -> Density:
        logits, mean, log_var = (cast(Tensor, value) for value in (state.logits, state.mean, state.log_var))
        return Mixture(torch.log_softmax(logits, dim=0), mean, bound_log_var(log_var))


@dataclass(frozen=True)
class VampPrior(Prior):
    """p(z) = (1/K) Σ_k q(z|u_k), u_k learned pseudo-images; Tomczak & Welling 2018 (arXiv 1705.07120).

    With u the training images themselves it is the aggregate posterior, the prior that makes the ELBO largest; K learned
    ones approach it. They start at K training images and are not clipped to [0, 1]: a clip would make gradients 0.
    """

    components: int = option(100, "pseudo-images K", low=1, high=2000)

    @property
    def n_examples(self) -> int:
        return self.components

    def parameters(self, latent_dim: int, shape: tuple[int, int, int]) -> nn.Module:
        state = nn.Module()
        state.pseudo_images = nn.Parameter(torch.zeros(self.components, *shape))
        return state

    @torch.no_grad()
    def reset(self, state: nn.Module, images: Float[Tensor, "n channels height width"]) -> None:
        cast(Tensor, state.pseudo_images).copy_(images)

    def density(
        self, state: nn.Module, latent_dim: int, encode: Callable[[Float[Tensor, "n channels height width"]], Posterior]
    ) -> Density:
        posterior = encode(cast(Tensor, state.pseudo_images))
        log_weights = torch.full((self.components,), -math.log(self.components), device=posterior.mean.device)
        return Mixture(log_weights, posterior.mean, posterior.log_var)
