"""Interpolation between two samples of a baseline, by their noise."""

import math
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float

from vae_core.baselines.diffusion import Diffusion
from vae_core.baselines.trained_baseline import TrainedBaseline
from vae_core.common.seeds import derive_seed
from vae_core.latent.traversal import interpolate


@torch.inference_mode()
def interpolate_noise(
    model: TrainedBaseline, n: int, seed: int, *, sample_steps: int = 8
) -> Float[np.ndarray, "n channels height width"]:
    """Generate n images from the great circle between two noise vectors; ``sample_steps`` applies to diffusion models."""
    recipe = model.recipe
    if isinstance(recipe, Diffusion):
        recipe = replace(recipe, method="ddim", sample_steps=sample_steps)  # deterministic, so that the path is smooth
    shape = recipe.noise_shape(model.shape)
    generator = torch.Generator().manual_seed(derive_seed(seed, "walk"))
    ends = torch.randn(2, math.prod(shape), generator=generator)
    path = interpolate(ends[0].numpy(), ends[1].numpy(), n, spherical=True)
    return recipe.generate(model.module, torch.from_numpy(path).float().reshape(n, *shape), generator).numpy()
