"""Arrays in one piece of bytes, as src/unpack.ts reads them: header length, JSON header, arrays at multiples of 8."""

import json

import numpy as np

DTYPES = ("float16", "float32", "uint8", "uint16", "int32")


def pack(kind: str, key: str, arrays: dict[str, np.ndarray], **settings) -> bytes:
    """``kind`` and ``key`` say what it is; ``settings`` are JSON."""
    entries, parts, offset = [], [], 0
    for name, array in arrays.items():
        if array.dtype.name not in DTYPES:
            raise TypeError(f"array {name!r} is {array.dtype}; choose from {', '.join(DTYPES)}")
        entries.append({"name": name, "dtype": array.dtype.name, "shape": list(array.shape), "offset": offset})
        content = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
        parts.append(content.ljust(_multiple(len(content)), b"\0"))
        offset += len(parts[-1])
    header = {"kind": kind, "key": key, "arrays": entries, **settings}
    # offsets are written relative to the end of the header, whose own length they would change
    text = json.dumps(header).encode()
    text = text.ljust(_multiple(len(text)))
    return len(text).to_bytes(8, "little") + text + b"".join(parts)


def _multiple(length: int) -> int:
    return -(-length // 8) * 8
