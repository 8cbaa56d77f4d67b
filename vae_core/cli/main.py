"""python -m vae_core: exit 0 on success, 2 with one clear line on bad input, never a traceback for what a user typed."""

import argparse
import importlib
import sys

from vae_core.common.errors import BadInput
from vae_core.common.plugins import load_plugins

# a module of vae_core.cli each, with add_flags(parser) and run(args) -> exit status
COMMANDS = {
    "datasets": "List the data sets that --dataset takes.",
    "train": "Train a model and write its checkpoint folder.",
    "classifier": "Train the small classifier of a data set that perceptual losses look through.",
    "baseline": "Train a plain GAN or diffusion model, to compare with.",
    "runs": "List, watch, steer and resume the runs that train in processes of their own.",
    "evaluate": "Measure a checkpoint and store the numbers in its metrics.json.",
    "compare": "Put the samples of several models, GANs and diffusion models among them, into one table.",
    "udr": "Rank models of one data set by how alike their units are, without labels.",
    "export": "Write a checkpoint's decoder and encoder as ONNX.",
}

EXIT_BAD_INPUT, EXIT_CANCELLED = 2, 130


class Parser(argparse.ArgumentParser):
    """argparse with its complaint as one line: no usage block to scroll past."""

    def error(self, message: str):
        self.exit(EXIT_BAD_INPUT, f"{self.prog}: {message}\n")


def main(argv: list[str] | None = None, program: str = "python -m vae_core") -> int:
    """Run one command; ``program`` is its name in help and errors.

    Returns:
        The exit status: 0 on success, 2 on bad input, 130 where it was cancelled.
    """
    parser = Parser(prog=program, description="Train and measure small VAEs; see README.md.", allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    argv = sys.argv[1:] if argv is None else argv
    for name, purpose in COMMANDS.items():
        sub = commands.add_parser(name, help=purpose, description=purpose, allow_abbrev=False)
        if argv[:1] == [name]:  # flags come from registries that import torch: only the command that runs pays for it
            for failure in load_plugins():
                print(f"warning: {failure}", file=sys.stderr)
            module = importlib.import_module(f"vae_core.cli.{name}")
            module.add_flags(sub)
    args = parser.parse_args(argv)
    try:
        return module.run(args)
    except BadInput as error:
        print(f"error: {error}", file=sys.stderr)
        return EXIT_BAD_INPUT
    except KeyboardInterrupt:
        print("cancelled", file=sys.stderr)
        return EXIT_CANCELLED
