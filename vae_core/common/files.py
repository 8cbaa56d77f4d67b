"""Writing so that nobody ever reads half a file, and reading what others wrote with care."""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from vae_core.common.errors import BadInput


def write_atomically(path: Path, write: Callable[[Path], None], *, durable: bool = False) -> None:
    """``write`` fills a temporary file beside ``path``, which then takes its place in one step.

    A ``durable`` one is on the disk before that, so that it is also whole after the power failed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    temporary = Path(name)
    try:
        write(temporary)
        if durable:
            with temporary.open("rb") as file:
                os.fsync(file.fileno())
        temporary.chmod(0o644)  # mkstemp keeps files private, but a checkpoint is there to be read
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    write_atomically(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def write_npz(path: Path, arrays: Mapping[str, np.ndarray], *, compress: bool = True) -> None:
    """Write arrays by name to a .npz file, atomically."""

    def write(temporary: Path) -> None:
        with temporary.open("wb") as file:  # given a path, NumPy would append ".npz" to the temporary name
            (np.savez_compressed if compress else np.savez)(file, **arrays)

    write_atomically(path, write)


def write_folder(path: Path, fill: Callable[[Path], None], *, replace: bool = False) -> None:
    """``fill`` writes into a temporary folder beside ``path``, which then takes its place."""
    if path.exists() and not replace:
        raise BadInput(f"{path} exists already; choose another name, or allow it to be replaced")
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
    try:
        fill(temporary)
        temporary.chmod(0o755)
        for file in temporary.iterdir():
            file.chmod(0o644)
        if path.exists():
            old = temporary.with_name(temporary.name + ".old")
            path.rename(old)
            temporary.rename(path)
            shutil.rmtree(old)
        else:
            temporary.rename(path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def read_json(path: Path, *, limit: int = 4 << 20):
    """Parsed JSON of at most ``limit`` bytes; what is wrong with the file is said in one sentence."""
    try:
        size = path.stat().st_size
        if size > limit:
            raise BadInput(f"{path.name} has {size:,} bytes; at most {limit:,} are read")
        return json.loads(path.read_text(encoding="utf-8"), parse_constant=_no_constant)
    except FileNotFoundError:
        raise BadInput(f"{path.parent} has no {path.name}; a checkpoint folder holds one") from None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise BadInput(f"{path.name} is not readable JSON: {error}") from None


def _no_constant(name: str):
    raise BadInput(f"JSON holds {name}, which is no number")
