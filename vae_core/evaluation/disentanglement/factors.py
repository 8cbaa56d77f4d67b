"""Factors of images: their source, checks, the train and test parts, and pairs that share a value."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from vae_core.common.errors import BadInput
from vae_core.common.seeds import rng
from vae_core.data.dataset import Dataset

MIN_IMAGES = 100  # with fewer images every score is mostly noise


@dataclass(frozen=True)
class Score:
    """A score and the unit × factor matrix that it is computed from; the best score is 1 unless the metric differs."""

    value: float
    matrix: Float[np.ndarray, "latent factors"]


@dataclass(frozen=True)
class Factors:
    """Factor values of each image, and the factors' names."""

    values: Int[np.ndarray, "n factors"]
    names: tuple[str, ...]


def factors_of(dataset: Dataset) -> Factors | None:
    """Return the data set's factors, or its class labels as a single factor, or None if it has neither."""
    if dataset.factors is not None:
        return Factors(dataset.factors, dataset.factor_names)
    if dataset.labels is not None:
        return Factors(dataset.labels[:, None], ("class label",))
    return None


def check_codes(codes: Float[np.ndarray, "n latent"], factors: Int[np.ndarray, "n factors"]) -> Int[np.ndarray, "n factors"]:
    """Check the codes and return the factors with their values numbered from 0.

    Raises:
        BadInput: codes are not finite, there are too few images, or a factor is constant.
    """
    if not np.isfinite(codes).all():
        bad = int((~np.isfinite(codes)).any(axis=1).sum())
        raise BadInput(f"the codes of {bad} of {len(codes)} images are not finite (NaN or infinite)")
    return rank_factors(factors)


def rank_factors(factors: Int[np.ndarray, "n factors"]) -> Int[np.ndarray, "n factors"]:
    """Return the factors with their values numbered from 0.

    Raises:
        BadInput: there are too few images, or a factor is constant.
    """
    if len(factors) < MIN_IMAGES:
        raise BadInput(f"disentanglement needs at least {MIN_IMAGES} images, got {len(factors)}")
    ranks = np.empty_like(factors)
    for k in range(factors.shape[1]):
        values, ranks[:, k] = np.unique(factors[:, k], return_inverse=True)
        if len(values) < 2:
            raise BadInput(f"factor {k} is constant ({values[0]}) over all {len(factors)} images; leave it out")
    return ranks


def split_train_test(
    codes: Float[np.ndarray, "n latent"], factors: Int[np.ndarray, "n factors"], *, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Split into (codes, factors, test codes, test factors).

    A seeded third is the test part, as in the literature, where 10,000 images are for training and 5,000 for testing.

    Raises:
        BadInput: a factor has only one value in the training part.
    """
    order = rng(seed, "train and test").permutation(len(codes))
    train, test = np.split(order, [len(order) - len(order) // 3])
    for k in range(factors.shape[1]):
        if len(np.unique(factors[train, k])) < 2:
            raise BadInput(f"factor {k} has one value in the training part of {len(train)} images; take more images")
    return codes[train], factors[train], codes[test], factors[test]


class Partners:
    """Sampler of rows that share a factor's value with a given row, with replacement.

    Raises:
        BadInput: a value occurs in one row only, so that no two rows share it.
    """

    def __init__(self, factors: Int[np.ndarray, "n factors"]):
        self.order = np.argsort(factors, axis=0, kind="stable")
        self.first = np.empty_like(self.order)  # position in ``order`` where the group of a row begins
        self.count = np.empty_like(self.order)  # size of that group
        for k in range(factors.shape[1]):
            _, group, counts = np.unique(factors[:, k], return_inverse=True, return_counts=True)
            self.first[:, k] = (np.cumsum(counts) - counts)[group]
            self.count[:, k] = counts[group]
        if (alone := (self.count < 2).any(axis=0)).any():
            k = int(np.flatnonzero(alone)[0])
            raise BadInput(f"factor {k} has a value that only one image has, so no two images share it; take more images")

    def draw(
        self, rows: Int[np.ndarray, "draws"], k: Int[np.ndarray, "draws"], size: int, generator: np.random.Generator
    ) -> Int[np.ndarray, "draws size"]:
        """Draw ``size`` rows for each of ``rows`` that have its value of factor k."""
        place = self.first[rows, k, None] + (generator.random((len(rows), size)) * self.count[rows, k, None]).astype(np.int64)
        return self.order[place, k[:, None]]
