"""Random streams as functions of a seed and a purpose.

No generator state is ever stored: the batch at step 700 and its noise follow from (seed, purpose, 700) alone. A resumed run
therefore continues bit for bit, and two runs that differ in one field get the same batches.
"""

import zlib

import numpy as np


def derive_seed(seed: int, *path: str | int) -> int:
    """Return a 63-bit seed for one purpose, for example ``derive_seed(0, "noise", step)``."""
    words = [zlib.crc32(p.encode()) if isinstance(p, str) else p for p in path]
    return int(np.random.SeedSequence([seed, *words]).generate_state(1, np.uint64)[0] >> 1)


def rng(seed: int, *path: str | int) -> np.random.Generator:
    """Return a NumPy generator for one purpose."""
    return np.random.default_rng(derive_seed(seed, *path))
