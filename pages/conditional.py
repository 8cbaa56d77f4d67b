"""Conditional: the label and the style of an image, each moved alone."""

import numpy as np
import streamlit as st

from latent_explorer import models
from latent_explorer.canvas import latent_canvas
from latent_explorer.sections.conditional import leak_probe, numbers, styles, transfer
from latent_explorer.sections.conditional.conditions import Conditions
from latent_explorer.ui import display_names, page, url_state, widgets
from latent_explorer.ui.state import Conditional

page.start(
    "Conditional",
    "The model is given the label, so that the latent code holds only the style. Drag a slider: the style changes under every "
    "label.",
    concepts=("condition", "temperature", "leak probe"),
    parameters=Conditional,
)
models.require_models()
if not models.conditional_names():
    st.info("None of the models here is conditioned on labels.", icon=":material/info:")
    st.page_link("pages/train.py", label="Train one: *Conditional* on labels", icon=":material/play_circle:")
    st.stop()
model = models.current()
st.caption(display_names.model_summary(model))

# the canvas: condition and sliders; both are in the URL
canvas = f"conditional {model.name}"
default = model.canvas.default_condition
assert default is not None  # a conditional model has labels
code = url_state.latent_code(model.name, model.latent_dim, canvas)
labels = url_state.condition(model.name, len(default), canvas)
given, given_labels = code.given(model.anchor), labels.given()
reported = latent_canvas(
    model.canvas, model.canvas_points(), modes=("condition", "sliders"), z=given, condition=given_labels,
    decode=model.decode_with_condition, key=canvas,
)  # fmt: skip
z, condition = code.keep(reported.z, given), labels.keep(reported.condition, given_labels)
conditions = Conditions(model, default if condition is None else condition)
z = np.zeros(model.latent_dim, dtype=np.float32) if z is None else z

sections = [s for s in Conditional.SECTION.options if s != numbers.TITLE or conditions.single_characters]
section = widgets.segmented_control(Conditional.SECTION, "Below", sections)
if section == "Random styles":
    styles.show_styles(model, conditions)
elif section == "Transfer a style":
    transfer.show_transfer(model, conditions)
elif section == numbers.TITLE:
    numbers.show_number(model, conditions, z)
else:
    leak_probe.show_leak(model)
