"""Draw on a canvas; the encoder answers while you draw."""

import streamlit as st

from latent_explorer.canvas import latent_canvas
from latent_explorer.models import Model
from latent_explorer.ui import url_state


def show_drawing(model: Model) -> None:
    """Draw the canvas with a drawing pad and the map, or say why there is none."""
    if not model.in_browser:
        text = f"{model.name} decodes pixel by pixel, which does not run in the browser; choose a held-out image."
        st.info(text, icon=":material/info:")
        return
    st.markdown("**What does the model see in your drawing?** Draw, and the encoder answers while you draw.")
    canvas = f"draw {model.name}"
    code = url_state.latent_code(model.name, model.latent_dim, canvas)
    given = code.given()
    reported = latent_canvas(
        model.canvas, model.canvas_points(examples=True), modes=("draw", "map"), z=given,
        decode=model.decode_with_condition, key=canvas,
    )  # fmt: skip
    code.keep(reported.z, given)
