"""The model that the visitor has picked: the select box in the side bar, and the URL parameter ``?model=``."""

import streamlit as st

from latent_explorer.models import opening
from latent_explorer.models.model import Model
from latent_explorer.ui import state, widgets

FAVOURITE = "mnist-2"  # what a page opens on first: familiar digits, on a plane that is the latent space itself


def pick(*, conditional: bool = False) -> None:
    """Draw the select box in the side bar; its choice is in the URL and stays while pages change.

    Args:
        conditional: offer only models that are conditioned on labels.
    """
    offered = conditional_names() if conditional else opening.names()
    if not offered:
        return
    asked = state.MODEL.get() or st.query_params.get(state.MODEL.key, favourite_of(offered))
    if asked not in offered:
        if not opening.exists(asked):  # an old link, or a model that was deleted
            state.MISSING_MODEL.set(asked)
        st.session_state.pop(state.MODEL.key, None)
        st.query_params.pop(state.MODEL.key, None)
    if widgets.hidden("model"):
        if asked in offered:
            state.MODEL.set(asked)
        return
    index = offered.index(favourite_of(offered))
    st.sidebar.selectbox("Model", offered, index, key=state.MODEL.key, bind="query-params", persist_state="session")


def favourite_of(offered: list[str]) -> str:
    """Return the model to open on while none is picked."""
    return FAVOURITE if FAVOURITE in offered else offered[0]


def conditional_names() -> list[str]:
    """Return the names of the models that are conditioned on labels."""
    return [name for name, entry in opening.entries().items() if entry.conditional]


def current() -> Model:
    """Open the picked model; without any model, the page ends with a link to training one."""
    if missing := state.MISSING_MODEL.pop():
        text = f"There is no model named {missing[:80]!r} here any more; another one is shown."
        st.warning(text, icon=":material/help:")
    return opening.open(state.MODEL.get() or favourite_of(opening.require_models()))
