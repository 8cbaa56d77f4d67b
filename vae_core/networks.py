"""Encoders and decoders, sized by the images; good initial conditions are part of each.

He initialization, SiLU, posterior heads near zero and an output bias at the data's mean: together they take the 28×28
convolutional VAE from ELBO −194 to −115 in the same ten seconds (benchmarks/ten_seconds.py measures both).
"""

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from vae_core.errors import BadInput
from vae_core.fields import Configurable, option
from vae_core.posterior import Posterior, bound_log_var

Shape = tuple[int, int, int]  # channels, height, width


def he_(module: nn.Module) -> nn.Module:
    """He et al. 2015 (arXiv 1502.01852) for every layer with a weight; biases at zero."""
    for layer in module.modules():
        if isinstance(layer, nn.ConvTranspose2d):
            # fan-in of a transposed convolution: each output pixel sees kernel²/stride² taps of every input channel
            taps = math.prod(layer.kernel_size) / math.prod(layer.stride)
            nn.init.normal_(layer.weight, std=math.sqrt(2 / (layer.in_channels * taps)))
            nn.init.zeros_(layer.bias)
        elif isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)
    return module


class Encoder(nn.Module):
    """x → q(z|x): a trunk and one linear head that starts at mean ≈ 0, σ ≈ 1."""

    def __init__(self, trunk: nn.Module, n_features: int, latent_dim: int):
        super().__init__()
        self.trunk = trunk
        self.head = nn.Linear(n_features, 2 * latent_dim)

    def reset(self) -> None:
        he_(self.trunk)
        nn.init.normal_(self.head.weight, std=0.01)
        nn.init.zeros_(self.head.bias)

    def forward(self, x: Float[Tensor, "batch channels height width"]) -> Posterior:
        mean, log_var = self.head(self.trunk(x)).chunk(2, dim=-1)
        return Posterior(mean, bound_log_var(log_var))


