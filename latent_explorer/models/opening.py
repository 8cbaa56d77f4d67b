"""Opening models by name. Within one page run each folder is looked at once, however many sections ask for it."""

from collections.abc import Iterable

import streamlit as st

from latent_explorer.models import caches, files, library
from latent_explorer.models.library import Entry
from latent_explorer.models.model import Model
from latent_explorer.ui import state
from vae_core.common.errors import BadInput


def _opened() -> dict[str, Model | None]:
    """The models of this page run, by name; None for one that vanished while it was looked at."""
    known = state.OPENED.get()
    if known is None:
        known = {}
        for name, folder in library.folders().items():
            try:
                known[name] = Model(files.stamp(folder))
            except BadInput:
                known[name] = None
        state.OPENED.set(known)
    return known


def names() -> list[str]:
    """Return the names of all checkpoints, sorted."""
    return [name for name, model in _opened().items() if model is not None]


def exists(name: str) -> bool:
    """Return whether there is a checkpoint of that name."""
    return _opened().get(name) is not None


def entries() -> dict[str, Entry]:
    """Return the catalogue: an entry per checkpoint, without loading any."""
    return {name: caches.entry(model.files) for name, model in _opened().items() if model is not None}


def open(name: str) -> Model:
    """Open a model.

    Args:
        name: name of its checkpoint folder.

    Returns:
        The model; the same object during one page run. Its files are read when they are first needed.

    Raises:
        BadInput: there is no model of that name.
    """
    model = _opened().get(name)
    if model is None:
        raise BadInput(f"there is no model named {name!r}; choose from {', '.join(names()) or 'none yet'}")
    return model


def open_readable(wanted: Iterable[str]) -> tuple[list[Model], dict[str, str]]:
    """Open several models, leaving out those that cannot be read.

    Returns:
        (readable models in the order of ``wanted``, what is wrong with each other one by name).
    """
    readable, wrong = [], {}
    for name in wanted:
        try:
            model = open(name)
            problem = model.problem
        except BadInput as error:
            wrong[name] = str(error)
            continue
        if problem is None:
            readable.append(model)
        else:
            wrong[name] = problem
    return readable, wrong


def require_models() -> list[str]:
    """Return the names of all models; without any, the page ends with a link to training one."""
    found = names()
    if not found:
        st.info("There is no trained model yet.", icon=":material/info:")
        st.page_link("pages/train.py", label="Train one", icon=":material/play_circle:")
        st.stop()
    return found
