"""The error for bad input: values typed, uploaded or linked by a user."""

from collections.abc import Mapping
from typing import TypeVar

Entry = TypeVar("Entry")


class BadInput(ValueError):
    """Bad input; the message is one sentence that names the value and the allowed ones.

    The command line prints it and exits with 2; pages show it with ``st.error``. Both catch no other error of the core, so
    that a programming error keeps its traceback.
    """


class DataMissing(BadInput):
    """Data or weights that are not on this machine, when no download was requested."""


def look_up(name: str, registry: Mapping[str, Entry], what: str) -> Entry:
    """Return ``registry[name]``.

    Raises:
        BadInput: The name is not registered; the message lists the registered ones.
    """
    try:
        return registry[name]
    except (KeyError, TypeError):
        raise BadInput(f"unknown {what} {name!r}; choose from {', '.join(sorted(registry))}") from None
