"""Networks that compute all pixels at once from the latent code."""

import math
from dataclasses import dataclass
from typing import ClassVar

from torch import nn

from vae_core.common.errors import BadInput
from vae_core.common.fields import option
from vae_core.parts.networks.network import Decoder, Encoder, Network, Shape


@dataclass(frozen=True)
class MLP(Network):
    """Fully connected, as in Kingma & Welling 2014: ``layers`` hidden layers on each side."""

    convolutional: ClassVar[bool] = False
    hidden: int = option(400, "units of a hidden layer", low=1, high=4096)
    layers: int = option(1, "hidden layers on each side; 0 is the linear VAE", low=0, high=8)

    def build(self, shape: Shape, latent_dim: int, *, context: int = 0) -> tuple[Encoder, Decoder]:
        pixels = math.prod(shape)
        encoder, width = [nn.Flatten()], pixels + (context > 0) * math.prod(shape[1:])
        for _ in range(self.layers):
            encoder += [nn.Linear(width, self.hidden), nn.SiLU()]
            width = self.hidden
        decoder, inputs = [], latent_dim + context
        for _ in range(self.layers):
            decoder += [nn.Linear(inputs, self.hidden), nn.SiLU()]
            inputs = self.hidden
        decoder += [nn.Linear(inputs, pixels), nn.Unflatten(1, shape)]
        return Encoder(nn.Sequential(*encoder), width, latent_dim), Decoder(nn.Sequential(*decoder), shape)


Stages = list[tuple[int, int]]  # (channels, stride), from the image inwards


def conv_trunks(
    inputs: Shape, n_outputs: int, n_codes: int, stages: Stages, *, overlap: int, hidden: int, act: type[nn.Module]
) -> tuple[nn.Sequential, nn.Sequential]:
    """Build strided convolutions down to a grid and a hidden layer; and the mirror image, from codes to ``n_outputs`` planes.

    A kernel is its stride + ``overlap`` wide.
    """
    channels, height, width = inputs
    down, up, outwards = [], [], n_outputs
    for c, stride in stages:
        kernel, pad = stride + overlap, overlap // 2
        down += [nn.Conv2d(channels, c, kernel, stride, pad), act()]
        up = [nn.ConvTranspose2d(c, outwards, kernel, stride, pad), *([act()] if up else []), *up]
        channels, outwards, height, width = c, c, height // stride, width // stride
    grid = (channels, height, width)
    trunk = nn.Sequential(*down, nn.Flatten(), nn.Linear(math.prod(grid), hidden), act())
    mirror = [nn.Linear(n_codes, hidden), act(), nn.Linear(hidden, math.prod(grid)), act(), nn.Unflatten(1, grid)]
    return trunk, nn.Sequential(*mirror, *up)


def conv_pair(
    shape: Shape, latent_dim: int, context: int, stages: Stages, *, overlap: int, hidden: int, act: type[nn.Module]
) -> tuple[Encoder, Decoder]:
    """Build the encoder and decoder with ``conv_trunks`` for the image's own size."""
    inputs = (shape[0] + (context > 0), *shape[1:])
    down, up = conv_trunks(inputs, shape[0], latent_dim + context, stages, overlap=overlap, hidden=hidden, act=act)
    return Encoder(down, hidden, latent_dim), Decoder(up, shape)


def halvings(shape: Shape, channels: int, network: str) -> Stages:
    """Return stages of stride 2 until the grid is odd or 4 wide: two at 28×28, three at 32×32, four at 64×64."""
    side, stages = math.gcd(*shape[1:]), []
    while side % 2 == 0 and side > 4:
        stages.append((channels if not stages else 2 * channels, 2))
        side //= 2
    if not stages:
        raise BadInput(f"network {network!r} needs sides that are even and above 4, got {shape[1]}×{shape[2]}; 'mlp' fits")
    return stages


@dataclass(frozen=True)
class Conv(Network):
    """Kernel 4, stride 2, until the grid is odd or 4 wide: two stages at 28×28, three at 32×32, four at 64×64."""

    channels: int = option(32, "channels of the first stage; the later ones have twice as many", low=1, high=256)
    hidden: int = option(128, "units of the fully connected layer", low=1, high=4096)

    def build(self, shape: Shape, latent_dim: int, *, context: int = 0) -> tuple[Encoder, Decoder]:
        stages = halvings(shape, self.channels, "conv")
        return conv_pair(shape, latent_dim, context, stages, overlap=2, hidden=self.hidden, act=nn.SiLU)


@dataclass(frozen=True)
class Burgess(Network):
    """The standard 64×64 pair: four stages of 32, 32, 64, 64 channels, kernel 4, stride 2, 256 hidden units, ReLU.

    Burgess et al. 2018 (arXiv 1804.03599) and Locatello et al. 2019 (arXiv 1811.12359, table 1).
    """

    def build(self, shape: Shape, latent_dim: int, *, context: int = 0) -> tuple[Encoder, Decoder]:
        if shape[1:] != (64, 64):
            raise BadInput(f"network 'burgess' takes 64×64 images only, got {shape[1]}×{shape[2]}; 'conv' fits other sizes")
        return conv_pair(shape, latent_dim, context, [(32, 2), (32, 2), (64, 2), (64, 2)], overlap=2, hidden=256, act=nn.ReLU)


@dataclass(frozen=True)
class Patch(Network):
    """For live training: a stride-4 stem without overlap (space to depth), then 2×2 stages, and their mirror image.

    On two cores several times the images per second of ``burgess`` on 64×64, but with visible edges between patches.
    """

    channels: int = option(32, "channels of the stem; the later stages have twice as many", low=1, high=256)
    hidden: int = option(128, "units of the fully connected layer", low=1, high=4096)

    def build(self, shape: Shape, latent_dim: int, *, context: int = 0) -> tuple[Encoder, Decoder]:
        side = math.gcd(*shape[1:])
        if side % 4:
            raise BadInput(f"network 'patch' needs sides divisible by 4, got {shape[1]}×{shape[2]}; 'mlp' fits any size")
        side, stages = side // 4, [(self.channels, 4)]
        while side % 2 == 0 and side > 4:
            stages.append((2 * self.channels, 2))
            side //= 2
        return conv_pair(shape, latent_dim, context, stages, overlap=0, hidden=self.hidden, act=nn.SiLU)
