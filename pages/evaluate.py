"""Evaluate: what was measured of a model, and measuring more."""

import streamlit as st

from latent_explorer import models
from latent_explorer.background.shared import evaluations
from latent_explorer.sections.evaluate import matrices, measure, numbers, published
from latent_explorer.ui import display_names, page, widgets
from latent_explorer.ui.state import Evaluate

page.start(
    "Evaluate",
    "Everything that was measured of this model, each number with the settings that it depends on.",
    concepts=("ELBO", "active units", "mutual information", "MIG", "leak probe"),
    parameters=Evaluate,
)
model = models.current()
st.caption(display_names.model_summary(model))

job = evaluations().of(model.files.folder)
measure.show_progress(job)
numbers.show_headline(model)

section = widgets.segmented_control(Evaluate.SECTION, "Show", Evaluate.SECTION.options)
if section == "Numbers":
    numbers.show_numbers(model)
elif section == "Matrices":
    matrices.show_matrices(model)
elif section == "Measure":
    measure.show_choice(model, busy=job is not None and not job.finished)
else:
    published.show_published(model)
