"""Arrays as bytes for the browser, in the format that src/unpack.ts reads, and row numbers as base64 text."""

import base64
import json
from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from jaxtyping import Int, Shaped

from latent_explorer.canvas.data import CanvasPoints
from vae_core.latent.active_units import active_units

DTYPES = ("float16", "float32", "uint8", "uint16", "int32")
MAX_STDS = 20_000  # points whose standard deviations are sent: enough for ellipses and densities
MAX_HALF = 65504  # the largest number in half precision


def pack(kind: str, key: str, arrays: Mapping[str, np.ndarray], **settings: object) -> bytes:
    """Pack arrays: the header's length, a JSON header, then each array at a multiple of 8 bytes.

    Args:
        kind: ``decoder``, ``encoder`` or ``points``.
        key: The name under which the browser keeps the contents.
        arrays: Arrays by name, of one of ``DTYPES``.
        settings: Further entries of the JSON header.

    Raises:
        TypeError: An array has another dtype.
    """
    entries, parts, offset = [], [], 0
    for name, array in arrays.items():
        if array.dtype.name not in DTYPES:
            raise TypeError(f"array {name!r} is {array.dtype}; choose from {', '.join(DTYPES)}")
        entries.append({"name": name, "dtype": array.dtype.name, "shape": list(array.shape), "offset": offset})
        content = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
        parts.append(content.ljust(_multiple_of_8(len(content)), b"\0"))
        offset += len(parts[-1])
    header = {"kind": kind, "key": key, "arrays": entries, **settings}
    # offsets count from the end of the header: they must not depend on its length, which they would change
    text = json.dumps(header).encode()
    text = text.ljust(_multiple_of_8(len(text)))
    return len(text).to_bytes(8, "little") + text + b"".join(parts)


def _multiple_of_8(length: int) -> int:
    """Round up to a multiple of 8."""
    return -(-length // 8) * 8


@lru_cache(maxsize=4)  # a rerun must not pack a million points again
def pack_points(points: CanvasPoints) -> bytes:
    """Pack the encodings. On a plane, positions are left out: the browser computes them from the codes."""
    mean = np.asarray(points.mean)
    origin, axes = points.origin, points.axes
    if points.xy is None:
        origin, axes = np.zeros(mean.shape[1]), np.eye(2, mean.shape[1])
    every = -(-len(mean) // MAX_STDS)

    # codes, their deviations, the map; half precision is far finer than a posterior's width
    arrays: dict[str, np.ndarray] = {"mean": mean.astype(np.float16)}
    if points.std is not None:
        arrays["std"] = points.std[::every].astype(np.float16)
    if origin is not None:
        arrays["origin"] = origin.astype(np.float32)
    if axes is not None:
        arrays["axes"] = axes.astype(np.float32)
    elif points.xy is not None:
        arrays["xy"] = points.xy.astype(np.float32)
    if points.examples is not None:
        arrays["examples"] = points.examples.astype(np.uint8)

    # colours: whole numbers are classes, other numbers a scale
    colours = []
    for i, (name, values) in enumerate(points.colours.items()):
        names = class_names(points, name)
        colours.append({"name": name, "classes": names})
        if names is not None:
            dtype = np.uint8 if len(names) <= 256 else np.uint16
        else:
            dtype = np.float16 if np.abs(values).max(initial=0) <= MAX_HALF else np.float32  # enough for 256 shades
        arrays[f"colour {i}"] = values.astype(dtype)

    kl = [None] * mean.shape[1] if points.kl is None else points.kl.mean(axis=0).astype(float).round(4).tolist()
    units = [{"index": j, "kl": kl[j], "active": bool(active)} for j, active in enumerate(active_units(mean))]
    projection = {"label": points.projection, "trust": points.trustworthiness}
    return pack("points", points.key, arrays, projection=projection, colours=colours, units=units, every=every)


def class_names(points: CanvasPoints, colour: str) -> list[str] | None:
    """Name the classes of a colour, by their numbers where no names are given. None: the colour is a continuous scale."""
    values = points.colours[colour]
    if not np.issubdtype(values.dtype, np.integer):
        return None
    return list(points.class_names.get(colour) or map(str, range(int(values.max(initial=0)) + 1)))


def pack_rows(rows: Int[np.ndarray, "rows"], n: int) -> str:
    """Encode rows, out of ``n``, as a bit each in base64. No rows: an empty string.

    >>> unpack_rows(pack_rows(np.array([3, 9]), 12), 12)
    array([3, 9])
    """
    if not len(rows):
        return ""
    bits = np.zeros(n, dtype=bool)
    bits[rows] = True
    return base64.b64encode(np.packbits(bits, bitorder="little").tobytes()).decode()


def unpack_rows(text: str | None, n: int) -> Shaped[np.ndarray, "rows"] | None:
    """Decode rows out of ``n``. None: no rows, or the text belongs to another number of points."""
    if not text:
        return None
    bits = np.unpackbits(np.frombuffer(base64.b64decode(text), np.uint8), bitorder="little")
    rows = np.flatnonzero(bits)
    return rows if len(bits) - 8 < n <= len(bits) and rows.max(initial=0) < n else None
