"""Reconstruct: an image is encoded to a latent code and decoded again; what survives?"""

import streamlit as st

from latent_explorer import models
from latent_explorer.sections.reconstruct import draw, inputs, repair, through_code
from latent_explorer.ui import display_names, page, widgets
from latent_explorer.ui.state import Reconstruct

page.start(
    "Reconstruct",
    "An image becomes a latent code and an image again; what is lost on the way is what the code does not hold.",
    concepts=("reconstruction", "KL per unit", "inpainting"),
    parameters=Reconstruct,
)
model = models.current()
st.caption(display_names.model_summary(model))

# the input: held-out image, sample, upload or drawing
held_out = model.images_or_none("test")
sources = [source for source in Reconstruct.SOURCE.options if held_out is not None or source != inputs.HELD_OUT]
source = widgets.segmented_control(Reconstruct.SOURCE, "Image", sources)
if source == inputs.DRAW:
    draw.show_drawing(model)
    st.stop()
given = inputs.choose_input(model, source, held_out)
if given is None:
    st.stop()

section = widgets.segmented_control(Reconstruct.SECTION, "What to do", Reconstruct.SECTION.options)
if section == "Repair":
    repair.show_repair(model, given)
else:
    through_code.show_reconstruction(model, given)
