"""python -m vae_core evaluate"""

import argparse
import json
import sys
from pathlib import Path

from tqdm import tqdm

from vae_core.checkpoint import TrainedVAE
from vae_core.commands import add_data_flags
from vae_core.data import load_dataset
from vae_core.evaluation import METRICS, evaluate
from vae_core.files import read_json, write_text


def add_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("checkpoint", metavar="DIR", help="a checkpoint folder")
    parser.add_argument("--metrics", metavar="A,B", help=f"some of {', '.join(METRICS)} (default: all)")
    parser.add_argument("--split", default="test", choices=("train", "test", "all"), help="the images measured (default test)")
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    add_data_flags(parser)


def run(args: argparse.Namespace) -> int:
    folder = Path(args.checkpoint)
    model = TrainedVAE.load(folder)
    config = model.config
    dataset = load_dataset(
        config.dataset,
        split=args.split,
        root=args.data_root,
        size=config.image_size,
        seed=config.data_seed,
        download=args.download,
    )
    names = args.metrics.split(",") if args.metrics else list(METRICS)
    with tqdm(total=1.0, unit="", disable=args.json, file=sys.stderr, bar_format="{percentage:3.0f}% |{bar}| {elapsed}") as bar:
        results = evaluate(model, dataset, names, lambda share: bar.update(share - bar.n))
    kept = read_json(folder / "metrics.json") if (folder / "metrics.json").exists() else {}
    kept |= {name: result.to_json() for name, result in results.items()}
    write_text(folder / "metrics.json", json.dumps(kept, indent=1) + "\n")
    if args.json:
        print(json.dumps({name: kept[name] for name in results}, indent=1))
        return 0
    for name, result in results.items():
        settings = ", ".join(f"{k} {v}" for k, v in result.settings.items())
        print(f"{name}  ({settings})")
        for key, value in result.values.items():
            print(f"  {key:20} {', '.join(f'{v:.3f}' for v in value) if isinstance(value, list) else value}")
    return 0
