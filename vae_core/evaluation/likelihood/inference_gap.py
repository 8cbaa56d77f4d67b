"""The gap between the ELBO and log p(x) of each image, estimated by bounds that tighten with more samples."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, UInt8

from vae_core.checkpoints.trained_vae import TrainedVAE
from vae_core.common.errors import BadInput
from vae_core.common.scaling import scale_bytes
from vae_core.common.seeds import derive_seed
from vae_core.evaluation.likelihood.log_likelihood import importance_log_weights


@dataclass(frozen=True)
class ImportanceBounds:
    """Lower bounds on log p(x) of each image, nats. With k = 1 it is the ELBO, −(distortion + rate)."""

    ks: tuple[int, ...]
    bound: Float[np.ndarray, "ks n"]
    rate: Float[np.ndarray, "n"]  # KL(q(z|x) ‖ N(0, I)), in closed form
    distortion: Float[np.ndarray, "n"]  # −E[log p(x|z)], as −ELBO − rate

    @property
    def elbo(self) -> Float[np.ndarray, "n"]:
        """The bound of k = 1, nats."""
        return self.bound[self.ks.index(1)]


@torch.inference_mode()
def importance_bounds(
    model: TrainedVAE, images: UInt8[np.ndarray, "n channels height width"], ks: tuple[int, ...], *, seed: int = 0
) -> ImportanceBounds:
    """E[log 1/k Σ_i p(x|z_i) p(z_i) / q(z_i|x)] for each k, z_i ~ q(z|x); Burda et al. 2016 (arXiv 1509.00519).

    The same max(ks) samples per image are used for every k: they are split into groups of k, and the mean is over the groups.

    Args:
        model: A VAE.
        images: The images, one bound each.
        ks: Numbers of samples; 1 must be among them, because its bound is the ELBO.
        seed: Decides the samples.

    Raises:
        BadInput: ``ks`` does not contain 1, or a number below 1.
    """
    most = max(ks)
    if 1 not in ks or min(ks) < 1:
        raise BadInput(f"ks must be 1 or more and hold 1, which is the ELBO; got {ks}")
    x = scale_bytes(torch.from_numpy(images))
    weights = importance_log_weights(model.vae, x, most, torch.Generator().manual_seed(derive_seed(seed, "gap"))).double()
    rate = model.vae.encode(x).kl().double().sum(1)
    bounds = []
    for k in ks:
        groups = weights[: most // k * k].unflatten(0, (most // k, k))
        bounds.append((torch.logsumexp(groups, dim=1) - math.log(k)).mean(0))
    distortion = -bounds[ks.index(1)] - rate
    return ImportanceBounds(tuple(ks), torch.stack(bounds).numpy(), rate.numpy(), distortion.numpy())
