"""The command ``baseline``: train a GAN or a diffusion model."""

import argparse
import json
import sys
from pathlib import Path

from tqdm import tqdm

from vae_core.baselines import BASELINES, train_baseline
from vae_core.cli.images import add_data_flags
from vae_core.common.errors import BadInput
from vae_core.common.fields import options
from vae_core.config_flags import flag_name, option_parser
from vae_core.data import load_dataset
from vae_core.publishing.model_card import render_baseline_card
from vae_core.training.record import Diverged

EXIT_DIVERGED = 1


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the command."""
    parser.add_argument("kind", choices=sorted(BASELINES), help="what to train")
    parser.add_argument("--dataset", required=True, metavar="NAME", help="a registered name, or a path to images")
    parser.add_argument("--n-images", type=int, metavar="N", help="train on a seeded subset of this size")
    parser.add_argument("--out", required=True, metavar="DIR", help="the folder to write")
    parser.add_argument("--overwrite", action="store_true", help="replace the folder if it exists")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps (default auto)")
    parser.add_argument("--json", action="store_true", help="print the last losses as JSON")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    add_data_flags(parser)
    known = {}
    for name, cls in BASELINES.items():
        for opt in options(cls):
            known.setdefault(opt.name, (opt, []))[1].append(name)
    for opt, names in known.values():
        parser.add_argument(
            flag_name(opt.name), dest=f"recipe.{opt.name}", type=option_parser(opt), metavar=opt.type.__name__,
            help=f"[{', '.join(names)}] {opt.help} ({opt.allowed}; default {opt.default})",
        )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    cls, out = BASELINES[args.kind], Path(args.out)
    given = {name[7:]: v for name, v in vars(args).items() if name.startswith("recipe.") and v is not None}
    if foreign := given.keys() - {opt.name for opt in options(cls)}:
        raise BadInput(f"{', '.join(map(flag_name, sorted(foreign)))} does not belong to baseline {args.kind}")
    if out.exists() and not args.overwrite:
        raise BadInput(f"{out} exists already; choose another --out, or pass --overwrite")
    dataset = load_dataset(args.dataset, split="train", root=args.data_root, n_images=args.n_images, download=args.download)
    training = train_baseline(cls(**given), dataset, device=args.device)
    losses = {}
    try:
        for record in tqdm(training, total=training.recipe.n_steps, unit="step", disable=args.quiet, file=sys.stderr):
            losses = record
    except Diverged as error:
        print(f"error: {error}; nothing was written", file=sys.stderr)
        return EXIT_DIVERGED
    training.model.save(out, replace=out.exists(), card=render_baseline_card(out.name, training.model, n_images=args.n_images))
    words = ", ".join(f"{name} {value:.4f}" for name, value in losses.items())
    print(json.dumps({"out": str(out), **losses}) if args.json else f"{out}: last losses {words}")
    return 0
