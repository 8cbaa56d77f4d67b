"""Importance weights of codes that were sampled from an encoder's posterior."""

from jaxtyping import Float
from torch import Tensor

from vae_core.parts.posterior import Posterior
from vae_core.parts.priors import Density


def log_weights(
    nll: Float[Tensor, "*sample batch"], z: Float[Tensor, "*sample batch latent"], posterior: Posterior, prior: Density
) -> Float[Tensor, "*sample batch"]:
    """log w = log p(x|z) + log p(z) − log q(z|x), nats, given −log p(x|z); Burda et al. 2016 (arXiv 1509.00519)."""
    return prior.log_prob(z) - nll - posterior.log_prob(z)
