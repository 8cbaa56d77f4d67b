"""Computed projections as files in the user's cache folder, so that they outlive the server."""

import contextlib
import hashlib
import json
import os
from pathlib import Path

import numpy as np

from vae_core.common.errors import BadInput
from vae_core.common.files import write_npz
from vae_core.data.untrusted import Limits, stored_arrays
from vae_core.latent.projection import Projection

CACHE = Path(os.environ.get("LATENT_EXPLORER_CACHE", Path.home() / ".cache" / "latent-explorer")) / "projections"
MOST_BYTES = 256 << 20  # of the folder; the least recently used files are deleted first
LIMITS = Limits(total_bytes=64 << 20)
SKETCH = 40  # epochs of the sketch, the first result
REFINED = 160  # epochs more, for the final map


def projection_key(codes: np.ndarray, settings: dict) -> str:
    """Return a hash of all that decides a projection: the latent codes, the settings and the epochs."""
    text = json.dumps([settings, SKETCH, REFINED, codes.shape, str(codes.dtype)], sort_keys=True)
    return hashlib.sha256(text.encode() + np.ascontiguousarray(codes).tobytes()).hexdigest()[:32]


def read_stored(key: str) -> Projection | None:
    """Return the stored projection; None if there is none, or its file is damaged."""
    path = CACHE / f"{key}.npz"
    if not path.is_file():
        return None
    try:
        with stored_arrays(path, LIMITS) as stored:
            xy, stored_trust = stored["xy"].read(), stored["trust"].read()
        os.utime(path)
    except (BadInput, KeyError, OSError):
        return None  # it is computed again, and the file is replaced
    trust = None if np.isnan(stored_trust) else float(stored_trust)
    return Projection("UMAP", xy.astype(np.float64), trust, epochs=SKETCH + REFINED)


def store_projection(key: str, made: Projection) -> None:
    """Store a projection, and delete the least recently used ones beyond ``MOST_BYTES``; a full disk is ignored."""
    trust = np.nan if made.trustworthiness is None else made.trustworthiness
    arrays = {"xy": made.xy.astype(np.float32), "trust": np.array(trust)}

    with contextlib.suppress(OSError):
        write_npz(CACHE / f"{key}.npz", arrays, compress=False)
        files = sorted(CACHE.glob("*.npz"), key=lambda f: f.stat().st_mtime, reverse=True)
        total = 0
        for file in files:
            total += file.stat().st_size
            if total > MOST_BYTES:
                file.unlink()
