"""Densities around a pixel's predicted value: squared and absolute error, each with a scale."""

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import nn

from vae_core.common.fields import option
from vae_core.parts.likelihoods.likelihood import Images, Nats, ScaledLikelihood, sum_pixels, uniform_like


@dataclass(frozen=True)
class Gaussian(ScaledLikelihood):
    """−log p(x|z) = Σ (x − μ)²/2σ² + log σ + ½ log 2π, one σ for all pixels; with fixed σ the mean squared error, scaled.

    With ``learned_sigma`` the scale is trained (σ-VAE, Rybkin et al. 2021, arXiv 2006.13202).
    """

    scale_field: ClassVar[str] = "sigma"
    sigma: float = option(0.1, "standard deviation of a pixel given z, on the [0, 1] scale", above=0)
    learned_sigma: bool = option(False, "train σ with the weights, starting from sigma")

    def nll(self, params: Images, x: Images, state: nn.ParameterDict) -> Nats:
        log_sigma = self.log_scale(state, params.device)
        squared = (x - params) ** 2 * torch.exp(-2 * log_sigma)
        return sum_pixels(0.5 * squared + log_sigma + 0.5 * math.log(2 * math.pi))

    def sample(self, params: Images, state: nn.ParameterDict, generator: torch.Generator | None) -> Images:
        noise = torch.randn(params.shape, generator=generator, device=params.device, dtype=params.dtype)
        return params + self.log_scale(state, params.device).exp() * noise


@dataclass(frozen=True)
class Laplace(ScaledLikelihood):
    """−log p(x|z) = Σ |x − μ|/b + log 2b, one b for all pixels: the absolute error as a density."""

    scale_field: ClassVar[str] = "scale"
    scale: float = option(0.1, "mean absolute deviation b of a pixel given z, on the [0, 1] scale", above=0)
    learned_scale: bool = option(False, "train the scale with the weights, starting from scale")

    def nll(self, params: Images, x: Images, state: nn.ParameterDict) -> Nats:
        log_b = self.log_scale(state, params.device)
        return sum_pixels((x - params).abs() * torch.exp(-log_b) + log_b + math.log(2))

    def sample(self, params: Images, state: nn.ParameterDict, generator: torch.Generator | None) -> Images:
        u = uniform_like(params, generator) - 0.5
        return params - self.log_scale(state, params.device).exp() * u.sign() * torch.log1p(-2 * u.abs())
