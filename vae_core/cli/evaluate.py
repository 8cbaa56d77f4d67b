"""The command ``evaluate``: measure a checkpoint and store the numbers."""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from vae_core.checkpoints.trained_vae import TrainedVAE
from vae_core.cli.images import add_data_flags, load_split
from vae_core.common.errors import look_up
from vae_core.evaluation import METRICS, EvaluationContext, Result, evaluate, load_results, plan, save_results
from vae_core.parts.objectives.perceptual import CLASSIFIERS
from vae_core.publishing.model_card import update_model_card


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the command."""
    parser.add_argument("checkpoint", metavar="DIR", help="a checkpoint folder")
    names = ", ".join(METRICS)
    parser.add_argument("--metrics", metavar="A,B", help=f"some of {names} (default: all that apply and take seconds)")
    parser.add_argument("--split", default="test", choices=("train", "test", "all"), help="the images measured (default test)")
    parser.add_argument("--again", action="store_true", help="measure again, even if metrics.json already has the numbers")
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    parser.add_argument(
        "--progress", choices=("bar", "json", "none"),
        help='on the standard error: a bar, lines of JSON {"progress": 0 to 1, "metric": NAME}, or none '
        "(default bar; none with --json)",
    )  # fmt: skip
    add_data_flags(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    folder = Path(args.checkpoint)
    names = [name.strip() for name in args.metrics.split(",")] if args.metrics else None
    asked = [look_up(name, METRICS, "metric") for name in names or METRICS]
    model = TrainedVAE.load(folder)
    dataset, train_set = load_split(model.config, args.split, args), None
    if args.split == "test" and any(metric.trains_classifier for metric in asked):
        train_set = load_split(model.config, "train", args)
    chosen = plan(EvaluationContext(model, dataset, train_set), names)
    for name, reason in chosen.left_out.items():
        print(f"left out {name}: {reason}", file=sys.stderr)
    stored = load_results(folder)

    def store(name: str, result: Result) -> None:
        stored[name] = result
        save_results(folder, stored)
        update_model_card(folder, stored)

    with progress_reporter(args.progress or ("none" if args.json else "bar")) as report:
        results = evaluate(
            model,
            dataset,
            chosen.recipes.values(),
            train_set=train_set,
            stored={} if args.again else dict(stored),
            cache=folder.absolute().parent / CLASSIFIERS.name,  # of the data, so shared by the checkpoints beside this one
            on_result=store,
            progress=report,
        )
    if args.json:
        print(json.dumps({name: result.to_json() for name, result in results.items()}, indent=1))
        return 0
    for name, result in results.items():
        print(f"{name}  ({', '.join(f'{key} {value}' for key, value in result.settings.items())})")
        for key, value in result.values.items():
            print(f"  {key:26} {format_value(value)}")
    return 0


@contextmanager
def progress_reporter(style: str) -> Iterator[Callable[[str, float], None]]:
    """Yield a function (metric, share done) that reports the progress: as a bar, as lines of JSON, or not at all."""
    if style == "json":
        yield lambda name, share: print(json.dumps({"progress": share, "metric": name}), file=sys.stderr, flush=True)
        return
    bar_format = "{percentage:3.0f}% |{bar}| {elapsed} {desc}"
    with tqdm(total=1.0, disable=style == "none", file=sys.stderr, bar_format=bar_format) as bar:

        def draw(name: str, share: float) -> None:
            bar.set_description_str(name, refresh=False)
            bar.update(share - bar.n)

        yield draw


def format_value(value: Any) -> str:
    """Format a value on one line: a matrix by its shape, because metrics.json has all its entries."""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict):
        return ", ".join(f"{key} {format_value(item)}" for key, item in value.items())
    if isinstance(value, list) and value and isinstance(value[0], list):
        return f"matrix {' × '.join(map(str, np.shape(value)))}"
    if isinstance(value, list):
        return ", ".join(map(format_value, value))
    return "-" if value is None else str(value)
