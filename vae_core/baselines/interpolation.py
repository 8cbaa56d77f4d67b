"""From one first noise of a baseline to another: what lies between two of its samples."""

from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.baselines.baseline import TrainedBaseline
from vae_core.baselines.diffusion import Diffusion
from vae_core.common.seeds import derive_seed
from vae_core.latent.traversal import interpolate


@torch.inference_mode()
def interpolate_noise(
    model: TrainedBaseline, n: int, seed: int, *, sample_steps: int = 8
) -> Float[np.ndarray, "n channels height width"]:
    """n images on the great circle between two first noises; ``sample_steps`` concerns diffusion models."""
    diffuses = isinstance(model.recipe, Diffusion)
    shape = model.shape if diffuses else (model.recipe.latent_dim,)
    generator = torch.Generator().manual_seed(derive_seed(seed, "walk"))
    ends: Tensor = torch.randn(2, int(np.prod(shape)), generator=generator)
    codes = torch.from_numpy(interpolate(ends[0].numpy(), ends[1].numpy(), n, spherical=True)).float().reshape(n, *shape)
    if not diffuses:
        return model.module(codes).numpy()
    return replace(model.recipe, method="ddim", sample_steps=sample_steps).denoise(model.module, codes, generator).numpy()
