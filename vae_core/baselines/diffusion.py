"""A small diffusion model as a baseline."""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from vae_core.baselines.recipe import Baseline, Images
from vae_core.baselines.unet import UNet
from vae_core.common.fields import option
from vae_core.parts.networks import Shape


@dataclass(frozen=True)
class Diffusion(Baseline):
    """ε-prediction, L = E ‖ε − ε_θ(√ᾱ x + √(1−ᾱ) ε, t)‖², mean over pixels; Ho et al. 2020 (arXiv 2006.11239).

    ᾱ(t) by the cosine schedule of Nichol & Dhariwal 2021 (arXiv 2102.09672), t continuous in [0, 1]. Sampling in any
    number of steps: DDIM, deterministic given its first noise (Song et al. 2021, arXiv 2010.02502), or DDPM with fresh noise.
    """

    sampler: ClassVar[str] = "unet"
    channels: int = option(32, "channels at full size, doubled at each halving; even", low=2, high=256)
    method: str = option("ddim", "sampling method", choices=("ddim", "ddpm"))
    sample_steps: int = option(50, "evaluations of the network per sample", low=1, high=1000)

    def build(self, shape: Shape) -> nn.ModuleDict:
        return nn.ModuleDict({"unet": UNet(shape, self.channels)})

    def optimizers(self, modules: nn.ModuleDict) -> dict[str, torch.optim.Optimizer]:
        return {"unet": torch.optim.Adam(modules["unet"].parameters(), lr=self.learning_rate, fused=True)}

    def step(
        self, modules: nn.ModuleDict, optimizers: dict[str, torch.optim.Optimizer], x: Images, generator: torch.Generator
    ) -> dict[str, Float[Tensor, ""]]:
        noise = torch.randn(x.shape, generator=generator, device=x.device)
        t = torch.rand(len(x), generator=generator, device=x.device)
        signal = signal_share(t)[:, None, None, None]
        noisy = signal.sqrt() * (2 * x - 1) + (1 - signal).sqrt() * noise
        loss = ((modules["unet"](noisy, t) - noise) ** 2).mean()
        optimizers["unet"].zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(modules["unet"].parameters(), 1.0)
        optimizers["unet"].step()
        return {"noise": loss.detach()}

    def noise_shape(self, shape: Shape) -> tuple[int, ...]:
        return shape

    def generate(self, module: nn.Module, noise: Tensor, generator: torch.Generator) -> Images:
        """Denoise step by step; DDPM draws fresh noise from ``generator``."""
        x = noise
        times = torch.linspace(1, 0, self.sample_steps + 1)
        for now, then in pairwise(times):
            a, b = signal_share(now), signal_share(then)
            predicted = module(x, now.expand(len(x)))
            # the image that this noise implies, clamped to the range of images, because the first steps divide by almost 0
            image = ((x - (1 - a).sqrt() * predicted) / a.sqrt()).clamp(-1, 1)
            direction = (x - a.sqrt() * image) / (1 - a).sqrt()
            fresh = ((1 - b) / (1 - a) * (1 - a / b)).clamp(min=0) if self.method == "ddpm" else torch.tensor(0.0)
            x = b.sqrt() * image + (1 - b - fresh).clamp(min=0).sqrt() * direction
            if self.method == "ddpm" and then > 0:
                x = x + fresh.sqrt() * torch.randn(x.shape, generator=generator)
        return ((x + 1) / 2).clamp(0, 1)


def signal_share(t: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
    """ᾱ(t) = cos²(π/2 (t + s)/(1 + s)), s = 0.008, kept within [1e-5, 1 − 1e-5]: 1 at the image, 0 at pure noise."""
    return (torch.cos((t + 0.008) / 1.008 * math.pi / 2) ** 2).clamp(1e-5, 1 - 1e-5)
