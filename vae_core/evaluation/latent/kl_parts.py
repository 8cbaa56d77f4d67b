"""The KL of one Gaussian to the prior, in its two parts."""

import numpy as np
import torch
from jaxtyping import Float

from vae_core.parts.posterior import Posterior


def split_kl(
    mean: Float[np.ndarray, "n latent"], std: Float[np.ndarray, "n latent"]
) -> tuple[Float[np.ndarray, "n latent"], Float[np.ndarray, "n latent"]]:
    """½ μ² and ½ (σ² − 1 − log σ²), whose sum is KL(N(μ, σ²) ‖ N(0, 1)), nats; Kingma & Welling 2014, app. B.

    The first is the KL of a posterior as wide as the prior, the second that of one centred on it.
    """
    mu, log_var = (torch.from_numpy(np.asarray(a, np.float64)) for a in (mean, 2 * np.log(std)))
    nothing = torch.zeros_like(mu)
    return Posterior(mu, nothing).kl().numpy(), Posterior(nothing, log_var).kl().numpy()
