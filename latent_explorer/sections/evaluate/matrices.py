"""Units against factors as heat maps: mutual information and the matrices of the disentanglement scores."""

import streamlit as st

from latent_explorer.models import Model
from latent_explorer.ui import display_names, figures, file_formats, page, score_tables, widgets
from latent_explorer.ui.downloads import download_button
from latent_explorer.ui.state import Evaluate


def show_matrices(model: Model) -> None:
    """Draw the chosen matrix, a row per unit and a column per factor."""
    tables = score_tables.unit_factor_matrices(model.measurements.results, model.latent_dim)
    if (found := model.measurements.information) is not None:
        tables = {"mutual information over the map, nats": (found[0], list(found[1]))} | tables
    if not tables:
        st.info(
            "This data set has neither factors nor labels, so there is nothing to compare the units with.",
            icon=":material/info:",
        )
        return
    st.markdown(
        "**Does each unit stand for one factor, and has each factor one unit?** Then every row and column has one dark cell."
    )
    chosen = widgets.selectbox(Evaluate.MATRIX, "Matrix", list(tables), width=420)
    table, columns = tables[chosen]
    order = model.atlas.order
    st.plotly_chart(
        figures.heat_map(table[order], [display_names.unit_name(int(u)) for u in order], columns), key="matrix figure",
        config=page.PLOTLY_CONFIG, alt=f"{chosen}, a row per unit and a column per factor",
    )  # fmt: skip
    if not widgets.hidden("download"):
        rows: dict = {"unit": [display_names.unit_name(i) for i in range(len(table))]}
        rows |= {column: table[:, k].round(6) for k, column in enumerate(columns)}
        download_button("CSV", lambda: file_formats.table_csv(rows), f"{model.name}-matrix.csv", key="matrix csv")
