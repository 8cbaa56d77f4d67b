"""The one error for what a person typed, uploaded or linked to."""


class BadInput(ValueError):
    """A sentence for a person: what was given, and what is allowed.

    The command line prints it and exits with 2; pages show it with ``st.error``. Nothing else in the core is caught there,
    so a programming error keeps its traceback.
    """


class DataMissing(BadInput):
    """The images are not on this machine and were not asked to be downloaded."""


def look_up(name: str, registry: dict, what: str):
    """``registry[name]``, or a sentence that names the choices."""
    try:
        return registry[name]
    except (KeyError, TypeError):
        raise BadInput(f"unknown {what} {name!r}; choose from {', '.join(sorted(registry))}") from None
