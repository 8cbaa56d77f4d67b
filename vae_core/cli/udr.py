"""The command ``udr``: rank models by unsupervised disentanglement ranking."""

import argparse
import json

from vae_core.checkpoints.trained_vae import TrainedVAE
from vae_core.cli.images import add_data_flags
from vae_core.common.errors import BadInput
from vae_core.data import load_dataset
from vae_core.evaluation.disentanglement.udr import RELATIONS, rank_models
from vae_core.evaluation.results import to_plain_json


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the command."""
    parser.add_argument("checkpoints", metavar="DIR", nargs="+", help="two or more checkpoint folders of one data set")
    parser.add_argument("--method", default="lasso", choices=sorted(RELATIONS), help="similarity of units (default lasso)")
    parser.add_argument("--images", type=int, default=1000, metavar="N", help="images that are encoded (default 1000)")
    parser.add_argument("--seed", type=int, default=0, help="decides the images (default 0)")
    parser.add_argument("--split", default="test", choices=("train", "test", "all"), help="the images encoded (default test)")
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    add_data_flags(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    models = [TrainedVAE.load(folder) for folder in args.checkpoints]
    if len(sources := {(m.config.dataset, m.config.image_size, m.config.data_seed) for m in models}) > 1:
        raise BadInput(f"UDR compares models of one data set, got {', '.join(sorted(str(s[0]) for s in sources))}")
    if args.images < 2 or args.seed < 0:
        raise BadInput(f"--images must be at least 2 and --seed at least 0, got {args.images} and {args.seed}")
    config = models[0].config
    dataset = load_dataset(
        config.dataset,
        split=args.split,
        root=args.data_root,
        size=config.image_size,
        seed=config.data_seed,
        download=args.download,
    )
    ranking = rank_models(models, dataset, n_images=args.images, method=args.method, seed=args.seed)
    if args.json:
        settings = {name: getattr(args, name) for name in ("method", "images", "seed", "split")} | {"dataset": dataset.name}
        scores = dict(zip(args.checkpoints, to_plain_json(ranking.scores)))
        print(json.dumps({"udr": scores, "pairwise": to_plain_json(ranking.pairwise), "settings": settings}, indent=1))
        return 0
    for folder, score in sorted(zip(args.checkpoints, ranking.scores.tolist()), key=lambda row: -row[1]):
        print(f"{score:.3f}  {folder}")
    return 0
