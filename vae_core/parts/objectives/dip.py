"""DIP-VAE: a penalty that pulls the covariance of the codes to the identity."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.common.fields import option
from vae_core.parts.forward import Forward
from vae_core.parts.objectives.objective import Objective
from vae_core.parts.objectives.term import Term


@dataclass(frozen=True)
class DIPVAE1(Objective):
    """L = −ELBO + λ_od Σ_{i≠j} C_ij² + λ_d Σ_i (C_ii − 1)², C = Cov_x[μ(x)]; Kumar et al. 2018 (arXiv 1711.00848).

    The covariance is of the batch, divided by its size. λ_d = 10 λ_od, as published for type I. The two sums have no unit.
    """

    min_batch: ClassVar[int] = 2
    diagonal_ratio: ClassVar[float] = 10.0
    lambda_od: float = option(10.0, "weight of the squared covariances between units", low=0, live=True)

    def covariance(self, forward: Forward) -> Float[Tensor, "latent latent"]:
        return covariance(forward.posterior.mean)

    def terms(self, forward: Forward, *, step: int, n_train: int) -> dict[str, Term]:
        c = self.covariance(forward)
        diagonal = c.diagonal()
        return {
            "reconstruction": Term(1.0, forward.nll.mean()),
            "kl": Term(1.0, forward.rate, annealed=True),
            "off_diagonal": Term(self.lambda_od, (c**2).sum() - (diagonal**2).sum()),
            "diagonal": Term(self.diagonal_ratio * self.lambda_od, ((diagonal - 1) ** 2).sum()),
        }


@dataclass(frozen=True)
class DIPVAE2(DIPVAE1):
    """The same with C = Cov_x[μ(x)] + E_x[Σ(x)], the covariance of z itself, and λ_d = λ_od; Kumar et al. 2018, type II."""

    diagonal_ratio: ClassVar[float] = 1.0

    def covariance(self, forward: Forward) -> Float[Tensor, "latent latent"]:
        return covariance(forward.posterior.mean) + torch.diag(forward.posterior.log_var.exp().mean(0))


def covariance(values: Float[Tensor, "batch latent"]) -> Float[Tensor, "latent latent"]:
    """E[v vᵀ] − E[v] E[v]ᵀ over the batch, divided by its size."""
    centred = values - values.mean(0)
    return centred.T @ centred / len(values)
