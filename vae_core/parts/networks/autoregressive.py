"""An autoregressive decoder: it can predict pixels from earlier pixels instead of z, which leads to posterior collapse."""

from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from vae_core.common.errors import BadInput
from vae_core.common.fields import option
from vae_core.parts.networks.feedforward import conv_trunks, halvings
from vae_core.parts.networks.network import Decoder, Draw, Encoder, Network, Shape, he_init_

Images = Float[Tensor, "batch channels height width"]
Planes = Float[Tensor, "batch features height width"]


class MaskedConv(nn.Conv2d):
    """A convolution over the pixels above and to the left only; ``see_centre`` adds the pixel itself (mask B)."""

    mask: Tensor

    def __init__(self, channels: int, out_channels: int, kernel: int, *, see_centre: bool):
        super().__init__(channels, out_channels, kernel, padding=kernel // 2)
        mask = torch.zeros(kernel, kernel)
        mask[: kernel // 2] = 1
        mask[kernel // 2, : kernel // 2 + see_centre] = 1
        self.register_buffer("mask", mask)

    def forward(self, input: Tensor) -> Tensor:
        return F.conv2d(input, self.weight * self.mask, self.bias, padding=self.padding)


class AutoregressiveDecoder(Decoder):
    """p(x|z) = Π_i p(x_i | x_<i, z) in raster order; the channels of one pixel are independent given those before it.

    The code's planes are added before every masked layer. ``reach`` is the number of rows above, and of columns on each
    side, that a pixel depends on.
    """

    autoregressive: ClassVar[bool] = True

    def __init__(self, trunk: nn.Module, shape: Shape, features: int, kernel: int, depth: int):
        super().__init__(trunk, shape)
        self.reach = kernel // 2 + depth
        self.first = MaskedConv(shape[0], features, kernel, see_centre=False)
        self.masked = nn.ModuleList(MaskedConv(features, features, 3, see_centre=True) for _ in range(depth))
        self.last = nn.Conv2d(features, shape[0], 1)

    def reset(self, bias: Float[Tensor, "channels height width"]) -> None:
        super().reset(bias)
        for layer in (self.first, *self.masked, self.last):
            he_init_(layer)
        with torch.no_grad():
            self.last.weight.mul_(0.1)  # as in Decoder: the first predictions are the mean image

    def planes(self, z: Float[Tensor, "batch latent"], context: Float[Tensor, "batch context"] | None) -> Planes:
        """Return the latent code as ``features`` planes of the image's size."""
        return self.trunk(z) if context is None else self.trunk(z, context)

    def predict(self, planes: Planes, x: Images) -> Images:
        """Return the parameters of every pixel given the earlier ones, without the bias; exact on a window of ``reach`` too."""
        h = self.first(x) + planes
        for layer in self.masked:
            h = h + layer(F.silu(h + planes))
        return self.last(F.silu(h))

    def forward(
        self, z: Float[Tensor, "batch latent"], context: Float[Tensor, "batch context"] | None = None, x: Images | None = None
    ) -> Images:
        """Return the parameters for the image ``x``, all pixels at once, as in training."""
        if x is None:
            raise BadInput("an autoregressive decoder has no single image per latent code; it can only generate samples")
        return self.predict(self.planes(z, context), x) + self.bias

    def generate(self, z: Float[Tensor, "batch latent"], context: Float[Tensor, "batch context"] | None, draw: Draw) -> Images:
        """Generate an image per latent code, pixel by pixel; ``draw`` samples one pixel from its parameters (B, C, 1, 1).

        Each pixel is computed on the window that it depends on: the cost of an image grows with its pixels, not their square.
        """
        planes = self.planes(z, context)
        _, height, width = self.bias.shape
        x = torch.zeros(len(z), *self.bias.shape, device=z.device)
        for i in range(height):
            rows = slice(max(0, i - self.reach), i + 1)
            for j in range(width):
                columns = slice(max(0, j - self.reach), j + self.reach + 1)
                params = self.predict(planes[:, :, rows, columns], x[:, :, rows, columns])[:, :, -1, j - columns.start]
                x[:, :, i, j] = draw((params + self.bias[:, i, j])[:, :, None, None])[:, :, 0, 0]
        return x


@dataclass(frozen=True)
class PixelCNN(Network):
    """The encoder of ``conv`` with an autoregressive decoder; van den Oord et al. 2016 (arXiv 1601.06759, 1606.05328).

    Information in the earlier pixels is not needed in z: with a wide view the KL goes to 0 (Chen et al. 2017, arXiv
    1611.02731). The view is ``first_kernel`` // 2 + ``depth`` pixels. Free bits, annealing or a narrow view keep z in use.
    """

    autoregressive: ClassVar[bool] = True
    channels: int = option(32, "channels of the first stage; the later ones have twice as many", low=1, high=256)
    hidden: int = option(128, "units of the fully connected layer", low=1, high=4096)
    features: int = option(32, "channels of the masked convolutions", low=1, high=256)
    first_kernel: int = option(7, "side of the first masked convolution", choices=(3, 5, 7, 9, 11))
    depth: int = option(4, "masked 3×3 convolutions after the first; each widens the view by a pixel", low=0, high=16)

    def build(self, shape: Shape, latent_dim: int, *, context: int = 0) -> tuple[Encoder, Decoder]:
        stages = halvings(shape, self.channels, "pixelcnn")
        inputs = (shape[0] + (context > 0), *shape[1:])
        codes = latent_dim + context
        down, up = conv_trunks(inputs, self.features, codes, stages, overlap=2, hidden=self.hidden, act=nn.SiLU)
        decoder = AutoregressiveDecoder(up, shape, self.features, self.first_kernel, self.depth)
        return Encoder(down, self.hidden, latent_dim), decoder
