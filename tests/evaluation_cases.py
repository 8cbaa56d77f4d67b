"""Small data sets and models shared by the evaluation tests."""

import functools

import numpy as np

from vae_core.checkpoints.trained_vae import TrainedVAE
from vae_core.common.seeds import rng
from vae_core.config import TrainConfig
from vae_core.data.dataset import Dataset
from vae_core.parts.networks import MLP
from vae_core.training.loop import train

SIZES = (3, 4, 4)


def factor_rows(n: int, sizes: tuple[int, ...] = SIZES, seed: int = 0) -> np.ndarray:
    """n rows of independent uniform factors."""
    return rng(seed, "factors").integers(0, sizes, size=(n, len(sizes)))


def squares(n: int = 600, *, split: str = "test", seed: int = 0, factors: bool = True, labels: bool = True) -> Dataset:
    """8×8 images of a square whose grey level, column and row are the factors, and the grey level the label."""
    rows = factor_rows(n, seed=seed)
    images = np.zeros((n, 1, 8, 8), np.uint8)
    for image, (grey, x, y) in zip(images, rows):
        image[0, 2 * y : 2 * y + 2, 2 * x : 2 * x + 2] = 85 * (grey + 1)
    return Dataset(
        name="squares",
        images=images,
        labels=rows[:, 0] if labels else None,
        class_names=("dark", "middle", "bright") if labels else (),
        factors=rows if factors else None,
        factor_names=("grey", "x", "y") if factors else (),
        factor_sizes=SIZES if factors else (),
        split=split,
    )


@functools.cache
def model(objective: str = "vae", steps: int = 60, conditional: str = "none") -> TrainedVAE:
    """A small model of the squares, trained for a few steps."""
    config = TrainConfig(
        dataset="squares",
        network=MLP(hidden=32),
        latent_dim=4,
        n_steps=steps,
        objective=objective,
        conditional=conditional,
    )
    run = train(config, squares(split="train", seed=1), squares(), device="cpu")
    for _ in run:
        pass
    return run.model
