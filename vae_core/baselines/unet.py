"""A small U-Net that predicts noise.

Written here instead of taken from the diffusers library, which would add a hub client, a configuration system and about 40 MB
for one page of code, and slow down the start of pages.
"""

import math
from itertools import pairwise

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from vae_core.common.errors import BadInput


def group_norm(channels: int) -> nn.GroupNorm:
    """Groups of four channels or a little more."""
    return nn.GroupNorm(math.gcd(channels, max(1, channels // 4)), channels)


class Block(nn.Module):
    """Two convolutions around a shift by the time, with a residual connection; Ho et al. 2020 (arXiv 2006.11239)."""

    def __init__(self, inputs: int, outputs: int, time: int):
        super().__init__()
        self.norm1, self.conv1 = group_norm(inputs), nn.Conv2d(inputs, outputs, 3, 1, 1)
        self.norm2, self.conv2 = group_norm(outputs), nn.Conv2d(outputs, outputs, 3, 1, 1)
        self.time = nn.Linear(time, outputs)
        self.skip = nn.Conv2d(inputs, outputs, 1) if inputs != outputs else nn.Identity()
        nn.init.zeros_(self.conv2.weight)

    def forward(self, x: Tensor, t: Float[Tensor, "batch time"]) -> Tensor:
        h = self.norm2(self.conv1(F.silu(self.norm1(x))))
        # added after the norm, which would remove a part of the shift
        return self.skip(x) + self.conv2(F.silu(h + self.time(t)[:, :, None, None]))


class UNet(nn.Module):
    """ε(x_t, t): two halvings where the sides allow it, a block on each level on the way down and up."""

    def __init__(self, shape: tuple[int, int, int], channels: int):
        super().__init__()
        planes, height, width = shape
        side, levels = math.gcd(height, width), 0
        while side % 2 == 0 and levels < 2:
            side, levels = side // 2, levels + 1
        if levels == 0:
            raise BadInput(f"the U-Net needs even sides, got {height}×{width}")
        self.channels, time = channels, 4 * channels
        self.embed = nn.Sequential(nn.Linear(channels, time), nn.SiLU(), nn.Linear(time, time), nn.SiLU())
        widths = [channels * 2**i for i in range(levels + 1)]
        self.first = nn.Conv2d(planes, channels, 3, 1, 1)
        self.down = nn.ModuleList(Block(w, w, time) for w in widths[:-1])
        self.shrink = nn.ModuleList(nn.Conv2d(a, b, 4, 2, 1) for a, b in pairwise(widths))
        self.middle = nn.ModuleList(Block(widths[-1], widths[-1], time) for _ in range(2))
        self.grow = nn.ModuleList(nn.ConvTranspose2d(b, a, 4, 2, 1) for a, b in pairwise(widths))
        self.up = nn.ModuleList(Block(2 * w, w, time) for w in widths[:-1])
        self.norm, self.last = group_norm(channels), nn.Conv2d(channels, planes, 3, 1, 1)
        nn.init.zeros_(self.last.weight)

    def forward(self, x: Float[Tensor, "batch channels height width"], t: Float[Tensor, "batch"]) -> Tensor:
        """Predict the noise in ``x`` at times ``t`` in [0, 1]."""
        rates = torch.exp(torch.linspace(0, math.log(1000), self.channels // 2, device=x.device))
        angles = t[:, None] * rates[None]
        time = self.embed(torch.cat([angles.sin(), angles.cos()], dim=1))
        h, skipped = self.first(x), []
        for block, shrink in zip(self.down, self.shrink):
            h = block(h, time)
            skipped.append(h)
            h = shrink(h)
        for block in self.middle:
            h = block(h, time)
        for block, grow in zip(reversed(self.up), reversed(self.grow)):
            h = block(torch.cat([grow(h), skipped.pop()], dim=1), time)
        return self.last(F.silu(self.norm(h)))
