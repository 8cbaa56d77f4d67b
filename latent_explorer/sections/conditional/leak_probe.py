"""Leak probe: how well a classifier reads the label from the latent code."""

import streamlit as st

from latent_explorer import models
from latent_explorer.models import Model
from latent_explorer.ui import figures, page
from vae_core.latent.label_leak import Leak

MAX_MODELS = 5


def show_leak(model: Model) -> None:
    """Draw the probe's accuracy for this model and for unconditional models of the same data."""
    st.markdown(
        "**Does the latent code still hold the label?** A classifier predicts it from μ(x, y); a code without it leaves chance."
    )
    leaks = _leaks(model)
    if not leaks:
        st.info("This model's map has no labels to predict.", icon=":material/info:")
        return
    figure = figures.label_leaks({name: (leak.accuracy, leak.chance) for name, leak in leaks.items()}, model.name)
    st.plotly_chart(
        figure, key="leak", config=page.PLOTLY_CONFIG,
        alt="accuracy of a linear classifier of the label from the latent code, per model, beside chance",
    )  # fmt: skip
    if mine := leaks.get(model.name):
        st.caption(
            f"{model.name}: {mine.accuracy:.1%} of {mine.n_test:,} images, chance {mine.chance:.1%}; logistic regression on "
            f"standardized posterior means of {mine.n_train:,} other images. The other models are not conditioned on the label."
        )


def _leaks(model: Model) -> dict[str, Leak]:
    """Probe the model itself, then readable unconditional models of the same data."""
    candidates = [model]
    for name, entry in models.entries().items():
        if name != model.name and entry.dataset == model.about.dataset and not entry.conditional:
            candidates.append(models.open(name))
    found: dict[str, Leak] = {}
    for candidate in candidates:
        if len(found) == MAX_MODELS:
            break
        if candidate.problem is None and (leak := candidate.measurements.leak):
            found[candidate.name] = leak
    return found
