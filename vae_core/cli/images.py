"""What commands that read images share: their flags, and the split they read."""

import argparse

from vae_core.config import TrainConfig
from vae_core.data import Dataset, load_dataset


def add_data_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of every command that reads images."""
    parser.add_argument("--data-root", metavar="DIR", help="where data sets are (default: $LATENT_EXPLORER_DATA, then data/)")
    parser.add_argument("--download", action="store_true", help="let torchvision or scikit-learn download what is missing")


def load_split(config: TrainConfig, split: str, args: argparse.Namespace) -> Dataset:
    """A part of the images that ``config`` names; its ``n_images`` bounds what is trained on, not what is measured."""
    return load_dataset(
        config.dataset,
        split=split,
        root=args.data_root,
        n_images=config.n_images if split == "train" else None,
        size=config.image_size,
        seed=config.data_seed,
        download=args.download,
    )
