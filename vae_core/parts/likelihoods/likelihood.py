"""Base classes of the likelihoods: densities over images, always summed over pixels, in nats."""

import math
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from vae_core.common.fields import Configurable

Images = Float[Tensor, "*sample batch channels height width"]
Nats = Float[Tensor, "*sample batch"]


def sum_pixels(values: Images) -> Nats:
    """Sum over pixels and channels; a mean instead would make β depend on the image's size."""
    return values.flatten(-3).sum(-1)


class Likelihood(Configurable):
    """Recipe of p(x|z). ``params`` is the decoder's output, of the images' shape; ``state`` its ``parameters``."""

    def parameters(self) -> nn.ParameterDict:
        """Return the scalars of the density that are trained with the weights, such as log σ."""
        return nn.ParameterDict()

    def binarize_input(self, x: Images, generator: torch.Generator | None) -> Images:
        """Return the x that the density is of: the grey values, or binary draws from them if the recipe asks for these."""
        return x

    def nll(self, params: Images, x: Images, state: nn.ParameterDict) -> Nats:
        """−log p(x|z), nats."""
        raise TypeError(f"{type(self).__name__} defines no density")

    def mean(self, params: Images) -> Images:
        """Return E[x|z], the displayed image, in [0, 1]."""
        raise TypeError(f"{type(self).__name__} defines no mean")

    def sample(self, params: Images, state: nn.ParameterDict, generator: torch.Generator | None) -> Images:
        """Draw x ~ p(x|z), each pixel on its own."""
        raise TypeError(f"{type(self).__name__} cannot be sampled")

    def inverse_mean(self, mean: Tensor) -> Tensor:
        """Return the decoder output whose ``mean`` is this image: the initial value of the output bias."""
        raise TypeError(f"{type(self).__name__} defines no inverse of its mean")


class ScaledLikelihood(Likelihood):
    """A density around the decoder's output μ with one scale for all pixels, fixed or trained; subclasses declare the fields.

    A trained scale balances the two terms of the ELBO without a β (σ-VAE, Rybkin et al. 2021, arXiv 2006.13202).
    """

    scale_field: ClassVar[str]  # the name of the scale; the flag that trains it is "learned_" + this name

    @property
    def _scale(self) -> float:
        return getattr(self, self.scale_field)

    @property
    def _trained(self) -> bool:
        return getattr(self, f"learned_{self.scale_field}")

    def parameters(self) -> nn.ParameterDict:
        if not self._trained:
            return nn.ParameterDict()
        return nn.ParameterDict({f"log_{self.scale_field}": nn.Parameter(torch.tensor(math.log(self._scale)))})

    def log_scale(self, state: nn.ParameterDict, device: torch.device) -> Float[Tensor, ""]:
        """Return the logarithm of the scale, trained or fixed."""
        if self._trained:
            return state[f"log_{self.scale_field}"]
        return torch.tensor(math.log(self._scale), device=device)

    def mean(self, params: Images) -> Images:
        return params.clamp(0, 1)

    def inverse_mean(self, mean: Tensor) -> Tensor:
        return mean


def uniform_like(like: Tensor, generator: torch.Generator | None) -> Tensor:
    """Draw uniform numbers strictly inside (0, 1), of the shape of ``like``, for inverse cumulative distributions."""
    tiny = torch.finfo(like.dtype).eps
    draw = torch.rand(like.shape, generator=generator, device=like.device, dtype=like.dtype)
    return draw.clamp(tiny, 1 - tiny)
