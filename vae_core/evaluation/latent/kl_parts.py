"""The KL divergence of a Gaussian posterior to N(0, I): closed form per unit, and its two parts."""

import numpy as np
import torch
from jaxtyping import Float

from vae_core.parts.posterior import Posterior


def standard_normal_kl(
    mean: Float[np.ndarray, "n latent"], std: Float[np.ndarray, "n latent"]
) -> Float[np.ndarray, "n latent"]:
    """KL(N(μ, σ²) ‖ N(0, 1)) = ½ (μ² + σ² − 1 − log σ²) per unit, nats; the closed form of ``Posterior.kl`` on arrays."""
    mu, log_var = (torch.from_numpy(np.asarray(a, np.float64)) for a in (mean, 2 * np.log(std)))
    return Posterior(mu, log_var).kl().numpy()


def split_kl(
    mean: Float[np.ndarray, "n latent"], std: Float[np.ndarray, "n latent"]
) -> tuple[Float[np.ndarray, "n latent"], Float[np.ndarray, "n latent"]]:
    """½ μ² and ½ (σ² − 1 − log σ²), whose sum is KL(N(μ, σ²) ‖ N(0, 1)), nats; Kingma & Welling 2014, app. B.

    The first is the KL of a posterior as wide as the prior, the second that of one centred on it.
    """
    return standard_normal_kl(mean, np.ones_like(std)), standard_normal_kl(np.zeros_like(mean), std)
