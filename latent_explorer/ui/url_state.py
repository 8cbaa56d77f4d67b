"""What a link carries beside the widgets, which bind themselves: the code under the hand, and the points inside a lasso."""

import base64
import binascii
import zlib

import numpy as np
import streamlit as st

MOST_SELECTED = 6000  # characters; browsers and servers take links of about 8,000


def write_code(z: np.ndarray) -> str:
    """A code as a link has it.

    >>> write_code(np.array([0.5, -1.25, 0.0]))
    '0.5,-1.25,0'
    """
    return ",".join(f"{value + 0.0:.3f}".rstrip("0").rstrip(".") for value in np.round(z.astype(float), 3))


def read_code(text: str | None, latent_dim: int) -> np.ndarray | None:
    """The code that a link asks for; None where it asks for none, or for one that does not fit.

    >>> read_code("0.5,-1.25,0", 3)
    array([ 0.5 , -1.25,  0.  ], dtype=float32)
    >>> read_code("0.5,nan,x", 3) is None
    True
    """
    try:
        z = np.array([float(part) for part in (text or "")[:4000].split(",")], dtype=np.float32)
    except (ValueError, OverflowError):
        return None
    return z if z.shape == (latent_dim,) and np.isfinite(z).all() and np.abs(z).max() <= 100 else None


def write_rows(rows: np.ndarray, n: int) -> str | None:
    """Some of n rows as a few characters; None where a link would become too long.

    >>> read_rows(write_rows(np.array([2, 5]), 9), 9)
    array([2, 5])
    """
    bits = np.zeros(n, dtype=bool)
    bits[rows] = True
    text = base64.urlsafe_b64encode(zlib.compress(np.packbits(bits).tobytes(), 9)).decode().rstrip("=")
    return text if len(text) <= MOST_SELECTED else None


def read_rows(text: str | None, n: int) -> np.ndarray | None:
    """The rows that a link asks for; None where it asks for none, or for what does not fit n rows."""
    if not text:
        return None
    size = -(-n // 8)
    try:
        packed = base64.urlsafe_b64decode(text[: 2 * MOST_SELECTED] + "=" * (-len(text) % 4))
        raw = zlib.decompressobj().decompress(packed, size + 1)
    except (ValueError, binascii.Error, zlib.error):
        return None
    if len(raw) != size:
        return None
    rows = np.flatnonzero(np.unpackbits(np.frombuffer(raw, np.uint8)))
    return rows if len(rows) and rows[-1] < n else None


def asked(name: str, owner: str) -> str | None:
    """The link's parameter, if a person brought it: by opening a link, or by going back. None once the page itself wrote it.

    ``owner`` is what the parameter belongs to, such as the model: with another one it is dropped. An empty text means that
    the person went back to where there was none.
    """
    written = st.session_state.get(f"link {name}")
    text = st.query_params.get(name)
    if written and written[0] != owner:
        drop(name)
        st.session_state.pop(f"link {name}")
        return None
    if text is None:
        # a new page comes without the parameters of the last one; the same page without them was gone back to
        return "" if written and written[1] and not st.session_state.get("arrived") else None
    return text if written is None or written[1] != text else None


def tell(name: str, text: str | None, owner: str) -> None:
    """Put a parameter into the address, which makes a step that Back undoes; None takes it out."""
    st.session_state[f"link {name}"] = (owner, text)
    if text is None:
        drop(name)
    elif st.query_params.get(name) != text:
        st.query_params[name] = text


def _arrived(place: str) -> bool:
    """Whether the visitor comes from another page, and the session remembers something for this one."""
    return bool(st.session_state.get("arrived")) and st.session_state.get(place) is not None


def drop(name: str) -> None:
    if name in st.query_params:
        del st.query_params[name]


def code(name: str, latent_dim: int, default: np.ndarray | None, key: str) -> np.ndarray | None:
    """The code to give to the canvas ``key`` of this model: the link's, where it has one, else ``default``.

    It stays the same over reruns, so that the canvas is the hand's until a link or Back brings another code.
    """
    text = asked("z", name)
    found = read_code(text, latent_dim) if text else default
    if text is not None and (found is not None or not text):
        st.session_state[f"given {key}"] = found
        # what the canvas reported last is older than the link, until the hand moves again
        st.session_state[f"stale {key}"] = (st.session_state.get(key) or {}).get("z")
        tell("z", text or None, name)
    elif _arrived(f"last z {name}"):  # the code goes from page to page with the model
        st.session_state[f"given {key}"] = st.session_state[f"last z {name}"]
        tell("z", write_code(st.session_state[f"last z {name}"]), name)
    given = st.session_state.get(f"given {key}")
    return given if given is not None and len(given) == latent_dim else default


def keep_code(name: str, z: np.ndarray, given: np.ndarray | None, key: str) -> np.ndarray:
    """After the canvas: the code that is on screen, put into the link once the hand has left one."""
    reported = (st.session_state.get(key) or {}).get("z")
    if not reported or reported == st.session_state.get(f"stale {key}"):
        return z if given is None else given
    tell("z", write_code(z), name)
    st.session_state[f"last z {name}"] = z
    return z


def selection(name: str, n: int, key: str) -> np.ndarray | None:
    """The rows to give to the canvas ``key``: the link's, none (empty) where Back took a lasso away, None: the hand's."""
    text = asked("sel", name)
    if text is not None:
        st.session_state[f"brought {key}"] = ((st.session_state.get(key) or {}).get("selection"), read_rows(text, n))
        tell("sel", text or None, name)
    elif _arrived(f"last sel {key}"):
        st.session_state[f"brought {key}"] = (None, st.session_state[f"last sel {key}"])
        tell("sel", write_rows(st.session_state[f"last sel {key}"], n), name)
    if f"brought {key}" not in st.session_state:
        return None
    rows = st.session_state[f"brought {key}"][1]
    return np.array([], dtype=int) if rows is None else rows


def keep_selection(name: str, rows: np.ndarray | None, given: np.ndarray | None, n: int, key: str) -> np.ndarray | None:
    """After the canvas: the rows that are selected on screen, put into the link once the hand has drawn round them."""
    brought = st.session_state.get(f"brought {key}")
    if brought and given is not None and brought[0] == (st.session_state.get(key) or {}).get("selection"):
        return given if len(given) and given[-1] < n else None  # what the canvas holds is older than the link
    tell("sel", None if rows is None else write_rows(rows, n), name)
    st.session_state[f"last sel {key}"] = rows
    return rows


def read_condition(name: str, size: int, key: str) -> np.ndarray | None:
    """The condition to give to the canvas ``key``: the link's, None: the hand's."""
    text = asked("c", name)
    found = read_code(text, size)
    if found is not None:
        st.session_state[f"given c {key}"] = found
        st.session_state[f"stale c {key}"] = (st.session_state.get(key) or {}).get("condition")
        tell("c", text, name)
    elif _arrived(f"last c {name}"):
        st.session_state[f"given c {key}"] = st.session_state[f"last c {name}"]
        tell("c", write_code(st.session_state[f"last c {name}"]), name)
    given = st.session_state.get(f"given c {key}")
    return given if given is not None and len(given) == size else None


def keep_condition(name: str, condition: np.ndarray | None, given: np.ndarray | None, key: str) -> np.ndarray | None:
    """After the canvas: the condition shown on screen, put into the link once the hand has chosen."""
    reported = (st.session_state.get(key) or {}).get("condition")
    if not reported or reported == st.session_state.get(f"stale c {key}"):
        return condition if given is None else given
    tell("c", write_code(condition), name)
    st.session_state[f"last c {name}"] = condition
    return condition
