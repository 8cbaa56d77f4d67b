"""The disentanglement scores that were measured for a model."""

import streamlit as st

from latent_explorer.models import Model
from latent_explorer.ui import score_tables


def show_scores(model: Model) -> None:
    """Draw a table of the scores with their settings."""
    rows = score_tables.headline_rows(model.measurements.results, score_tables.disentanglement_metrics())
    st.markdown("**Does each unit stand for one factor?** 1 is best; a score depends on its settings.")
    if not rows:
        st.info("None of the disentanglement scores has been measured for this model.", icon=":material/info:")
        st.page_link("pages/evaluate.py", label="Measure them", icon=":material/straighten:")
        return
    st.dataframe(
        {"score": [r[0] for r in rows], "value": [round(r[1], 3) for r in rows], "settings": [r[2] for r in rows]},
        hide_index=True, alt="disentanglement scores with their settings",
    )  # fmt: skip
