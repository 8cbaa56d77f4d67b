"""What is measured: a model on a data set, and what several metrics need of the two."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from vae_core.checkpoints.trained_vae import Labels, TrainedVAE
from vae_core.common.errors import BadInput
from vae_core.data.dataset import Dataset


@dataclass(frozen=True)
class Codes:
    """q(z|x_n) of N images: mean and standard deviation, (N, D)."""

    mean: Float[np.ndarray, "n latent"]
    std: Float[np.ndarray, "n latent"]


@dataclass(frozen=True)
class EvaluationContext:
    """A model, the images it is measured on, and the images that a classifier may be trained on (by default the same).

    Codes, classifiers and samples are kept, so that ten metrics encode the data set once.
    """

    model: TrainedVAE
    dataset: Dataset
    train_set: Dataset | None = None
    cache: Path | None = None  # a folder for what outlives this evaluation
    _cache: dict[Hashable, Any] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self):
        for dataset in (self.dataset, self.classifier_set):
            if dataset.shape != self.model.shape:
                raise BadInput(
                    f"the model takes images of shape {self.model.shape}, dataset {dataset.name!r} has {dataset.shape}"
                )

    @property
    def classifier_set(self) -> Dataset:
        return self.dataset if self.train_set is None else self.train_set

    def shared_settings(self) -> dict:
        """The part of a result's settings that every metric shares."""
        dataset = self.dataset
        return {"dataset": dataset.name, "split": dataset.split, "images": len(dataset), "step": self.model.step}

    def cached(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """``make()``, computed at the first call with this key."""
        if key not in self._cache:
            self._cache[key] = make()
        return self._cache[key]

    def codes(self, n: int, seed: int) -> Codes:
        """The posteriors of a seeded subset of n images."""
        return self.cached(("codes", n, seed), lambda: self._encoded(self.dataset.subset(n, seed=seed)))

    def _encoded(self, dataset: Dataset) -> Codes:
        return encode(self.model, dataset.images, self.model.config.conditional.labels(dataset))


def encode(model: TrainedVAE, images: np.ndarray, labels: Labels | None = None) -> Codes:
    """The posteriors of ``images``; codes that are not finite are refused, for every number of them would be."""
    mean, std = model.encode(images, labels)
    if bad := int((~np.isfinite(mean) | ~np.isfinite(std)).any(axis=1).sum()):
        raise BadInput(
            f"the codes of {bad} of {len(mean)} images are not finite (NaN or infinite); nothing can be measured of them"
        )
    return Codes(mean, std)