class Decoder(nn.Module):
    """z → parameters of p(x|z), of the images' shape: a trunk, and a bias per pixel that starts at the data's mean."""

    def __init__(self, trunk: nn.Module, shape: Shape):
        super().__init__()
        self.trunk = trunk
        self.bias = nn.Parameter(torch.zeros(shape))

    def reset(self, bias: Float[Tensor, "channels height width"]) -> None:
        he_(self.trunk)
        with torch.no_grad():
            self.bias.copy_(bias)
            last = [layer for layer in self.trunk.modules() if hasattr(layer, "weight")][-1]
            last.weight.mul_(0.1)  # so that the first reconstructions are the mean image, not noise

    def forward(self, z: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch channels height width"]:
        return self.trunk(z) + self.bias


class Network(Configurable):
    """A matched pair of trunks."""

    convolutional: ClassVar[bool] = True  # channels_last pays on convolutions (1.5×), not on matrices

    def build(self, shape: Shape, latent_dim: int) -> tuple[Encoder, Decoder]:
        """(encoder, decoder) for images of (channels, height, width)."""
        raise TypeError(f"{type(self).__name__} builds nothing")


@dataclass(frozen=True)
class MLP(Network):
    """Fully connected, as in Kingma & Welling 2014: ``layers`` hidden layers on each side."""

    convolutional: ClassVar[bool] = False
    hidden: int = option(400, "units of a hidden layer", low=1, high=4096)
    layers: int = option(1, "hidden layers on each side; 0 is the linear VAE", low=0, high=8)

    def build(self, shape: Shape, latent_dim: int) -> tuple[Encoder, Decoder]:
        pixels = math.prod(shape)
        encoder, width = [nn.Flatten()], pixels
        for _ in range(self.layers):
            encoder += [nn.Linear(width, self.hidden), nn.SiLU()]
            width = self.hidden
        decoder, inputs = [], latent_dim
        for _ in range(self.layers):
            decoder += [nn.Linear(inputs, self.hidden), nn.SiLU()]
            inputs = self.hidden
        decoder += [nn.Linear(inputs, pixels), nn.Unflatten(1, shape)]
        return Encoder(nn.Sequential(*encoder), width, latent_dim), Decoder(nn.Sequential(*decoder), shape)


def conv_pair(
    shape: Shape, latent_dim: int, stages: list[tuple[int, int]], overlap: int, hidden: int, act: type[nn.Module]
) -> tuple[Encoder, Decoder]:
    """Strided convolutions down to a grid, one hidden layer, and their mirror image.

    ``stages`` is (channels, stride) from the image inwards; a kernel is its stride + ``overlap`` wide.
    """
    channels, height, width = shape
    down, up = [], []
    for c, stride in stages:
        kernel, pad = stride + overlap, overlap // 2
        down += [nn.Conv2d(channels, c, kernel, stride, pad), act()]
        up = [nn.ConvTranspose2d(c, channels, kernel, stride, pad), *([act()] if up else []), *up]
        channels, height, width = c, height // stride, width // stride
    grid = (channels, height, width)
    trunk = nn.Sequential(*down, nn.Flatten(), nn.Linear(math.prod(grid), hidden), act())
    mirror = [nn.Linear(latent_dim, hidden), act(), nn.Linear(hidden, math.prod(grid)), act(), nn.Unflatten(1, grid)]
    return Encoder(trunk, hidden, latent_dim), Decoder(nn.Sequential(*mirror, *up), shape)


@dataclass(frozen=True)
class Conv(Network):
    """Kernel 4, stride 2, until the grid is odd or 4 wide: two stages at 28×28, three at 32×32, four at 64×64."""

    channels: int = option(32, "channels of the first stage; the later ones have twice as many", low=1, high=256)
    hidden: int = option(128, "units of the fully connected layer", low=1, high=4096)

    def build(self, shape: Shape, latent_dim: int) -> tuple[Encoder, Decoder]:
        side, stages = math.gcd(*shape[1:]), []
        while side % 2 == 0 and side > 4:
            stages.append((self.channels if not stages else 2 * self.channels, 2))
            side //= 2
        if not stages:
            raise BadInput(f"network 'conv' needs sides that are even and above 4, got {shape[1]}×{shape[2]}; 'mlp' fits")
        return conv_pair(shape, latent_dim, stages, overlap=2, hidden=self.hidden, act=nn.SiLU)


@dataclass(frozen=True)
class Burgess(Network):
    """The standard 64×64 pair: four stages of 32, 32, 64, 64 channels, kernel 4, stride 2, 256 hidden units, ReLU.

    Burgess et al. 2018 (arXiv 1804.03599) and Locatello et al. 2019 (arXiv 1811.12359, table 1).
    """

    def build(self, shape: Shape, latent_dim: int) -> tuple[Encoder, Decoder]:
        if shape[1:] != (64, 64):
            raise BadInput(f"network 'burgess' is made for 64×64 images, got {shape[1]}×{shape[2]}; 'conv' fits other sizes")
        return conv_pair(shape, latent_dim, [(32, 2), (32, 2), (64, 2), (64, 2)], overlap=2, hidden=256, act=nn.ReLU)


@dataclass(frozen=True)
class Patch(Network):
    """For live training: a stride-4 stem without overlap (space to depth), then 2×2 stages, and their mirror image.

    Measured on two cores at several times the images per second of ``burgess`` on 64×64 (benchmarks/throughput.py).
    """

    channels: int = option(32, "channels of the stem; the later stages have twice as many", low=1, high=256)
    hidden: int = option(128, "units of the fully connected layer", low=1, high=4096)

    def build(self, shape: Shape, latent_dim: int) -> tuple[Encoder, Decoder]:
        side = math.gcd(*shape[1:])
        if side % 4:
            raise BadInput(f"network 'patch' needs sides divisible by 4, got {shape[1]}×{shape[2]}; 'mlp' fits any size")
        side, stages = side // 4, [(self.channels, 4)]
        while side % 2 == 0 and side > 4:
            stages.append((2 * self.channels, 2))
            side //= 2
        return conv_pair(shape, latent_dim, stages, overlap=0, hidden=self.hidden, act=nn.SiLU)


NETWORKS = {
    "mlp": MLP,
    "conv": Conv,
    "burgess": Burgess,
    "patch": Patch,
}
