"""p(x|z): how a decoder's output becomes a density over images, always summed over pixels, in nats."""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from vae_core.fields import Configurable, option

Images = Float[Tensor, "*sample batch channels height width"]
Nats = Float[Tensor, "*sample batch"]


def sum_pixels(values: Images) -> Nats:
    """Sum over pixels and channels: a mean instead would make β depend on the image's size."""
    return values.flatten(-3).sum(-1)


class Likelihood(Configurable):
    """One observation model. ``params`` is the decoder's raw output, of the images' shape; ``state`` is what it learns."""

    def learned(self) -> nn.ParameterDict:
        """Scalars of the density that are trained with the weights, such as log σ."""
        return nn.ParameterDict()

    def nll(self, params: Images, x: Images, state: nn.ParameterDict) -> Nats:
        """−log p(x|z), nats."""
        raise TypeError(f"{type(self).__name__} defines no density")

    def mean(self, params: Images) -> Images:
        """E[x|z], the image that is shown, in [0, 1]."""
        raise TypeError(f"{type(self).__name__} defines no mean")

    def raw(self, mean: Tensor) -> Tensor:
        """The decoder output whose ``mean`` is this image: what the output bias starts at."""
        raise TypeError(f"{type(self).__name__} defines no inverse of its mean")


@dataclass(frozen=True)
class Bernoulli(Likelihood):
    """−log p(x|z) = −Σ x log λ + (1−x) log(1−λ), λ = sigmoid(params).

    A density for binary x only. On grey values it is a pseudo-likelihood (the binary cross-entropy), and is named so.
    """

    def nll(self, params: Images, x: Images, state: nn.ParameterDict) -> Nats:
        # on logits: a sigmoid first saturates in float32
        return sum_pixels(F.binary_cross_entropy_with_logits(params, x.expand_as(params), reduction="none"))

    def mean(self, params: Images) -> Images:
        return torch.sigmoid(params)

    def raw(self, mean: Tensor) -> Tensor:
        return torch.logit(mean)


@dataclass(frozen=True)
class Gaussian(Likelihood):
    """−log p(x|z) = Σ (x − μ)²/2σ² + log σ + ½ log 2π, one σ for all pixels.

    With ``learned_sigma`` the scale is trained: it balances the two terms of the ELBO without a β (σ-VAE, Rybkin et al.
    2021, arXiv 2006.13202).
    """

    sigma: float = option(0.1, "standard deviation of a pixel given z, on the [0, 1] scale", above=0)
    learned_sigma: bool = option(False, "train σ with the weights, starting from sigma")

    def learned(self) -> nn.ParameterDict:
        if not self.learned_sigma:
            return nn.ParameterDict()
        return nn.ParameterDict({"log_sigma": nn.Parameter(torch.tensor(math.log(self.sigma)))})

    def nll(self, params: Images, x: Images, state: nn.ParameterDict) -> Nats:
        log_sigma = state["log_sigma"] if self.learned_sigma else torch.tensor(math.log(self.sigma), device=params.device)
        squared = (x - params) ** 2 * torch.exp(-2 * log_sigma)
        return sum_pixels(0.5 * squared + log_sigma + 0.5 * math.log(2 * math.pi))

    def mean(self, params: Images) -> Images:
        return params.clamp(0, 1)

    def raw(self, mean: Tensor) -> Tensor:
        return mean


LIKELIHOODS = {
    "bernoulli": Bernoulli,
    "gaussian": Gaussian,
}
