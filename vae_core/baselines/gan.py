"""A GAN as a baseline."""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from vae_core.baselines.recipe import Baseline, Images
from vae_core.common.fields import option
from vae_core.parts.discriminators import Discriminator, adversarial_adam, hinge_loss
from vae_core.parts.networks import Shape


class Generator(nn.Module):
    """z ~ N(0, I) to an image: a linear layer to a small grid, then transposed convolutions of stride 2."""

    def __init__(self, shape: Shape, latent_dim: int, channels: int):
        super().__init__()
        outputs, height, width = shape
        side, doublings = math.gcd(height, width), 0
        while side % 2 == 0 and side > 4:
            side, doublings = side // 2, doublings + 1
        widths = [channels * 2**i for i in reversed(range(doublings + 1))]
        grid = (widths[0], height >> doublings, width >> doublings)
        layers = [nn.Linear(latent_dim, math.prod(grid)), nn.Unflatten(1, grid), nn.BatchNorm2d(widths[0]), nn.ReLU()]
        for a, b in pairwise(widths):
            layers += [nn.ConvTranspose2d(a, b, 4, 2, 1, bias=False), nn.BatchNorm2d(b), nn.ReLU()]
        self.layers = nn.Sequential(*layers, nn.Conv2d(channels, outputs, 3, 1, 1))

    def forward(self, z: Float[Tensor, "batch latent"]) -> Images:
        return torch.sigmoid(self.layers(z))


@dataclass(frozen=True)
class GAN(Baseline):
    """min_G max_D with hinge losses and a discriminator of spectral norm 1 (Goodfellow et al. 2014, arXiv 1406.2661).

    Losses: L_D = E[max(0, 1 − D(x))] + E[max(0, 1 + D(G(z)))], L_G = −E[D(G(z))]; Miyato et al. 2018 (arXiv 1802.05957).
    It can be sampled, but has no encoder, no density and no bound. Parts of the data that it leaves out lower the coverage
    only.
    """

    sampler: ClassVar[str] = "generator"
    latent_dim: int = option(32, "latent units", low=1, high=512)
    channels: int = option(32, "channels of the widest grids", low=1, high=256)
    critic_rate: float = option(4e-4, "the discriminator's learning rate", above=0, high=1)

    def build(self, shape: Shape) -> nn.ModuleDict:
        generator = Generator(shape, self.latent_dim, self.channels)
        return nn.ModuleDict({"generator": generator, "discriminator": Discriminator(shape, self.channels)})

    def optimizers(self, modules: nn.ModuleDict) -> dict[str, torch.optim.Optimizer]:
        return {
            "generator": adversarial_adam(modules["generator"], self.learning_rate),
            "discriminator": adversarial_adam(modules["discriminator"], self.critic_rate),
        }

    def step(
        self, modules: nn.ModuleDict, optimizers: dict[str, torch.optim.Optimizer], x: Images, generator: torch.Generator
    ) -> dict[str, Float[Tensor, ""]]:
        make, judge = modules["generator"], modules["discriminator"]
        z = torch.randn(len(x), self.latent_dim, generator=generator, device=x.device)
        fake = make(z)
        loss_d = hinge_loss(judge(x)[0], judge(fake.detach())[0])
        optimizers["discriminator"].zero_grad(set_to_none=True)
        loss_d.backward()
        optimizers["discriminator"].step()
        loss_g = -judge(fake)[0].mean()
        optimizers["generator"].zero_grad(set_to_none=True)
        loss_g.backward(inputs=list(make.parameters()))
        optimizers["generator"].step()
        return {"discriminator": loss_d.detach(), "generator": loss_g.detach()}

    def noise_shape(self, shape: Shape) -> tuple[int, ...]:
        return (self.latent_dim,)

    def generate(self, module: nn.Module, noise: Tensor, generator: torch.Generator) -> Images:
        return module(noise)
