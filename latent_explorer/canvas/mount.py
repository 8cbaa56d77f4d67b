"""The two ways in which the built bundle is mounted. Importing this asks Streamlit for the component, so that only a running
app does it."""

import streamlit as st
from streamlit.errors import StreamlitAPIException

from vae_core.common.errors import BadInput

NAME = "latent-explorer.canvas"

try:
    _component = st.components.v2.component(NAME, js="index-*.js")
except StreamlitAPIException as error:
    raise BadInput(f"Streamlit does not find the canvas; install the project with `pip install -e .` ({error})") from None


def _nothing() -> None:
    """A state of a component exists once something listens to it; the rerun itself is what is wanted."""


def mount(data: dict, key: str):
    """The scene: small JSON in, its state out."""
    states = ("z", "condition", "selection", "viewport", "failure")
    return _component(data=data, key=key, default=dict.fromkeys(states), **{f"on_{name}_change": _nothing for name in states})


def carry(content: bytes, key: str) -> None:
    """Packed bytes for the scene; draws nothing."""
    _component(data=content, key=key)
