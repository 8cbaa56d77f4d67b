"""A number written in one style: every digit has the same latent code, only the label changes."""

import numpy as np
import streamlit as st

from latent_explorer.models import Model
from latent_explorer.sections.conditional.conditions import Conditions, show_downloads
from latent_explorer.ui import display_names, url_state, widgets
from latent_explorer.ui.image_grid import show_images
from latent_explorer.ui.state import Conditional

TITLE = "Write a number"


def show_number(model: Model, conditions: Conditions, z: np.ndarray) -> None:
    """Draw a text with the model's values as characters.

    Args:
        model: the model.
        conditions: its labels; every value is one character.
        z: (D,), the latent code on the canvas.
    """
    st.markdown(
        "**One style, any number**: every digit has the latent code of the canvas, only the label changes. Drag a slider above."
    )
    values = conditions.label.values
    text = widgets.text_input(Conditional.TEXT, "Number", width=260)
    signs = [values.index(sign) for sign in text if sign in values]
    allowed = "".join(values)
    if not signs:
        st.warning(f"{text!r} has no character that this model knows: {allowed}.", icon=":material/help:")
        return
    if left_out := sorted({sign for sign in text if sign not in values and sign != " "}):
        st.caption(f"Left out: {' '.join(left_out)}; this model knows {allowed}.")
    images = conditions.decode(z[None], signs)
    show_images(
        images, len(signs), gap=0, scale=max(2, 96 // model.shape[-1]),
        alt=f"the number {text}, written by {model.name} in one style",
    )  # fmt: skip
    st.caption(f"z = ({url_state.write_code(z)}). {display_names.model_caption(model)}.")
    show_downloads(model, images, len(signs), "number", z=z)
