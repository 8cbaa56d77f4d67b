"""The commands of ``python -m vae_core``, a module each."""

import argparse


def add_data_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of every command that reads images."""
    parser.add_argument("--data-root", metavar="DIR", help="where data sets are (default: $LATENT_EXPLORER_DATA, then data/)")
    parser.add_argument("--download", action="store_true", help="let torchvision or scikit-learn download what is missing")
