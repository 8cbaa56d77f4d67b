"""The forward pass of a model over a batch, as a record of its results."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor, nn

from vae_core.parts.condition import Condition
from vae_core.parts.posterior import Posterior
from vae_core.parts.priors import Density

if TYPE_CHECKING:  # the model's module imports this one
    from vae_core.vae import VAE as Model
else:
    Model = nn.Module


@dataclass(frozen=True)
class Forward:
    """Results of one pass over a batch, and the model itself for objectives that need more than one sample of z."""

    x: Float[Tensor, "batch channels height width"]
    posterior: Posterior
    z: Float[Tensor, "batch latent"]
    params: Float[Tensor, "batch channels height width"]
    nll: Float[Tensor, "batch"]  # −log p(x|z), nats
    kl: Float[Tensor, "batch"]  # KL(q(z|x) ‖ p(z)) against the model's own prior, nats
    prior: Density
    condition: Condition | None
    model: Model
    generator: torch.Generator | None

    @property
    def rate(self) -> Float[Tensor, ""]:
        """The KL term of an objective: the batch's mean, or with free bits λ per unit Σ_j max(λ, mean KL_j), nats.

        Free bits: Kingma et al. 2016 (arXiv 1606.04934). The maximum is of the batch's mean, not of each image: below the
        floor a unit's KL has no gradient at all. A prior that is no product over units has one floor, λ times the units.
        """
        floor = self.model.free_bits
        if floor == 0:
            return self.kl.mean()
        unit_kl = self.prior.unit_kl(self.posterior)
        if unit_kl is None:
            return self.kl.mean().clamp(min=floor * self.z.shape[1])
        return unit_kl.mean(0).clamp(min=floor).sum()
