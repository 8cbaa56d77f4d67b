"""One pass of a model over a batch."""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from vae_core.posterior import Posterior


@dataclass(frozen=True)
class Forward:
    """All that an objective needs to know of a batch."""

    x: Float[Tensor, "batch channels height width"]
    posterior: Posterior
    z: Float[Tensor, "batch latent"]
    params: Float[Tensor, "batch channels height width"]
    nll: Float[Tensor, "batch"]  # −log p(x|z), nats
    kl: Float[Tensor, "batch"]  # KL(q(z|x) ‖ p(z)) against the model's own prior, nats
