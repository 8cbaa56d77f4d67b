"""Images in memory, with labels, factors and names."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Int, UInt8

from vae_core.common.errors import BadInput
from vae_core.common.seeds import rng


@dataclass(frozen=True)
class Dataset:
    """N images as uint8, with labels or generative factors if they are known.

    Arrays stay NumPy here; training moves the bytes to its device once and scales batches on the fly (2–5× the throughput
    of Dataset + DataLoader + ToTensor on small networks, see benchmarks/).
    """

    name: str
    images: UInt8[np.ndarray, "n channels height width"]
    labels: Int[np.ndarray, "n"] | None = None
    class_names: tuple[str, ...] = ()
    factors: Int[np.ndarray, "n factors"] | None = None
    factor_names: tuple[str, ...] = ()
    factor_sizes: tuple[int, ...] = ()
    split: str = "all"
    skipped: tuple[str, ...] = ()  # unreadable files of an upload, each with the reason

    def __post_init__(self) -> None:
        n = len(self.images)
        if n == 0:
            raise BadInput(f"dataset {self.name!r} holds no images")
        for what, values in (("labels", self.labels), ("factors", self.factors)):
            if values is not None and len(values) != n:
                raise BadInput(f"dataset {self.name!r} has {n} images but {len(values)} {what}; each image needs one")
        if self.labels is not None and not 0 <= self.labels.min() <= self.labels.max() < len(self.class_names):
            raise BadInput(
                f"dataset {self.name!r} has labels {self.labels.min()}–{self.labels.max()}, "
                f"but {len(self.class_names)} class names; labels count from 0"
            )
        if self.factors is not None:
            given = (self.factors.shape[1], len(self.factor_names), len(self.factor_sizes))
            if len(set(given)) != 1:
                raise BadInput(f"dataset {self.name!r}: factors, names and sizes differ in number: {given}")

    def __len__(self) -> int:
        return len(self.images)

    @property
    def shape(self) -> tuple[int, int, int]:
        """(channels, height, width)"""
        channels, height, width = self.images.shape[1:]
        return channels, height, width

    @property
    def n_classes(self) -> int:
        return len(self.class_names)

    def take(self, index: np.ndarray, *, split: str | None = None) -> "Dataset":
        """Return the images at ``index``, in that order."""
        return replace(
            self,
            images=self.images[index],
            labels=None if self.labels is None else self.labels[index],
            factors=None if self.factors is None else self.factors[index],
            split=split or self.split,
        )

    def subset(self, n: int | None, *, seed: int = 0) -> "Dataset":
        """Return ``n`` images drawn without replacement, in their original order; all if ``n`` is None or too large."""
        return self if n is None or n >= len(self) else self.take(draw_rows(n, len(self), seed=seed))


def draw_rows(n: int, total: int, *, seed: int = 0) -> Int[np.ndarray, "n"]:
    """Draw ``n`` of 0 … total − 1 without replacement, sorted; a smaller draw of the same seed is part of a larger one."""
    if n < 1:
        raise BadInput(f"a subset needs at least 1 image, got {n}")
    return np.sort(rng(seed, "subset").permutation(total)[:n])


def split_off(dataset: Dataset, fraction: float = 0.1, *, seed: int = 0) -> tuple[Dataset, Dataset]:
    """Split into (train, test), disjoint and complete; with labels the test part is ``fraction`` of every class.

    The split has its own seed, not the model's: models of several seeds are then compared on the same held-out images.

    Raises:
        BadInput: A fraction outside (0, 1), or a part without images.
    """
    if not 0 < fraction < 1:
        raise BadInput(f"the held-out fraction must lie between 0 and 1, got {fraction}")
    order = rng(seed, "split").permutation(len(dataset))
    groups = [order]
    if dataset.labels is not None:
        labels = dataset.labels[order]
        groups = [order[labels == c] for c in np.unique(labels)]
    held_out = np.zeros(len(dataset), dtype=bool)
    for group in groups:
        held_out[group[: round(fraction * len(group))]] = True
    if not held_out.any() or held_out.all():
        raise BadInput(f"dataset {dataset.name!r} is too small to hold out {fraction:.0%} of {len(dataset)} images")
    return dataset.take(np.flatnonzero(~held_out), split="train"), dataset.take(np.flatnonzero(held_out), split="test")
