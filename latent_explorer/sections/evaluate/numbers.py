"""The measured numbers: the ELBO and its parts above the sections, and a table of all."""

import numpy as np
import streamlit as st

from latent_explorer.models import Model
from latent_explorer.ui import display_names, figures, file_formats, page, score_tables, widgets
from latent_explorer.ui.downloads import download_button

PARTS = (("ELBO, nats", "elbo"), ("distortion −log p(x|z), nats", "distortion"), ("rate KL, nats", "rate"))


def show_headline(model: Model) -> None:
    """Draw the ELBO, its two parts and the active units, if they were measured."""
    elbo = model.measurements.values("elbo")
    if not elbo:
        return
    with st.container(horizontal=True, gap="large"):
        for label, key in PARTS:
            st.metric(label, display_names.number_text(elbo[key], 2), width="content")
        st.metric("active units", f"{elbo['active_units']} of {model.latent_dim}", width="content")


def show_numbers(model: Model) -> None:
    """Draw the table of all numbers with their settings, its downloads, and the KL of each unit."""
    rows = score_tables.headline_rows(model.measurements.results)
    if not rows:
        st.info("Nothing has been measured yet; use *Measure*.", icon=":material/info:")
        return
    table = {"number": [r[0] for r in rows], "value": [float(f"{r[1]:.4g}") for r in rows], "settings": [r[2] for r in rows]}
    st.dataframe(
        table, hide_index=True, alt="all measured numbers with their settings", height=min(38 + 35 * len(rows), 460),
        column_config={"settings": st.column_config.TextColumn(width="large")},
    )  # fmt: skip
    if not widgets.hidden("download"):
        body = [[r[0], f"{r[1]:.4g}"] for r in rows]
        title = f"{model.name}: {display_names.model_summary(model)}"
        with st.container(horizontal=True):
            download_button("CSV", lambda: file_formats.table_csv(table), f"{model.name}-numbers.csv", key="csv")
            download_button(
                "LaTeX",
                lambda: file_formats.table_latex(["", model.name], body, title),
                f"{model.name}-numbers.tex",
                key="latex",
            )
    if unit_kl := (model.measurements.values("elbo") or {}).get("unit_kl"):
        st.markdown("**Which units carry the KL?**")
        figure = figures.kl_bars({model.name: np.array(unit_kl)})
        st.plotly_chart(figure, key="bars", config=page.PLOTLY_CONFIG, alt=f"KL per unit of {model.name}, sorted")
