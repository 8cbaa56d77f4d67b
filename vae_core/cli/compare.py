"""The command ``compare``: measure the samples of several models and print one table."""

import argparse
import json
import sys
from pathlib import Path

from tqdm import tqdm

from vae_core.baselines import TrainedBaseline
from vae_core.checkpoints.trained_vae import TrainedVAE
from vae_core.cli.images import add_data_flags
from vae_core.common.errors import BadInput
from vae_core.data import load_dataset
from vae_core.evaluation import evaluate, load_results, save_results
from vae_core.evaluation.samples.metrics import SampleScores
from vae_core.parts.objectives.perceptual import CLASSIFIERS
from vae_core.publishing.model_card import update_model_card

COLUMNS = {
    "frechet_distance": "Fréchet",
    "precision": "precision",
    "recall": "recall",
    "density": "density",
    "coverage": "coverage",
    "sharpness_ratio": "sharpness",
    "samples_per_second": "samples/s",
}


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the command."""
    parser.add_argument(
        "checkpoints", metavar="DIR", nargs="+", help="checkpoints of one data set: VAEs, GANs, diffusion models"
    )
    parser.add_argument("--again", action="store_true", help="measure again, even if metrics.json already has the numbers")
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    add_data_flags(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    folders = [Path(folder) for folder in args.checkpoints]
    models = {folder: load_model(folder) for folder in folders}
    sources = {data_source(model) for model in models.values()}
    if len(sources) > 1:
        raise BadInput(f"samples are compared on one data set, got {', '.join(sorted(str(s[0]) for s in sources))}")
    dataset, size, seed = sources.pop()
    parts = {"root": args.data_root, "size": size, "seed": seed, "download": args.download}
    test_set, train_set = (load_dataset(dataset, split=split, **parts) for split in ("test", "train"))
    results = {}
    for folder, model in tqdm(models.items(), disable=args.json, file=sys.stderr, unit="model"):
        stored = load_results(folder)
        found = evaluate(
            model,
            test_set,
            [SampleScores()],
            train_set=train_set,
            stored={} if args.again else stored,
            cache=folder.absolute().parent / CLASSIFIERS.name,
        )
        save_results(folder, stored | found)
        update_model_card(folder, stored | found)
        results[str(folder)] = found["samples"]
    if args.json:
        print(json.dumps({folder: result.to_json() for folder, result in results.items()}, indent=1))
        return 0
    print("  ".join(["", *COLUMNS.values()]))
    for folder, result in results.items():
        numbers = [result.values[key] for key in COLUMNS]
        print("  ".join([folder, *("-" if number is None else f"{number:.4g}" for number in numbers)]))
    return 0


def load_model(folder: Path) -> TrainedVAE | TrainedBaseline:
    """Load a VAE or a baseline, whichever the folder holds."""
    return TrainedBaseline.load(folder) if (folder / "baseline.json").is_file() else TrainedVAE.load(folder)


def data_source(model: TrainedVAE | TrainedBaseline) -> tuple[str, int | None, int]:
    """Return the images that a model was trained on: name, size of the user's own images, seed of the split."""
    if isinstance(model, TrainedBaseline):
        return model.dataset, None, 0
    return model.config.dataset, model.config.image_size, model.config.data_seed
