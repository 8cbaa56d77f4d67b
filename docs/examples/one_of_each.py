"""A plugin with one new part of each kind: data set, network, likelihood, prior, objective, schedule and metric."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from vae_core.common.fields import option
from vae_core.common.progress import Progress
from vae_core.data import DATASETS, Dataset
from vae_core.data.source import Request, requested_part
from vae_core.evaluation import METRICS, EvaluationContext, Metric
from vae_core.parts.forward import Forward
from vae_core.parts.likelihoods import LIKELIHOODS, Likelihood
from vae_core.parts.likelihoods.likelihood import sum_pixels
from vae_core.parts.networks import NETWORKS, Decoder, Encoder, Network, Shape
from vae_core.parts.objectives import OBJECTIVES, Objective, Term
from vae_core.parts.posterior import Posterior
from vae_core.parts.priors import PRIORS, Density, Prior
from vae_core.parts.schedules import SCHEDULES, Schedule


@dataclass(frozen=True)
class Bars:
    """8×8 images of one horizontal or vertical bar each; the class is the direction."""

    summary: str = "a bar in one of two directions"
    offline: bool = True
    shape: Shape = (1, 8, 8)

    def load(self, request: Request) -> Dataset:
        place, direction = np.divmod(np.arange(400), 2)
        images = np.zeros((400, 1, 8, 8), np.uint8)
        for image, row, vertical in zip(images, place % 8, direction, strict=True):
            image[0, row] = 255
            if vertical:
                image[0] = image[0].T.copy()
        dataset = Dataset(request.name, images, labels=direction.astype(np.int64), class_names=("across", "down"))
        return requested_part(dataset, request)


@dataclass(frozen=True)
class Tanh(Network):
    """One hidden layer of tanh units on each side."""

    convolutional: ClassVar[bool] = False
    tanh_units: int = option(32, "units of the hidden layer", low=1)

    def build(self, shape: Shape, latent_dim: int, *, context: int = 0) -> tuple[Encoder, Decoder]:
        inputs = math.prod(shape) + (context > 0) * math.prod(shape[1:])
        down = nn.Sequential(nn.Flatten(), nn.Linear(inputs, self.tanh_units), nn.Tanh())
        up = [nn.Linear(latent_dim + context, self.tanh_units), nn.Tanh(), nn.Linear(self.tanh_units, math.prod(shape))]
        return Encoder(down, self.tanh_units, latent_dim), Decoder(nn.Sequential(*up, nn.Unflatten(1, shape)), shape)


@dataclass(frozen=True)
class Logistic(Likelihood):
    """Logistic density around μ: p(x) = e^−d / (s (1 + e^−d)²), d = (x − μ)/s."""

    logistic_scale: float = option(0.1, "scale s of the density", above=0)

    def nll(self, params: Tensor, x: Tensor, state: nn.ParameterDict) -> Tensor:
        distance = (x - params) / self.logistic_scale
        return sum_pixels(distance + 2 * softplus(-distance) + math.log(self.logistic_scale))

    def mean(self, params: Tensor) -> Tensor:
        return params.clamp(0, 1)

    def sample(self, params: Tensor, state: nn.ParameterDict, generator: torch.Generator | None = None) -> Tensor:
        uniform = torch.rand(params.shape, generator=generator, device=params.device).clamp(1e-6, 1 - 1e-6)
        return params + self.logistic_scale * torch.logit(uniform)

    def inverse_mean(self, mean: Tensor) -> Tensor:
        return mean


@dataclass(frozen=True)
class Wide(Prior):
    """p(z) = N(0, σ² I) with a fixed σ."""

    learns: ClassVar[bool] = False
    width: float = option(2.0, "standard deviation σ of each unit", above=0)

    def density(self, state: nn.Module, latent_dim: int, encode: Callable[[Tensor], Posterior] | None) -> Density:
        return WideNormal(latent_dim, self.width)


@dataclass(frozen=True)
class WideNormal(Density):
    """The density of ``Wide``; its KL is the estimate from one sample."""

    latent_dim: int
    width: float

    def log_prob(self, z: Tensor) -> Tensor:
        return -0.5 * ((z / self.width) ** 2 + math.log(2 * math.pi * self.width**2)).sum(-1)

    def sample(self, n: int, generator: torch.Generator) -> Tensor:
        return self.width * torch.randn(n, self.latent_dim, generator=generator, device=generator.device)


@dataclass(frozen=True)
class Shrunk(Objective):
    """L = E[−log p(x|z)] + KL(q(z|x) ‖ p(z)) + λ E‖μ(x)‖²."""

    shrinkage: float = option(0.1, "weight λ of the squared length of μ", low=0, live=True)

    def terms(self, forward: Forward, *, step: int, n_train: int) -> dict[str, Term]:
        return {
            "reconstruction": Term(1.0, forward.nll.mean()),
            "kl": Term(1.0, forward.rate, annealed=True),
            "length": Term(self.shrinkage, (forward.posterior.mean**2).sum(-1).mean()),
        }


@dataclass(frozen=True)
class Quadratic(Schedule):
    """min(1, (step/T)²)."""

    rise_steps: int = option(100, "steps T until the full weight", low=1)

    def __call__(self, step: int) -> float:
        return min(1.0, (step / self.rise_steps) ** 2)


@dataclass(frozen=True)
class CodeLength(Metric):
    """Mean Euclidean length of μ(x) over the images."""

    title: ClassVar[str] = "Length of the code"
    headline: ClassVar[dict[str, str]] = {"length": "length of μ"}
    n_images: int = option(1000, "images measured, a seeded subset", low=1)
    seed: int = option(0, "decides the subset", low=0)

    def measure(self, context: EvaluationContext, progress: Progress) -> dict:
        mean = context.codes(self.n_images, self.seed).mean
        progress(1.0)
        return {"length": float(np.linalg.norm(mean, axis=1).mean()), "n_measured": len(mean)}


DATASETS["bars"] = Bars()
NETWORKS["tanh"] = Tanh
LIKELIHOODS["logistic"] = Logistic
PRIORS["wide"] = Wide
OBJECTIVES["shrunk"] = Shrunk
SCHEDULES["quadratic"] = Quadratic
METRICS["code_length"] = CodeLength
