"""An array in the .npy format, judged by its header before any of it is read."""

import contextlib
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BufferedIOBase

import numpy as np

from vae_core.errors import BadInput

HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


@dataclass(frozen=True)
class Header:
    """What an array says of itself."""

    shape: tuple[int, ...]
    dtype: np.dtype

    def __str__(self) -> str:
        return f"{self.dtype} {self.shape}"


@dataclass(frozen=True)
class StoredArray:
    """An array that still lies in a file or in an archive, where it takes ``n_bytes``."""

    what: str
    open: Callable[[], BufferedIOBase]
    n_bytes: int

    def header(self) -> Header:
        """Shape and dtype, if as many bytes follow as they need."""
        with self._reading(), self.open() as file:
            shape, _, dtype = HEADERS[np.lib.format.read_magic(file)](file)
            follow = self.n_bytes - file.tell()
        needed = math.prod(shape) * dtype.itemsize
        if dtype.hasobject or min(shape, default=0) < 0 or needed > follow:
            raise BadInput(f"{self.what} declares {dtype} {shape}; numbers are read, and {follow:,} bytes follow")
        return Header(shape, dtype)

    def read(self) -> np.ndarray:
        with self._reading(), self.open() as file:
            return np.lib.format.read_array(file, allow_pickle=False)

    @contextlib.contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except Exception as why:  # a header is parsed as Python's literals, which fail in many ways; so does a broken archive
            raise BadInput(f"{self.what} is not a .npy array that can be read: {why}") from why
