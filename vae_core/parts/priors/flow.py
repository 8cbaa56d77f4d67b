"""The normalizing-flow prior."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from vae_core.common.fields import option
from vae_core.parts.priors.prior import Density, Prior


@dataclass(frozen=True)
class Flow(Prior):
    """p(z) = N(f(z); 0, I) |det ∂f/∂z|, f a neural spline flow; Durkan et al. 2019 (arXiv 1906.04032), by ``zuko``.

    Autoregressive, so log p(z) is one pass of f and a sample takes one pass per unit. As a prior: Chen et al. 2017
    (arXiv 1611.02731). The KL is its one-sample estimate.
    """

    transforms: int = option(3, "spline transformations in a row", low=1, high=16)
    flow_hidden: int = option(64, "units of the two hidden layers of each transformation", low=1, high=1024)

    def parameters(self, latent_dim: int, shape: tuple[int, int, int]) -> nn.Module:
        import zuko  # imported here: it would add seconds to the import of every other model

        with torch.device("cpu"):  # its masks are computed, which is not possible on the meta device used for loading
            return zuko.flows.NSF(latent_dim, transforms=self.transforms, hidden_features=(self.flow_hidden,) * 2)

    def density(self, state: nn.Module, latent_dim: int, encode: Callable | None) -> Density:
        return FlowDensity(state, latent_dim)


@dataclass(frozen=True)
class FlowDensity(Density):
    """zuko's flow as a ``Density``."""

    flow: nn.Module
    latent_dim: int

    def log_prob(self, z: Float[Tensor, "*batch latent"]) -> Float[Tensor, "*batch"]:
        return self.flow().log_prob(z)

    @torch.no_grad()
    def sample(self, n: int, generator: torch.Generator) -> Float[Tensor, "n latent"]:
        # not flow().sample, which draws from the global generator
        base = torch.randn(n, self.latent_dim, generator=generator, device=generator.device)
        return self.flow().transform.inv(base)
