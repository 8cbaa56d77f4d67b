"""Values in the URL beside those of the widgets: the latent code, the condition and the selected points of a canvas.

Widgets bind themselves to the URL (``widgets.py``), which replaces the URL; values written here make a step that the browser's
Back undoes.
"""

import base64
import binascii
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from latent_explorer.ui import state

MAX_SELECTION = 6000  # characters; browsers and servers accept URLs of about 8,000
MAX_CODE = 4000  # characters
MAX_VALUE = 100  # of a unit


def write_code(z: np.ndarray) -> str:
    """Write a latent code as text for the URL.

    >>> write_code(np.array([0.5, -1.25, 0.0]))
    '0.5,-1.25,0'
    """
    return ",".join(f"{value + 0.0:.3f}".rstrip("0").rstrip(".") for value in np.round(z.astype(float), 3))


def read_code(text: str | None, latent_dim: int) -> np.ndarray | None:
    """Read a latent code from the URL's text; None if there is none or it does not fit the model.

    >>> read_code("0.5,-1.25,0", 3)
    array([ 0.5 , -1.25,  0.  ], dtype=float32)
    >>> read_code("0.5,nan,x", 3) is None
    True
    """
    try:
        z = np.array([float(part) for part in (text or "")[:MAX_CODE].split(",")], dtype=np.float32)
    except (ValueError, OverflowError):
        return None
    return z if z.shape == (latent_dim,) and np.isfinite(z).all() and np.abs(z).max() <= MAX_VALUE else None


def write_rows(rows: np.ndarray, n: int) -> str | None:
    """Write a selection of n rows as compressed text; None if the URL would become too long.

    >>> read_rows(write_rows(np.array([2, 5]), 9), 9)
    array([2, 5])
    """
    bits = np.zeros(n, dtype=bool)
    bits[rows] = True
    text = base64.urlsafe_b64encode(zlib.compress(np.packbits(bits).tobytes(), 9)).decode().rstrip("=")
    return text if len(text) <= MAX_SELECTION else None


def read_rows(text: str | None, n: int) -> np.ndarray | None:
    """Read a selection from the URL's text; None if there is none or it does not fit n rows."""
    if not text:
        return None
    size = -(-n // 8)
    try:
        packed = base64.urlsafe_b64decode(text[: 2 * MAX_SELECTION] + "=" * (-len(text) % 4))
        raw = zlib.decompressobj().decompress(packed, size + 1)
    except (ValueError, binascii.Error, zlib.error):
        return None
    if len(raw) != size:
        return None
    rows = np.flatnonzero(np.unpackbits(np.frombuffer(raw, np.uint8)))
    return rows if len(rows) and rows[-1] < n else None


def url_request(name: str, owner: str) -> str | None:
    """Return a parameter that the visitor brought, by opening a link or by going back; None if the page itself wrote it.

    Args:
        name: the URL parameter.
        owner: what the parameter belongs to, such as the model; a parameter of another owner is dropped.

    Returns:
        The text; an empty text if the visitor went back to a URL without the parameter.
    """
    written = st.session_state.get(f"link {name}")
    text = st.query_params.get(name)
    if written and written[0] != owner:
        _drop(name)
        st.session_state.pop(f"link {name}")
        return None
    if text is None:
        # a new page opens without the parameters of the last one; on the same page a missing one means Back
        return "" if written and written[1] and not state.ARRIVED.get() else None
    return text if written is None or written[1] != text else None


def write_url(name: str, text: str | None, owner: str) -> None:
    """Write a parameter into the URL, a step that Back undoes; None removes it."""
    st.session_state[f"link {name}"] = (owner, text)
    if text is None:
        _drop(name)
    elif st.query_params.get(name) != text:
        st.query_params[name] = text


def _drop(name: str) -> None:
    if name in st.query_params:
        del st.query_params[name]


@dataclass(frozen=True)
class CanvasValue:
    """A value that the canvas reports and the URL holds: a latent code, a condition or a selection.

    Three copies must agree: what the URL asks for, what the page gives to the canvas, and what the canvas reported last.
    A link, Back or another page brings a new value; the report of the run before is then older than it, and is ignored
    until the canvas reports something else. Otherwise the canvas keeps its own value, and the URL follows it.

    Args:
        parameter: name in the URL.
        owner: what the value belongs to, such as the model.
        canvas: key of the canvas component.
        field: name of the value in the canvas' report.
        memory: session key under which the value is carried from page to page.
        read: from the URL's text to the value; None if it does not fit.
        write: from the value to the URL's text; None if it would be too long.
        clearable: an empty value is a value, as of a selection that was cleared.
    """

    parameter: str
    owner: str
    canvas: str
    field: str
    memory: str
    read: Callable[[str], np.ndarray | None]
    write: Callable[[np.ndarray], str | None]
    size: int | None = None  # length of the value; a kept one of another length belonged to another version of the model
    clearable: bool = False

    def given(self, default: np.ndarray | None = None) -> np.ndarray | None:
        """Return the value to give to the canvas in this run; None leaves the canvas its own.

        Args:
            default: the value while neither a link nor the session has one.
        """
        text = url_request(self.parameter, self.owner)
        brought = self.read(text) if text else default
        if text is not None and (brought is not None or not text):
            self._give(np.array([], dtype=int) if brought is None and self.clearable else brought)
            write_url(self.parameter, text or None, self.owner)
        elif state.ARRIVED.get() and (last := st.session_state.get(self.memory)) is not None:
            self._give(last)
            write_url(self.parameter, self.write(last), self.owner)
        kept = st.session_state.get(self._key)
        if kept is None or kept[0] is None or (self.size is not None and len(kept[0]) != self.size):
            return default
        return kept[0]

    def keep(self, value: np.ndarray | None, given: np.ndarray | None) -> np.ndarray | None:
        """Return the value that is on the screen, and write it into the URL if the canvas has reported a new one.

        Args:
            value: what the canvas returned in this run.
            given: what was given to it.
        """
        kept, report = st.session_state.get(self._key), self._report()
        if kept is not None and report == kept[1]:
            if given is None:
                return value
            return None if self.clearable and not len(given) else given
        if not report and not self.clearable:
            return value if given is None else given
        write_url(self.parameter, None if value is None else self.write(value), self.owner)
        st.session_state[self.memory] = value
        return value

    @property
    def _key(self) -> str:
        return f"given {self.parameter} {self.canvas}"

    def _report(self) -> Any:
        return (st.session_state.get(self.canvas) or {}).get(self.field)

    def _give(self, value: np.ndarray | None) -> None:
        st.session_state[self._key] = (value, self._report())


def latent_code(owner: str, latent_dim: int, canvas: str) -> CanvasValue:
    """The latent code of a canvas; it goes from page to page with its model."""
    return CanvasValue(
        state.LATENT_CODE,
        owner,
        canvas,
        "z",
        f"last z {owner}",
        lambda text: read_code(text, latent_dim),
        write_code,
        latent_dim,
    )


def condition(owner: str, size: int, canvas: str) -> CanvasValue:
    """The condition of a canvas: a weight for each value of each label, then β; ``size`` numbers."""
    return CanvasValue(
        state.CONDITION, owner, canvas, "condition", f"last c {owner}", lambda text: read_code(text, size), write_code, size
    )


def selection(owner: str, n: int, canvas: str) -> CanvasValue:
    """The selected rows of a canvas' n points."""
    return CanvasValue(
        state.SELECTION, owner, canvas, "selection", f"last sel {canvas}", lambda text: read_rows(text, n),
        lambda rows: write_rows(rows, n), clearable=True,
    )  # fmt: skip
