"""The Streamlit component. Importing this module registers it, which works in a running app only."""

from collections.abc import Mapping
from typing import Any

from streamlit.components.v2 import component
from streamlit.errors import StreamlitAPIException

from vae_core.common.errors import BadInput

NAME = "latent-explorer.canvas"

try:
    _component = component(NAME, js="index-*.js")
except StreamlitAPIException as error:
    raise BadInput(f"Streamlit does not find the canvas; install the project with `pip install -e .` ({error})") from None


def _rerun() -> None:
    """Do nothing: Streamlit reports a state only if a callback is given, and reruns the page by itself."""


def mount_scene(data: Mapping[str, object], key: str) -> Mapping[str, Any]:
    """Show the scene. Returns its state, the fields of ``Report`` in src/protocol.ts: None until the browser reports them."""
    return _component(
        data=data,
        key=key,
        default=dict.fromkeys(("z", "condition", "selection", "viewport", "failure")),
        on_z_change=_rerun,
        on_condition_change=_rerun,
        on_selection_change=_rerun,
        on_viewport_change=_rerun,
        on_failure_change=_rerun,
    )


def send_bytes(content: bytes, key: str) -> None:
    """Send packed bytes to the browser. Draws nothing."""
    _component(data=content, key=key)
