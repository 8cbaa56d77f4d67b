"""Closed forms of diagonal Gaussians for codes as NumPy arrays, in nats; ``vae_core.parts.posterior`` has them for tensors."""

import math

import numpy as np
from jaxtyping import Float


def split_kl(
    mean: Float[np.ndarray, "n latent"], std: Float[np.ndarray, "n latent"]
) -> tuple[Float[np.ndarray, "n latent"], Float[np.ndarray, "n latent"]]:
    """½ μ² and ½ (σ² − 1 − log σ²), whose sum is KL(N(μ, σ²) ‖ N(0, 1)), nats; Kingma & Welling 2014, app. B.

    The first is the KL of a posterior as wide as the prior, the second that of one centred on it.
    """
    mean, std = mean.astype(np.float64), std.astype(np.float64)  # the second part cancels where σ is close to 1
    return 0.5 * mean**2, 0.5 * (std**2 - 1) - np.log(std)


def standard_normal_kl(
    mean: Float[np.ndarray, "n latent"], std: Float[np.ndarray, "n latent"]
) -> Float[np.ndarray, "n latent"]:
    """KL(N(μ, σ²) ‖ N(0, 1)) = ½ (μ² + σ² − 1 − log σ²) per unit, nats; Kingma & Welling 2014, app. B."""
    from_mean, from_width = split_kl(mean, std)
    return from_mean + from_width


def log_normal(
    z: Float[np.ndarray, "*shape"], mean: Float[np.ndarray, "..."] | float = 0.0, std: Float[np.ndarray, "..."] | float = 1.0
) -> Float[np.ndarray, "..."]:
    """log N(z; mean, std²) of every entry, nats, in float64; shapes broadcast."""
    scaled = (z.astype(np.float64) - mean) / std
    return -0.5 * (scaled**2 + 2 * np.log(std) + math.log(2 * math.pi))


def log_standard_normal(z: Float[np.ndarray, "n latent"]) -> Float[np.ndarray, "n"]:
    """log N(z; 0, I), nats."""
    return log_normal(z).sum(axis=1)
