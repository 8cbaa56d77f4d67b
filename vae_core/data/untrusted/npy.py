"""Arrays in .npy and .npz files; their headers are checked before any data are read."""

import contextlib
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

import numpy as np

from vae_core.common.errors import BadInput
from vae_core.data.untrusted.archives import open_zip, rejection_reason
from vae_core.data.untrusted.limits import Limits

HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


@dataclass(frozen=True)
class Header:
    """Shape and type that an array declares."""

    shape: tuple[int, ...]
    dtype: np.dtype

    def __str__(self) -> str:
        return f"{self.dtype} {self.shape}"


@dataclass(frozen=True)
class StoredArray:
    """An array in a file or archive that is not read yet; it takes ``n_bytes`` there."""

    what: str
    open: Callable[[], IO[bytes]]
    n_bytes: int

    def header(self) -> Header:
        """Return the declared shape and dtype.

        Raises:
            BadInput: Fewer bytes follow than the array needs, or it is not numeric.
        """
        with self._reading(), self.open() as file:
            shape, _, dtype = HEADERS[np.lib.format.read_magic(file)](file)
            follow = self.n_bytes - file.tell()
        needed = math.prod(shape) * dtype.itemsize
        if dtype.hasobject or min(shape, default=0) < 0 or needed > follow:
            raise BadInput(f"{self.what} declares {dtype} {shape}; numbers are read, and {follow:,} bytes follow")
        return Header(shape, dtype)

    def read(self) -> np.ndarray:
        """Read the array; pickles are refused."""
        with self._reading(), self.open() as file:
            return np.lib.format.read_array(file, allow_pickle=False)

    @contextlib.contextmanager
    def _reading(self) -> Iterator[None]:
        """Turn any error into ``BadInput``."""
        try:
            yield
        except Exception as why:  # parsing a header as Python literals, and a broken archive, can raise many types
            raise BadInput(f"{self.what} is not a readable .npy array: {why}") from why


@contextlib.contextmanager
def stored_arrays(path: Path, limits: Limits) -> Iterator[dict[str, StoredArray]]:
    """Open a .npz and yield its arrays by name; the array of a .npy has the name ""."""
    if path.suffix.lower() == ".npy":
        n_bytes = path.stat().st_size
        limits.check_bytes(n_bytes, path.name)
        yield {"": StoredArray(path.name, partial(path.open, "rb"), n_bytes)}
        return
    with open_zip(path, limits) as archive:
        stored = {}
        for member in archive.infolist():
            if why := rejection_reason(member, limits):
                raise BadInput(f"{path.name}: {member.filename}: {why}")
            name = member.filename.removesuffix(".npy")
            stored[name] = StoredArray(f"{path.name}: {name}", partial(archive.open, member), member.file_size)
        yield stored
