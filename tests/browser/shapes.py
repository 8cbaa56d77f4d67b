"""Small models for the browser tests, trained in seconds on drawn shapes, which need no download."""

import sys
from pathlib import Path

import numpy as np

from vae_core.analysis.atlas import embed
from vae_core.config import TrainConfig
from vae_core.data.dataset import Dataset, split_off
from vae_core.training.loop import train

SIDE = 28


def shapes(n: int = 2000, seed: int = 0) -> Dataset:
    """Draw discs, squares and rings of random size and position, antialiased."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, n)
    x, y = rng.uniform(8, 20, (2, n, 1, 1))
    radius = rng.uniform(3, 8, (n, 1, 1))
    rows, columns = np.mgrid[:SIDE, :SIDE]
    round_ = np.hypot(rows - y, columns - x)
    square = np.maximum(abs(rows - y), abs(columns - x))
    kind = labels[:, None, None]
    inside = radius - np.where(kind == 1, square, round_)
    inside = np.where(kind == 2, np.minimum(inside, round_ - 0.55 * radius), inside)
    images = (255 * np.clip(inside + 0.5, 0, 1)).astype(np.uint8)[:, None]
    return Dataset("shapes", images, labels, ("disc", "square", "ring"))


def write_model(folder: Path, latent_dim: int, network: str, steps: int) -> None:
    """Train a model and write its checkpoint folder with its atlas."""
    train_set, test_set = split_off(shapes())
    config = TrainConfig(dataset="shapes", network=network, latent_dim=latent_dim, n_steps=steps, learning_rate=2e-3)
    training = train(config, train_set, test_set, device="cpu")
    for _ in training:
        pass
    training.model.save(folder)
    embed(training.model, train_set).save(folder / "atlas.npz")


if __name__ == "__main__":
    path, latent_dim, network, steps = sys.argv[1:]
    write_model(Path(path), int(latent_dim), network, int(steps))
