"""Densities with one logit per pixel: on {0, 1}, and on the interval between them."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vae_core.common.fields import option
from vae_core.parts.likelihoods.likelihood import Images, Likelihood, Nats, sum_pixels, uniform_like


@dataclass(frozen=True)
class Bernoulli(Likelihood):
    """−log p(x|z) = −Σ x log λ + (1−x) log(1−λ), λ = sigmoid(params).

    A density for binary x only. On grey values it is a pseudo-likelihood (the binary cross-entropy), and is labelled so;
    with ``binarize`` every pass draws x ~ Bernoulli(grey value) anew (dynamic binarization, Salakhutdinov & Murray 2008;
    Burda et al. 2016, arXiv 1509.00519), and the numbers are log-likelihoods of binary images.
    """

    binarize: bool = option(False, "draw binary images from the grey values, anew in every pass")

    def binarize_input(self, x: Images, generator: torch.Generator | None) -> Images:
        if not self.binarize:
            return x
        return (torch.rand(x.shape, generator=generator, device=x.device, dtype=x.dtype) < x).to(x.dtype)

    def nll(self, params: Images, x: Images, state: nn.ParameterDict) -> Nats:
        # on logits: a sigmoid first saturates in float32
        return sum_pixels(F.binary_cross_entropy_with_logits(params, x.expand_as(params), reduction="none"))

    def mean(self, params: Images) -> Images:
        return torch.sigmoid(params)

    def sample(self, params: Images, state: nn.ParameterDict, generator: torch.Generator | None) -> Images:
        return (uniform_like(params, generator) < torch.sigmoid(params)).to(params.dtype)

    def inverse_mean(self, mean: Tensor) -> Tensor:
        return torch.logit(mean)


NEAR_HALF = 0.5  # |logit| below which the closed forms cancel in float32, and their series is exact to 1e-7


@dataclass(frozen=True)
class ContinuousBernoulli(Likelihood):
    """p(x|z) = C(λ) λˣ (1−λ)¹⁻ˣ on [0, 1]; Loaiza-Ganem & Cunningham 2019 (arXiv 1907.06845).

    In the logit t it is an exponential family, −log p = A(t) − t x with A(t) = log((eᵗ − 1)/t); around t = 0 (λ = 1/2),
    where that is 0/0, by its Taylor series.
    """

    def nll(self, params: Images, x: Images, state: nn.ParameterDict) -> Nats:
        t = params
        near = t.abs() < NEAR_HALF
        safe = torch.where(near, torch.ones_like(t), t)  # so that a NaN of the unused branch does not reach the gradient
        far = F.relu(safe) + torch.log1p(-torch.exp(-safe.abs())) - torch.log(safe.abs())
        series = t / 2 + t**2 / 24 - t**4 / 2880 + t**6 / 181_440
        return sum_pixels(torch.where(near, series, far) - t * x)

    def mean(self, params: Images) -> Images:
        return continuous_mean(params)

    def sample(self, params: Images, state: nn.ParameterDict, generator: torch.Generator | None) -> Images:
        """Sample by the inverse of the cumulative distribution, x = log(1 + u (eᵗ − 1)) / t."""
        t, u = params, uniform_like(params, generator)
        safe = torch.where(t.abs() < 1e-3, torch.ones_like(t), t)
        # for t > 0 in the form that does not overflow: x = 1 + log(u + (1 − u) e⁻ᵗ) / t
        above = 1 + torch.log(u + (1 - u) * torch.exp(-safe.abs())) / safe.abs()
        below = 1 - (1 + torch.log((1 - u) + u * torch.exp(-safe.abs())) / safe.abs())
        return torch.where(t.abs() < 1e-3, u, torch.where(t > 0, above, below)).clamp(0, 1)

    def inverse_mean(self, mean: Tensor) -> Tensor:
        """Return the logit of this mean, by bisection: A′ has no closed inverse, and this runs once per model."""
        low, high = torch.full_like(mean, -1000.0), torch.full_like(mean, 1000.0)
        for _ in range(60):
            middle = (low + high) / 2
            too_low = continuous_mean(middle) < mean
            low, high = torch.where(too_low, middle, low), torch.where(too_low, high, middle)
        return (low + high) / 2


def continuous_mean(t: Tensor) -> Tensor:
    """A′(t) = 1/(1 − e⁻ᵗ) − 1/t, the mean of the continuous Bernoulli of logit t: not λ itself."""
    near = t.abs() < NEAR_HALF
    safe = torch.where(near, torch.ones_like(t), t)
    size = safe.abs()  # the far side by symmetry: exp of a large number would make the gradient 0/0
    far = -1 / torch.expm1(-size) - 1 / size
    series = 0.5 + t / 12 - t**3 / 720 + t**5 / 30_240
    return torch.where(near, series, torch.where(t > 0, far, 1 - far)).clamp(0, 1)
