"""Small real data and quick runs that several tests share."""

import numpy as np

from vae_core import TrainConfig, load_dataset, train
from vae_core.data import Dataset

ALL_IN_ALL_DIGITS = 1797


def digits(split: str = "train") -> Dataset:
    return load_dataset("digits", split=split)


def padded_digits(side: int, n: int = 192) -> Dataset:
    """Real digits at the size of another data set, each pixel repeated, black around: what every network can take."""
    source = digits().subset(n)
    factor = side // 8
    images = source.images.repeat(factor, axis=2).repeat(factor, axis=3)
    pad = side - 8 * factor
    images = np.pad(images, ((0, 0), (0, 0), (pad // 2, pad - pad // 2), (pad // 2, pad - pad // 2)))
    return Dataset(f"digits{side}", images, source.labels, source.class_names)


def finished(images: Dataset | None = None, **fields):
    """A run over to its last step, on the CPU."""
    run = train(TrainConfig(**{"dataset": "digits", "network": "mlp", **fields}), images or digits(), device="cpu")
    for _ in run:
        pass
    return run
