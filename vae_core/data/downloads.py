"""Files that are read from the data folder, and downloaded only where that was asked for."""

import contextlib
import shutil
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Protocol, TypeVar

from vae_core.common.errors import BadInput, DataMissing
from vae_core.data.source import Request

Opened = TypeVar("Opened", covariant=True)
# What torchvision and scikit-learn raise for files that are absent, cut short or not what they should be.
UNREADABLE = (OSError, RuntimeError, ValueError, TypeError, AssertionError, LookupError)


class Open(Protocol[Opened]):
    def __call__(self, root: Path, *, download: bool) -> Opened: ...


def open_or_download(open_files: Open[Opened], request: Request) -> Opened:
    """``open_files(root)``; where that fails and a download was asked for, once more after the download."""
    try:
        return open_files(request.root, download=False)
    except UNREADABLE as why:
        if not request.download:
            raise DataMissing(
                f"no readable copy of {request.name!r} in {request.root}; add --download (download=True) to fetch it, "
                "or point LATENT_EXPLORER_DATA (root=…) to a folder that holds it"
            ) from why
    _download(open_files, request)
    return open_files(request.root, download=False)


def _download(open_files: Open, request: Request) -> None:
    """Into a folder of its own first, so that a broken connection leaves nothing partial among the data."""
    try:
        request.root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=request.root, prefix="download-") as staging:
            # scikit-learn announces a download on stdout, where the command line prints JSON, and warns before it tries again
            with contextlib.redirect_stdout(sys.stderr), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                open_files(Path(staging), download=True)
            for found in Path(staging).iterdir():
                _move(found, request.root / found.name)
    except Exception as why:  # the network, a mirror, a full disk, gdown: each raises types of its own
        reason = " ".join(str(why).split()) or type(why).__name__
        raise BadInput(f"{request.name!r} could not be downloaded to {request.root}: {reason}") from why


def _move(found: Path, to: Path) -> None:
    """A file, or a folder into one that may hold other files already."""
    if found.is_dir():
        shutil.copytree(found, to, copy_function=shutil.move, dirs_exist_ok=True)
    else:
        shutil.move(found, to)
