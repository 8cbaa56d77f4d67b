"""Atomic writing of files and folders, and size-checked reading of JSON."""

import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import numpy as np

from vae_core.common.errors import BadInput

T = TypeVar("T")
WINDOWS_RETRY_SECONDS = 1.0


def write_atomically(path: Path, write: Callable[[Path], object], *, durable: bool = False) -> None:
    """Write a file through a temporary one in the same folder, so that a reader never gets half a file.

    Args:
        path: The file to write or replace.
        write: Fills the temporary file; its return value is ignored.
        durable: Whether the data are on the disk before the file is replaced, so that it is complete after a power failure.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    temporary = Path(name)
    try:
        write(temporary)
        if durable:
            with temporary.open("r+b") as file:  # Windows flushes only files that are open for writing
                os.fsync(file.fileno())
        temporary.chmod(0o644)  # mkstemp makes files private, but others may read a checkpoint
        retry_while_open(lambda: temporary.replace(path))
    finally:
        temporary.unlink(missing_ok=True)


def retry_while_open(action: Callable[[], T]) -> T:
    """Run ``action`` and return its result; on Windows try again for a second while another process has the file open."""
    end = time.monotonic() + WINDOWS_RETRY_SECONDS
    while True:
        try:
            return action()
        except PermissionError:
            if sys.platform != "win32" or time.monotonic() > end:
                raise
            time.sleep(0.01)


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 text file atomically."""
    write_atomically(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def write_npz(path: Path, arrays: Mapping[str, np.ndarray], *, compress: bool = True) -> None:
    """Write arrays by name to a .npz file, atomically."""

    def write(temporary: Path) -> None:
        with temporary.open("wb") as file:  # given a path, NumPy would append ".npz" to the temporary name
            save: Callable[..., None] = np.savez_compressed if compress else np.savez
            save(file, **arrays)

    write_atomically(path, write)


def write_folder(path: Path, fill: Callable[[Path], None], *, replace: bool = False) -> None:
    """Write a folder through a temporary one beside it, filled by ``fill``.

    Of two writers of one new folder at once, one succeeds and the other gets ``BadInput``.

    Raises:
        BadInput: The folder exists and ``replace`` is false.
    """
    taken = f"{path} exists already; choose another name, or allow it to be replaced"
    if path.exists() and not replace:
        raise BadInput(taken)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
    try:
        fill(temporary)
        temporary.chmod(0o755)
        for file in temporary.iterdir():
            file.chmod(0o644)
        if replace and path.exists():
            old = temporary.with_name(temporary.name + ".old")
            path.rename(old)
            temporary.rename(path)
            shutil.rmtree(old)
            return
        try:
            temporary.rename(path)  # fails where a folder with files has appeared in the meantime
        except OSError:
            if path.exists():
                raise BadInput(taken) from None
            raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def read_json(path: Path, *, limit: int = 4 << 20) -> Any:
    """Parse a JSON file of at most ``limit`` bytes.

    Raises:
        BadInput: The file is missing, too large or not JSON.
    """
    try:
        size = path.stat().st_size
        if size > limit:
            raise BadInput(f"{path.name} has {size:,} bytes; at most {limit:,} are read")
        return json.loads(retry_while_open(lambda: path.read_text(encoding="utf-8")), parse_constant=_refuse_constant)
    except FileNotFoundError:
        raise BadInput(f"{path.parent} has no {path.name}; a checkpoint folder holds one") from None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise BadInput(f"{path.name} is not readable JSON: {error}") from None


def _refuse_constant(name: str) -> NoReturn:
    """Refuse NaN and infinities, which Python's parser accepts but JSON does not have."""
    raise BadInput(f"the JSON holds {name}, which is not a number")
