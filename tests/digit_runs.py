"""Real 8×8 digits, and quick runs on them, shared by many tests."""

import functools

import numpy as np
import torch
from sklearn.datasets import load_digits

from vae_core import TrainConfig, load_dataset, train
from vae_core.common.scaling import scale_array
from vae_core.data.dataset import Dataset
from vae_core.parts.forward import Forward
from vae_core.training.loop import Training
from vae_core.vae import VAE


def digits(split: str = "train") -> Dataset:
    """Load a part of the registered data set ``digits``."""
    return load_dataset("digits", split=split)


def padded_digits(side: int, n: int = 192) -> Dataset:
    """Return digits at the size of another data set: each pixel repeated, with a black border; every network accepts them."""
    source = digits().subset(n)
    factor = side // 8
    images = source.images.repeat(factor, axis=2).repeat(factor, axis=3)
    pad = side - 8 * factor
    images = np.pad(images, ((0, 0), (0, 0), (pad // 2, pad - pad // 2), (pad // 2, pad - pad // 2)))
    return Dataset(f"digits{side}", images, source.labels, source.class_names)


@functools.cache
def digits_with_factors(n: int = 1797) -> Dataset:
    """Return the first digits, grey levels 0–16 spread over 0–255, with pixel sums as a second, coarse factor."""
    raw = load_digits()
    images = (raw.images * (255 / 16)).round().astype(np.uint8)[:, None]
    ink = np.digitize(raw.images.sum((1, 2)), [280, 320, 360])
    factors = np.stack([raw.target, ink], axis=1).astype(np.int64)
    names = tuple("0123456789")
    return Dataset("digits", images, raw.target.astype(np.int64), names, factors, ("class", "ink"), (10, 4)).take(np.arange(n))


@functools.cache
def enlarged_digits(side: int, n: int = 64) -> Dataset:
    """Return ``digits_with_factors`` with each pixel repeated."""
    small = digits_with_factors(n)
    images = small.images.repeat(side // 8, axis=2).repeat(side // 8, axis=3)
    return Dataset(
        f"digits{side}", images, small.labels, small.class_names, small.factors, small.factor_names, small.factor_sizes
    )


def train_to_end(images: Dataset | None = None, /, **fields) -> Training:
    """Train on ``digits`` with the default configuration, except for a fully connected network, on the CPU."""
    run = train(TrainConfig(**{"dataset": "digits", "network": "mlp", **fields}), images or digits(), device="cpu")
    for _ in run:
        pass
    return run


def start_quick_run(images: Dataset | None = None, /, **fields) -> Training:
    """Return a run of 4 steps on ``digits_with_factors`` before its first step, on the CPU."""
    settings = {"dataset": "digits", "network": "mlp", "latent_dim": 3, "n_steps": 4, "batch_size": 16}
    return train(TrainConfig(**settings | fields), images or digits_with_factors(), device="cpu")


def finish_quick_run(images: Dataset | None = None, /, **fields) -> Training:
    """Return a quick run after its last step."""
    run = start_quick_run(images, **fields)
    for _ in run:
        pass
    return run


def digit_images(n: int = 16) -> torch.Tensor:
    """Return the first digits in [0, 1]."""
    return scale_array(digits_with_factors().images[:n])


def generator(seed: int = 0) -> torch.Generator:
    """Return a seeded torch generator on the CPU."""
    return torch.Generator().manual_seed(seed)


def forward_pass(vae: VAE, x: torch.Tensor | None = None, seed: int = 0) -> Forward:
    """Return one pass over the first digits."""
    return vae(digit_images() if x is None else x, generator(seed))
