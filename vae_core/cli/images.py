"""Flags and data loading shared by all commands that read images."""

import argparse

from vae_core.config import TrainConfig
from vae_core.data import Dataset, load_dataset


def add_data_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of commands that read images."""
    parser.add_argument("--data-root", metavar="DIR", help="folder of data sets (default: $LATENT_EXPLORER_DATA, then data/)")
    parser.add_argument("--download", action="store_true", help="allow torchvision or scikit-learn to download missing data")


def load_split(config: TrainConfig, split: str, args: argparse.Namespace) -> Dataset:
    """Load a split of the images of ``config``; its ``n_images`` limits the training images, not those for measuring."""
    return load_dataset(
        config.dataset,
        split=split,
        root=args.data_root,
        n_images=config.n_images if split == "train" else None,
        size=config.image_size,
        seed=config.data_seed,
        download=args.download,
    )
