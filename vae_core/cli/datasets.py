"""The command ``datasets``: list all registered data sets."""

import argparse
import json

from vae_core.data import DATASETS


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the command."""
    parser.add_argument("--json", action="store_true", help="print as JSON")


def run(args: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    rows = [
        {"name": name, "shape": list(source.shape), "offline": source.offline, "summary": source.summary}
        for name, source in DATASETS.items()
    ]
    if args.json:
        print(json.dumps(rows, indent=1))
        return 0
    for row in rows:
        where = "built in" if row["offline"] else "download"
        print(f"{row['name']:16} {'×'.join(map(str, row['shape'])):9} {where:9} {row['summary']}")
    return 0
