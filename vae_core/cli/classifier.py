"""The command ``classifier``: train the small classifier of a data set."""

import argparse
import json
from pathlib import Path

from vae_core.cli.images import add_data_flags
from vae_core.data import load_dataset
from vae_core.parts.classifier import train_classifier
from vae_core.parts.objectives.perceptual import CLASSIFIERS


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the command."""
    parser.add_argument("--dataset", required=True, metavar="NAME", help="a registered name, or a path to images")
    parser.add_argument("--images", type=int, metavar="N", help="train on a seeded subset of this size, as train --n-images")
    parser.add_argument("--out", default=str(CLASSIFIERS), metavar="DIR", help=f"folder to write it to (default {CLASSIFIERS})")
    parser.add_argument("--json", action="store_true", help="print the accuracies as JSON")
    add_data_flags(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    dataset = load_dataset(args.dataset, split="train", root=args.data_root, n_images=args.images, download=args.download)
    folder = Path(args.out)
    folder.mkdir(parents=True, exist_ok=True)
    classifier = train_classifier(dataset, cache=folder)
    accuracy = dict(zip(classifier.names, classifier.accuracy))
    if args.json:
        print(json.dumps({"out": args.out, "accuracy": accuracy}))
    else:
        print(f"{args.out}: " + ", ".join(f"{name} {share:.1%} correct on held-out images" for name, share in accuracy.items()))
    return 0
