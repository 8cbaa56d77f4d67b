"""Traverse: one latent unit at a time, and what it changes."""

import streamlit as st

from latent_explorer import models
from latent_explorer.canvas import latent_canvas
from latent_explorer.sections.traverse import rows, scores, units
from latent_explorer.ui import display_names, page, url_state, widgets
from latent_explorer.ui.state import Traverse

page.start(
    "Traverse",
    "Each row moves one latent unit and leaves the others where they are; drag a slider, and every row follows.",
    concepts=("traversal", "KL per unit", "active units", "mutual information", "MIG"),
    parameters=Traverse,
)
model = models.current()
st.caption(display_names.model_summary(model))

# the canvas: sliders and rows; its latent code and condition are in the URL
canvas = f"traverse {model.name}"
code = url_state.latent_code(model.name, model.latent_dim, canvas)
given = code.given(model.anchor)
default = model.canvas.default_condition
labels = None if default is None else url_state.condition(model.name, len(default), canvas)
given_labels = None if labels is None else labels.given()
reported = latent_canvas(
    model.canvas,
    model.canvas_points(),
    modes=("sliders", "matrix") if labels is None else ("condition", "sliders", "matrix"),
    z=given,
    condition=given_labels,
    decode=model.decode_with_condition,
    key=canvas,
)
z = code.keep(reported.z, given)
condition = None if labels is None else labels.keep(reported.condition, given_labels)
assert z is not None  # the canvas always reports a code

section = widgets.segmented_control(Traverse.SECTION, "Below", Traverse.SECTION.options)
if section == "Units":
    units.show_units(model)
elif section == "Scores":
    scores.show_scores(model)
else:
    rows.show_rows(model, z, condition)
