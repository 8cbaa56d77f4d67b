"""The diagonal Gaussian q(z|x), the output of an encoder."""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

LOG_VAR_LIMIT = 12.0  # σ between 0.0025 and 403: beyond it exp() overflows or underflows in float32


def bound_log_var(raw: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch latent"]:
    """Bound log σ² by ±12: the identity near 0, and smooth, so that no gradient is 0 as it would be behind a clamp."""
    return LOG_VAR_LIMIT * torch.tanh(raw / LOG_VAR_LIMIT)


def log_normal(z: Tensor, mean: Tensor, log_var: Tensor) -> Tensor:
    """log N(z; mean, exp(log_var)) of every entry, nats; shapes broadcast."""
    return -0.5 * ((z - mean) ** 2 * torch.exp(-log_var) + log_var + math.log(2 * math.pi))


@dataclass(frozen=True)
class Posterior:
    """q(z|x) = N(mean, diag exp(log_var)), one row per image; Kingma & Welling 2014 (arXiv 1312.6114)."""

    mean: Float[Tensor, "batch latent"]
    log_var: Float[Tensor, "batch latent"]

    @property
    def std(self) -> Float[Tensor, "batch latent"]:
        return torch.exp(0.5 * self.log_var)

    def sample(self, generator: torch.Generator | None = None) -> Float[Tensor, "batch latent"]:
        """z = μ + σ ε with ε ~ N(0, I): the reparameterization, through which gradients reach μ and σ."""
        epsilon = torch.randn(self.mean.shape, generator=generator, device=self.mean.device, dtype=self.mean.dtype)
        return self.mean + self.std * epsilon

    def log_prob(self, z: Float[Tensor, "*sample batch latent"]) -> Float[Tensor, "*sample batch"]:
        """log q(z|x), nats."""
        return log_normal(z, self.mean, self.log_var).sum(-1)

    def kl(self) -> Float[Tensor, "batch latent"]:
        """KL(q(z_j|x) ‖ N(0, 1)) = ½ (μ² + σ² − 1 − log σ²) per unit, nats; Kingma & Welling 2014, app. B."""
        return 0.5 * (self.mean**2 + torch.expm1(self.log_var) - self.log_var)
