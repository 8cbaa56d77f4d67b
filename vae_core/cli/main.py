"""The command line: exit status 0 on success, 2 with a one-line message on bad input, never a traceback for bad input."""

import argparse
import importlib
import sys
from typing import NoReturn

from vae_core.common.errors import BadInput
from vae_core.common.plugins import load_plugins

# command (a module of vae_core.cli with add_flags(parser) and run(args) -> exit status): description
COMMANDS = {
    "datasets": "List the data sets that --dataset takes.",
    "train": "Train a model and write its checkpoint folder.",
    "classifier": "Train the small classifier of a data set whose features perceptual losses use.",
    "baseline": "Train a GAN or a diffusion model as a baseline for comparison.",
    "runs": "List, show, start, stop and resume runs, which train in processes of their own.",
    "evaluate": "Measure a checkpoint and store the numbers in its metrics.json.",
    "compare": "Compare the samples of several models (VAEs, GANs, diffusion models) in one table.",
    "udr": "Rank models of one data set by the similarity of their units, without labels.",
    "export": "Export the decoder and encoder of a checkpoint to ONNX.",
}

EXIT_BAD_INPUT, EXIT_CANCELLED = 2, 130


class Parser(argparse.ArgumentParser):
    """Argument parser whose error message is one line, without the usage text."""

    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_BAD_INPUT, f"{self.prog}: {message}\n")


def main(argv: list[str] | None = None, program: str = "python -m vae_core") -> int:
    """Run one command; ``program`` is its name in help and errors.

    Returns:
        The exit status: 0 on success, 2 on bad input, 130 if it was cancelled.
    """
    parser = Parser(prog=program, description="Train and measure small VAEs; see README.md.", allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    argv = sys.argv[1:] if argv is None else argv
    module = None
    for name, purpose in COMMANDS.items():
        sub = commands.add_parser(name, help=purpose, description=purpose, allow_abbrev=False)
        if argv[:1] == [name]:  # flags come from registries that import torch: import them for this command only
            for failure in load_plugins():
                print(f"warning: {failure}", file=sys.stderr)
            module = importlib.import_module(f"vae_core.cli.{name}")
            module.add_flags(sub)
    args = parser.parse_args(argv)
    if module is None:  # the command is not the first word, e.g. behind "--"
        parser.error(f"the first word must be a command: {', '.join(COMMANDS)}")
    try:
        return module.run(args)
    except BadInput as error:
        print(f"error: {error}", file=sys.stderr)
        return EXIT_BAD_INPUT
    except KeyboardInterrupt:
        print("cancelled", file=sys.stderr)
        return EXIT_CANCELLED
