"""The command ``train``: train a model and write its checkpoint."""

import argparse
import dataclasses
import json
import sys
from pathlib import Path

from tqdm import tqdm

from vae_core.analysis.atlas import CODES
from vae_core.checkpoints.checkpoint_files import load_training_state
from vae_core.checkpoints.trained_vae import TrainedVAE
from vae_core.cli.images import add_data_flags, load_split
from vae_core.common.errors import BadInput
from vae_core.config import TrainConfig
from vae_core.config_flags import add_config_flags, config_from_args
from vae_core.publishing.publish import publish
from vae_core.training.loop import Training, train
from vae_core.training.record import Diverged

EXIT_DIVERGED, EXIT_INTERRUPTED = 1, 130


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the command."""
    add_config_flags(parser)
    add_data_flags(parser)
    parser.add_argument("--out", metavar="DIR", help="the checkpoint folder to write")
    parser.add_argument("--resume", metavar="DIR", help="continue this checkpoint to its last step, or to --steps")
    parser.add_argument("--overwrite", action="store_true", help="replace the folder if it exists")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps (default auto)")
    parser.add_argument("--umap", action="store_true", help="store a UMAP of the posterior means in the atlas")
    parser.add_argument(
        "--codes", type=int, default=CODES, metavar="N", help=f"images in the atlas, at most (default {CODES:,})"
    )
    parser.add_argument("--no-state", action="store_true", help="leave out training.safetensors: smaller, not continuable")
    parser.add_argument("--about", default="", metavar="TEXT", help="a sentence for the model card")
    parser.add_argument("--json", action="store_true", help="print the final numbers as JSON")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")


def run(args: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    config = config_from_args(args)
    if args.codes < 1:
        raise BadInput(f"--codes must be 1 or more, got {args.codes}")
    out, previous, state = args.out or args.resume, None, None
    if out is None:
        raise BadInput("--out DIR is needed: the folder that the checkpoint is written to")
    if args.resume:
        previous = TrainedVAE.load(args.resume)
        state = load_training_state(args.resume)
        config = resumed_config(previous.config, config, args)
    if Path(out).exists() and not (args.overwrite or out == args.resume):
        raise BadInput(f"{out} exists already; choose another --out, or pass --overwrite")
    train_set, test_set = (load_split(config, split, args) for split in ("train", "test"))
    training = train(config, train_set, test_set, device=args.device)
    if previous is not None and state is not None:
        training.restore(state, previous.history, previous.about.seconds)
    status = 0
    try:
        show_progress(training, quiet=args.quiet)
    except KeyboardInterrupt:
        print(f"interrupted at step {training.step}", file=sys.stderr)
        status = EXIT_INTERRUPTED
    except Diverged as error:
        print(f"error: {error}; the weights of the step before are kept in {out}", file=sys.stderr)
        status = EXIT_DIVERGED
    state = None if args.no_state else training.state()
    results = publish(
        training.model,
        train_set,
        test_set,
        out,
        umap=args.umap,
        codes=args.codes,
        about=args.about,
        state=state,
        replace=Path(out).exists(),
    )
    values = results["elbo"].values
    if args.json:
        print(json.dumps({"out": out, "step": training.step, **values}))
    else:
        print(f"{out}: step {training.step}, ELBO {values['elbo']:.2f} nats on the {test_set.split} split")
    return status


def resumed_config(kept: TrainConfig, given: TrainConfig, args: argparse.Namespace) -> TrainConfig:
    """Return the configuration of the checkpoint, with more steps if requested.

    Raises:
        BadInput: another flag is given, which would make it a different training.
    """
    extra = {f.name for f in dataclasses.fields(TrainConfig)} - {"n_steps"}
    defaults = TrainConfig()
    if changed := sorted(name for name in extra if getattr(given, name) != getattr(defaults, name)):
        raise BadInput(f"--resume continues with the checkpoint's own settings; leave out {', '.join(changed)}")
    return dataclasses.replace(kept, n_steps=getattr(args, "n_steps", kept.n_steps))


def show_progress(training: Training, *, quiet: bool) -> None:
    """Run the training with a progress bar: ELBO, reconstruction and KL of held-out images in nats, and active units."""
    with tqdm(initial=training.step, total=training.config.n_steps, unit="step", disable=quiet, file=sys.stderr) as bar:
        for record in training:
            bar.update()
            if (s := record.held_out) is not None:
                units = f"{s.active_units}/{training.config.latent_dim}"
                bar.set_postfix_str(f"ELBO {s.elbo:.2f} = −rec {s.reconstruction:.2f} − KL {s.kl:.2f} nats, active {units}")
