"""The evaluation context: a model, a data set, and intermediate results that several metrics share."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
from jaxtyping import Float

from vae_core.checkpoints.condition_input import Labels
from vae_core.checkpoints.trained_vae import TrainedVAE
from vae_core.common.errors import BadInput
from vae_core.data.dataset import Dataset

Cached = TypeVar("Cached")


class ImageModel(Protocol):
    """A trained model that can be sampled: a VAE, a GAN or a diffusion model."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """(channels, height, width)"""
        ...

    @property
    def step(self) -> int:
        """Optimizer steps of its training."""
        ...

    def sample(self, n: int, seed: int) -> np.ndarray:
        """Draw n images (N, C, H, W) in [0, 1]."""
        ...


@dataclass(frozen=True)
class Codes:
    """q(z|x_n) of N images: mean and standard deviation, (N, D)."""

    mean: Float[np.ndarray, "n latent"]
    std: Float[np.ndarray, "n latent"]


@dataclass(frozen=True)
class EvaluationContext:
    """A model, the images it is measured on, and the images that a classifier may be trained on (by default the same).

    Codes, classifiers and samples are cached, so that ten metrics encode the data set once.
    """

    model: ImageModel
    dataset: Dataset
    train_set: Dataset | None = None
    cache: Path | None = None  # folder of trained classifiers, which later evaluations read again
    _cached: dict[Hashable, Any] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self):
        for dataset in (self.dataset, self.classifier_set):
            if dataset.shape != self.model.shape:
                raise BadInput(
                    f"the model takes images of shape {self.model.shape}, dataset {dataset.name!r} has {dataset.shape}"
                )

    @property
    def trained_vae(self) -> TrainedVAE:
        """The model, for metrics that need an encoder.

        Raises:
            BadInput: the model is a GAN or a diffusion model.
        """
        if not isinstance(self.model, TrainedVAE):
            raise BadInput("this model has no encoder")
        return self.model

    @property
    def classifier_set(self) -> Dataset:
        """The images that a classifier is trained on."""
        return self.dataset if self.train_set is None else self.train_set

    def shared_settings(self) -> dict[str, Any]:
        """Return the settings that every result has in common."""
        dataset = self.dataset
        return {"dataset": dataset.name, "split": dataset.split, "images": len(dataset), "step": self.model.step}

    def cached(self, key: Hashable, compute: Callable[[], Cached]) -> Cached:
        """Return ``compute()``, which runs at the first call with this key only."""
        if key not in self._cached:
            self._cached[key] = compute()
        return self._cached[key]

    def codes(self, n: int, seed: int) -> Codes:
        """Encode a seeded subset of n images."""

        def compute() -> Codes:
            subset = self.dataset.subset(n, seed=seed)
            return encode(self.trained_vae, subset.images, self.trained_vae.config.conditional.labels(subset))

        return self.cached(("codes", n, seed), compute)


def encode(model: TrainedVAE, images: np.ndarray, labels: Labels | None = None) -> Codes:
    """Encode ``images`` and check that the codes are finite.

    Raises:
        BadInput: codes are NaN or infinite, so that every number computed from them would be, too.
    """
    mean, std = model.encode(images, labels)
    if bad := int((~np.isfinite(mean) | ~np.isfinite(std)).any(axis=1).sum()):
        raise BadInput(
            f"the codes of {bad} of {len(mean)} images are not finite (NaN or infinite); nothing can be measured of them"
        )
    return Codes(mean, std)
