"""From one first noise of a baseline to another: what lies between two of its samples."""

from itertools import pairwise

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.baselines.baseline import Images, TrainedBaseline
from vae_core.baselines.diffusion import Diffusion, signal_share
from vae_core.errors import BadInput
from vae_core.seeds import derive
from vae_core.traversal import interpolate


@torch.inference_mode()
def denoise(model: TrainedBaseline, noise: Images, *, sample_steps: int) -> Images:
    """Images in [0, 1] of given first noises: DDIM without fresh noise (Song et al. 2021, arXiv 2010.02502)."""
    if not isinstance(model.recipe, Diffusion):
        raise BadInput(f"only a diffusion model denoises, not a {type(model.recipe).__name__}")
    x = noise
    for now, then in pairwise(torch.linspace(1, 0, sample_steps + 1)):
        a, b = signal_share(now), signal_share(then)
        found = model.module(x, now.expand(len(x)))
        image = ((x - (1 - a).sqrt() * found) / a.sqrt()).clamp(-1, 1)
        x = b.sqrt() * image + (1 - b).sqrt() * (x - a.sqrt() * image) / (1 - a).sqrt()
    return ((x + 1) / 2).clamp(0, 1)


@torch.inference_mode()
def noise_walk(
    model: TrainedBaseline, n: int, seed: int, *, sample_steps: int = 8
) -> Float[np.ndarray, "n channels height width"]:
    """n images on the great circle between two first noises; ``sample_steps`` concerns diffusion models."""
    diffuses = isinstance(model.recipe, Diffusion)
    shape = model.shape if diffuses else (model.recipe.latent_dim,)
    generator = torch.Generator().manual_seed(derive(seed, "walk"))
    ends: Tensor = torch.randn(2, int(np.prod(shape)), generator=generator)
    codes = torch.from_numpy(interpolate(ends[0].numpy(), ends[1].numpy(), n, spherical=True)).float().reshape(n, *shape)
    return (denoise(model, codes, sample_steps=sample_steps) if diffuses else model.module(codes)).numpy()
