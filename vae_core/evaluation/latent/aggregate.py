"""The density of the aggregate posterior q(z) = 1/N Σ_n q(z|x_n): at points, on a plane, and relative to the prior.

NumPy arrays in and out; all densities are in nats.
"""

import math
from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float

from vae_core.checkpoints.trained_vae import TrainedVAE
from vae_core.common.progress import Progress, no_progress
from vae_core.latent.gaussian import log_standard_normal

MAX_BLOCK_BYTES = 32 << 20  # of one points × images block; the logsumexp takes about three of them

LogDensity = Callable[[np.ndarray], np.ndarray]  # (M, D) → (M,), nats


def log_prior_of(model: TrainedVAE) -> LogDensity:
    """log p(z) under the model's own prior, as a function of codes; nats."""

    @torch.inference_mode()
    def log_prob(z: np.ndarray) -> np.ndarray:
        parts = torch.from_numpy(np.asarray(z, np.float32)).split(4096)
        density = model.vae.density()
        return torch.cat([density.log_prob(part) for part in parts]).double().numpy()

    return log_prob


@torch.inference_mode()
def log_aggregate(
    z: Float[np.ndarray, "m latent"],
    mean: Float[np.ndarray, "n latent"],
    std: Float[np.ndarray, "n latent"],
    progress: Progress = no_progress,
) -> Float[np.ndarray, "m"]:
    """log q(z) = logsumexp_n log q(z|x_n) − ln N, nats.

    −½ Σ (z−μ)²/σ² expands to one matrix product per block of points: never an M × N × D array. In float64, because the
    expansion subtracts numbers of the size of μ²/σ².
    """
    points, mu, sigma = (torch.from_numpy(np.asarray(a, np.float64)) for a in (z, mean, std))
    precision = sigma**-2
    weights = torch.cat([-0.5 * precision, mu * precision], dim=1).T.contiguous()  # (2D, N)
    constant = -0.5 * (mu**2 * precision + 2 * sigma.log() + math.log(2 * math.pi)).sum(1) - math.log(len(mu))
    rows = max(1, MAX_BLOCK_BYTES // (8 * len(mu)))
    found = []
    for part in points.split(rows):
        found.append(torch.logsumexp(torch.addmm(constant, torch.cat([part**2, part], dim=1), weights), dim=1))
        progress(min(1.0, len(found) * rows / len(z)))
    return torch.cat(found).numpy()


def log_density_ratio(
    z: Float[np.ndarray, "m latent"],
    mean: Float[np.ndarray, "n latent"],
    std: Float[np.ndarray, "n latent"],
    log_prior: LogDensity = log_standard_normal,
) -> Float[np.ndarray, "m"]:
    """log q(z) − log p(z), nats: below 0 where the prior puts more mass than the encoder."""
    return log_aggregate(z, mean, std) - log_prior(z)


def ratio_plane(
    mean: Float[np.ndarray, "n latent"],
    std: Float[np.ndarray, "n latent"],
    units: tuple[int, int],
    xs: Float[np.ndarray, "columns"],
    ys: Float[np.ndarray, "rows"],
) -> Float[np.ndarray, "rows columns"]:
    """log q(z_i, z_j) − log p(z_i, z_j) over a grid of two units, the others integrated out, against N(0, I); nats.

    The first row belongs to the first of ``ys``. For the plane through an anchor, where the other units are fixed instead,
    pass ``traversal.plane(…)`` to ``log_density_ratio``.
    """
    two = list(units)
    grid = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    return log_density_ratio(grid, mean[:, two], std[:, two]).reshape(len(ys), len(xs))
