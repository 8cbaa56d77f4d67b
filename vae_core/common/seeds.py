"""Every random stream is a function of a seed and of what it is for.

No generator's state is ever stored: the batch at step 700 and its noise follow from (seed, purpose, 700) alone, so that a
resumed run continues bit for bit and two runs that differ in one field see the same batches.
"""

import zlib

import numpy as np


def derive_seed(seed: int, *path: str | int) -> int:
    """A 63-bit seed for one purpose, e.g. ``derive_seed(0, "noise", step)``."""
    words = [zlib.crc32(p.encode()) if isinstance(p, str) else p for p in path]
    return int(np.random.SeedSequence([seed, *words]).generate_state(1, np.uint64)[0] >> 1)


def rng(seed: int, *path: str | int) -> np.random.Generator:
    """A NumPy generator for one purpose."""
    return np.random.default_rng(derive_seed(seed, *path))
