"""Reading of files in the data folder, and their download on request."""

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
# raised by torchvision and scikit-learn for files that are missing, incomplete or of another format
UNREADABLE = (OSError, RuntimeError, ValueError, TypeError, AssertionError, LookupError)


class Open(Protocol[Opened]):
    """Function that opens, or downloads and opens, the files of a data set below ``root``."""

    def __call__(self, root: Path, *, download: bool) -> Opened: ...


def open_or_download(open_files: Open[Opened], request: Request) -> Opened:
    """Return ``open_files(root)``; if that fails and a download was requested, download and try again.

    Raises:
        DataMissing: There are no readable files, and no download was requested.
        BadInput: The download failed.
    """
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
    """Download into a temporary folder first, so that a broken connection leaves no partial files in the data folder."""
    try:
        request.root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=request.root, prefix="download-") as staging:
            # scikit-learn announces a download on stdout, where the command line prints JSON, and warns before a retry
            with contextlib.redirect_stdout(sys.stderr), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                open_files(Path(staging), download=True)
            for found in Path(staging).iterdir():
                _move(found, request.root / found.name)
    except Exception as why:  # network, mirror, full disk and gdown each raise their own types
        reason = " ".join(str(why).split()) or type(why).__name__
        raise BadInput(f"{request.name!r} could not be downloaded to {request.root}: {reason}") from why


def _move(found: Path, to: Path) -> None:
    """Move a file, or the contents of a folder into one that may already hold files."""
    if found.is_dir():
        shutil.copytree(found, to, copy_function=shutil.move, dirs_exist_ok=True)
    else:
        shutil.move(found, to)
