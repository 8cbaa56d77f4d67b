"""Real 8×8 digits and quick runs for the tests of models, objectives and priors."""

import functools

import numpy as np
import torch
from sklearn.datasets import load_digits

from vae_core import TrainConfig, train
from vae_core.data.dataset import Dataset
from vae_core.training.loop import Training
from vae_core.vae import VAE

torch.set_num_threads(1)  # on networks this small, a second thread only waits


@functools.cache
def digits(n: int = 1797) -> Dataset:
    """The UCI digits, grey levels 0–16 spread over 0–255, with pixel sums as a second, coarse factor."""
    raw = load_digits()
    images = (raw.images * (255 / 16)).round().astype(np.uint8)[:, None]
    ink = np.digitize(raw.images.sum((1, 2)), [280, 320, 360])
    factors = np.stack([raw.target, ink], axis=1).astype(np.int64)
    names = tuple("0123456789")
    return Dataset("digits", images, raw.target.astype(np.int64), names, factors, ("class", "ink"), (10, 4)).take(np.arange(n))


@functools.cache
def enlarged(side: int, n: int = 64) -> Dataset:
    """The same, each pixel repeated."""
    small = digits(n)
    images = small.images.repeat(side // 8, axis=2).repeat(side // 8, axis=3)
    return Dataset(
        f"digits{side}", images, small.labels, small.class_names, small.factors, small.factor_names, small.factor_sizes
    )


def begun(dataset: Dataset | None = None, **fields) -> Training:
    """A run before its first step, on the CPU."""
    settings = {"dataset": "digits", "network": "mlp", "latent_dim": 3, "n_steps": 4, "batch_size": 16}
    return train(TrainConfig(**settings | fields), dataset or digits(), device="cpu")


def finished(dataset: Dataset | None = None, **fields) -> Training:
    """A run over to its last step."""
    run = begun(dataset, **fields)
    for _ in run:
        pass
    return run


def images(n: int = 16) -> torch.Tensor:
    """The first digits in [0, 1]."""
    return torch.from_numpy(digits().images[:n]).float() / 255


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def forward(vae: VAE, x: torch.Tensor | None = None, seed: int = 0):
    """One pass over the first digits."""
    return vae(images() if x is None else x, generator(seed))
