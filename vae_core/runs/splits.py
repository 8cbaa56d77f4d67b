"""The training and held-out images of a configuration."""

import functools

from vae_core.config import TrainConfig
from vae_core.data import Dataset, load_dataset


def load_splits(config: TrainConfig) -> tuple[Dataset, Dataset]:
    """Load the training and the held-out images of a configuration, as the ``train`` command does."""
    return _load_splits(config.dataset, config.n_images, config.image_size, config.data_seed)


@functools.lru_cache(maxsize=1)  # the runs of a race share the images
def _load_splits(name: str, n_images: int | None, size: int | None, seed: int) -> tuple[Dataset, Dataset]:
    train_set = load_dataset(name, split="train", n_images=n_images, size=size, seed=seed)
    return train_set, load_dataset(name, split="test", size=size, seed=seed)
