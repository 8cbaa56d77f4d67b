"""Conditions of a model: class or factor labels, and β.

A ``Conditional`` recipe names the labels and how they enter; a ``Condition`` holds the values of one batch; a ``Conditioner``
in the model turns them into a context vector; the trunks below take that vector as a second input.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, cast

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from vae_core.common.errors import BadInput
from vae_core.common.fields import Configurable, option
from vae_core.data.dataset import Dataset

UNKNOWN = -1  # a label that is not given, or hidden by label dropout


@dataclass(frozen=True)
class Condition:
    """The values of one batch: a column of labels per known property, and one β for all images.

    Instead of labels there may be ``weights``, one per value of each property: a blend of labels. Where the weights of a
    property sum to less than 1, the rest is the weight of *unknown*.
    """

    labels: Int[Tensor, "batch properties"] | None = None
    beta: float | None = None
    weights: Float[Tensor, "batch values"] | None = None

    def rows(self, rows: slice) -> "Condition":
        """Return the condition of a part of the batch."""
        return self._map_columns(lambda column: column[rows])

    def repeat(self, times: int) -> "Condition":
        """Return the condition of the batch repeated ``times`` times."""
        return self._map_columns(lambda column: column.repeat(times, 1))

    def _map_columns(self, change: Callable[[Tensor], Tensor]) -> "Condition":
        labels, weights = (None if column is None else change(column) for column in (self.labels, self.weights))
        return Condition(labels, self.beta, weights)


class Conditional(Configurable):
    """Recipe of a condition on labels. The label enters the encoder and the decoder, Sohn et al. 2015.

    ``film`` scales and shifts every hidden layer by the context (Perez et al. 2018, arXiv 1709.07871): it reaches all
    depths and suits images. ``concat`` appends the context to the code, and to the image as one more plane: the classic
    form, and the only one for a linear network.
    """

    inject: str = "film"
    label_dropout: float = 0.0  # share of labels hidden in training

    def sizes(self, n_classes: int, factor_sizes: tuple[int, ...]) -> tuple[int, ...]:
        """Return the number of values of each property; empty without labels."""
        return ()

    def labels(self, dataset: Dataset) -> Int[np.ndarray, "n properties"] | None:
        """Return the properties of a data set's images; None without labels.

        Raises:
            BadInput: The data set does not have them.
        """
        return None


@dataclass(frozen=True)
class Unconditional(Conditional):
    """No labels: encoder and decoder depend on image and latent code only."""


@dataclass(frozen=True)
class OnLabels(Conditional):
    """p(x|z, y) and q(z|x, y), y the class; Sohn et al. 2015. With z free of y, one z is one style in all classes."""

    inject: str = option("film", "how the label enters: film, or concat", choices=("film", "concat"))
    embedding: int = option(0, "width of a learned embedding of each label; 0 is one-hot", low=0, high=256)
    label_dropout: float = option(
        0.1, "share of labels hidden in training, so that the model also works without a label", low=0, below=1
    )

    def sizes(self, n_classes: int, factor_sizes: tuple[int, ...]) -> tuple[int, ...]:
        return (n_classes,)

    def labels(self, dataset: Dataset) -> Int[np.ndarray, "n properties"] | None:
        if dataset.labels is None:
            raise BadInput(
                f"conditional 'labels' needs class labels, which dataset {dataset.name!r} does not have; choose 'none'"
            )
        return dataset.labels[:, None]


@dataclass(frozen=True)
class OnFactors(OnLabels):
    """The same with every known generative factor as a label: z is left with the variation that no factor explains."""

    def sizes(self, n_classes: int, factor_sizes: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(factor_sizes)

    def labels(self, dataset: Dataset) -> Int[np.ndarray, "n properties"] | None:
        if dataset.factors is None:
            raise BadInput(
                f"conditional 'factors' needs known factors, which dataset {dataset.name!r} does not have; choose 'none'"
            )
        return dataset.factors


CONDITIONALS: dict[str, type[Conditional]] = {
    "none": Unconditional,
    "labels": OnLabels,
    "factors": OnFactors,
}


class Conditioner(nn.Module):
    """Condition → context (B, C): an entry per label, of which the last one means *unknown*, and a curve in log β."""

    RATE_FEATURES: ClassVar[int] = 16

    def __init__(self, recipe: Conditional, sizes: tuple[int, ...], beta_range: tuple[float, float] | None):
        super().__init__()
        self.sizes, self.beta_range = sizes, beta_range
        embedding = getattr(recipe, "embedding", 0)
        self.tables = nn.ModuleList(nn.Embedding(n + 1, embedding) for n in sizes) if embedding else None
        self.width = sum(embedding or n + 1 for n in sizes)
        self.vector_size = sum(sizes) + bool(beta_range)  # columns of ``to_vector``
        if beta_range:
            self.rate = nn.Sequential(nn.Linear(1, self.RATE_FEATURES), nn.SiLU())
            self.width += self.RATE_FEATURES

    def to_vector(self, condition: Condition | None, n: int, device: torch.device) -> Float[Tensor, "n condition"]:
        """Return a condition as a vector: a weight per value of each label, then β; by default zeros, and β = 1."""
        condition = condition or Condition()
        parts = []
        if condition.weights is not None:
            parts.append(condition.weights)
        elif condition.labels is not None:
            indices = [torch.where(column == UNKNOWN, size, column) for column, size in zip(condition.labels.T, self.sizes)]
            parts += [F.one_hot(index, size + 1)[:, :-1].float() for index, size in zip(indices, self.sizes)]
        elif self.sizes:
            parts.append(torch.zeros(n, sum(self.sizes), device=device))
        if self.beta_range:
            parts.append(torch.full((n, 1), condition.beta or 1.0, device=device))
        return torch.cat(parts, dim=1)

    def forward(self, vector: Float[Tensor, "n condition"]) -> Float[Tensor, "n context"]:
        """Return the context of a vector from ``to_vector``; a β outside the range is clamped to it."""
        parts, at = [], 0
        for i, size in enumerate(self.sizes):
            known = vector[:, at : at + size]
            weights = torch.cat([known, 1 - known.sum(1, keepdim=True)], dim=1)
            parts.append(weights @ cast(nn.Embedding, self.tables[i]).weight if self.tables else weights)
            at += size
        if self.beta_range:
            low, high = map(math.log, self.beta_range)
            log_beta = vector[:, at:].clamp(*self.beta_range).log()
            parts.append(self.rate(2 * (log_beta - low) / (high - low) - 1))
        return torch.cat(parts, dim=1)


class Film(nn.Module):
    """h ← h (1 + γ(c)) + δ(c), per channel; starts close to h, so that a fresh model is the unconditional one."""

    def __init__(self, context: int, channels: int):
        super().__init__()
        self.matrix = nn.Parameter(torch.randn(2 * channels, context) * 0.1 / math.sqrt(context))
        self.shift = nn.Parameter(torch.zeros(2 * channels))

    def forward(self, h: Tensor, c: Float[Tensor, "batch context"]) -> Tensor:
        gain, shift = F.linear(c, self.matrix, self.shift).chunk(2, dim=-1)
        spread = (*gain.shape, *(1,) * (h.ndim - 2))
        return h * (1 + gain.view(spread)) + shift.view(spread)


ACTIVATIONS = (nn.SiLU, nn.ReLU, nn.LeakyReLU, nn.ELU, nn.GELU, nn.Softplus, nn.Tanh, nn.Sigmoid)


class FilmTrunk(nn.Module):
    """A trunk with activations scaled and shifted by the context: an ``nn.Sequential`` with one of ``ACTIVATIONS``."""

    def __init__(self, trunk: nn.Module, context: int):
        super().__init__()
        if not isinstance(trunk, nn.Sequential):
            raise BadInput(f"inject 'film' needs a trunk that is an nn.Sequential, got {type(trunk).__name__}; choose 'concat'")
        self.trunk, self.films, channels = trunk, nn.ModuleDict(), 0
        for i, layer in enumerate(trunk):
            if isinstance(layer, nn.Linear):
                channels = layer.out_features
            elif isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
                channels = layer.out_channels
            elif isinstance(layer, ACTIVATIONS):
                self.films[str(i)] = Film(context, channels)
        if not self.films:
            raise BadInput("inject 'film' needs a network with a hidden layer; choose 'concat', or --layers 1 or more")

    def forward(self, h: Tensor, c: Float[Tensor, "batch context"]) -> Tensor:
        for i, layer in enumerate(self.trunk):
            h = layer(h)
            if str(i) in self.films:
                h = self.films[str(i)](h, c)
        return h


class PlaneTrunk(nn.Module):
    """An encoder's trunk with the context as one more plane of the image, by a learned linear layer."""

    def __init__(self, trunk: nn.Module, context: int, height: int, width: int):
        super().__init__()
        self.trunk = trunk
        self.plane = nn.Sequential(nn.Linear(context, height * width), nn.Unflatten(1, (1, height, width)))

    def forward(self, x: Float[Tensor, "batch channels height width"], c: Float[Tensor, "batch context"]) -> Tensor:
        return self.trunk(torch.cat([x, self.plane(c)], dim=1))


class CodeTrunk(nn.Module):
    """A decoder's trunk with the context appended to the latent code."""

    def __init__(self, trunk: nn.Module):
        super().__init__()
        self.trunk = trunk

    def forward(self, z: Float[Tensor, "batch latent"], c: Float[Tensor, "batch context"]) -> Tensor:
        return self.trunk(torch.cat([z, c], dim=1))
