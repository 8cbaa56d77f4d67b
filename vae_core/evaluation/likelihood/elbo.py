"""The ELBO of a set of images, with the KL and the activity of each unit."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import UInt8
from torch import Tensor

from vae_core.common.scaling import scale_bytes
from vae_core.common.seeds import derive_seed
from vae_core.latent.active_units import ACTIVE_VARIANCE
from vae_core.parts.condition import Condition
from vae_core.vae import VAE


@dataclass(frozen=True)
class ElboSummary:
    """Means over ``n_images`` images, in nats per image; the reconstruction uses one sample of z per image."""

    elbo: float
    reconstruction: float  # −E[log p(x|z)]
    kl: float
    unit_kl: tuple[float, ...]  # against N(0, 1), also for models with another prior
    mean_variance: tuple[float, ...]  # Var_x of E[z_j|x]
    active_units: int  # units with Var_x(E[z_j|x]) > 0.01: a statement about these images together, never about one
    n_images: int


@torch.inference_mode()
def measure_elbo(
    vae: VAE,
    images: UInt8[Tensor, "n channels height width"],
    *,
    condition: Condition | None = None,
    seed: int = 0,
    chunk: int = 1024,
) -> ElboSummary:
    """Compute the ELBO of ``images`` under ``vae``.

    Args:
        vae: The model.
        images: Bytes, on the model's device.
        condition: The conditioning inputs of the images; None for an unconditional model or for unknown labels.
        seed: Decides the sample of z per image.
        chunk: Images per forward pass, which bounds the memory.
    """
    generator = torch.Generator(images.device).manual_seed(derive_seed(seed, "elbo"))
    nll, kl, unit_kl, means = [], [], [], []
    for start in range(0, len(images), chunk):
        rows = slice(start, start + chunk)
        forward = vae(scale_bytes(images[rows]), generator, condition and condition.rows(rows))
        nll.append(forward.nll)
        kl.append(forward.kl)
        unit_kl.append(forward.posterior.kl())
        means.append(forward.posterior.mean)
    # sums over a whole data set in float64: float32 loses the third decimal of the ELBO at 60,000 images
    reconstruction, rate = (torch.cat(v).cpu().double().mean().item() for v in (nll, kl))
    variance = np.var(torch.cat(means).cpu().double().numpy(), axis=0)
    return ElboSummary(
        elbo=-(reconstruction + rate),
        reconstruction=reconstruction,
        kl=rate,
        unit_kl=tuple(torch.cat(unit_kl).cpu().double().mean(0).tolist()),
        mean_variance=tuple(variance.tolist()),
        active_units=int((variance > ACTIVE_VARIANCE).sum()),
        n_images=len(images),
    )
