"""The command ``export``: write the decoder and encoder of a checkpoint as ONNX files."""

import argparse
import json
from pathlib import Path

from vae_core.checkpoints.onnx_export import write_onnx
from vae_core.checkpoints.trained_vae import TrainedVAE


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the command."""
    parser.add_argument("checkpoint", metavar="DIR", help="a checkpoint folder")
    parser.add_argument("--out", metavar="FILE", help="the decoder file; encoder.onnx is written beside it (DIR/decoder.onnx)")
    parser.add_argument("--json", action="store_true", help="print the paths as JSON")


def run(args: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    folder = Path(args.checkpoint)
    model = TrainedVAE.load(folder)
    decoder, encoder = write_onnx(model, args.out or folder / "decoder.onnx")
    if args.json:
        print(json.dumps({"decoder": str(decoder), "encoder": str(encoder)}))
        return 0
    shape = "×".join(map(str, model.shape))
    print(f"{decoder}: z (n, {model.latent_dim}) → E[x|z] (n, {shape}) in [0, 1]")
    print(f"{encoder}: images (n, {shape}) → mean and std (n, {model.latent_dim})")
    return 0
