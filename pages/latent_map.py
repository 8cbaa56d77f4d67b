"""Latent map: the aggregate posterior on a plane; move over it, select points, compare neighbours, add latent codes."""

import numpy as np
import streamlit as st

from latent_explorer import models
from latent_explorer.canvas import Mode, latent_canvas
from latent_explorer.models import umap_progress
from latent_explorer.sections.latent_map import arithmetic, decoded_plane, neighbours, projections, selection
from latent_explorer.ui import display_names, figures, page, url_state, widgets
from latent_explorer.ui.state import LatentMap

METHODS = {"pca": "PCA", "umap": "UMAP"}
BESIDE: dict[Mode, str] = {"path": "Interpolate", "pad": "Two units"}

page.start(
    "Latent map",
    "Each point is one training image, at the mean of its posterior q(z|x). Move over the map to decode the point below "
    "the pointer.",
    concepts=("aggregate posterior", "PCA", "UMAP", "trustworthiness", "attribute vector"),
    parameters=LatentMap,
)
model = models.current()
atlas, two_units = model.atlas, model.latent_dim <= 2
st.caption(display_names.model_summary(model))

# settings in one line: the projection, and what the canvas shows beside the map
method, settings = "pca", {}
with st.container(horizontal=True, vertical_alignment="bottom"):
    if not two_units:
        method = widgets.segmented_control(LatentMap.PROJECTION, "Projection", list(METHODS), format_func=METHODS.__getitem__)
    if method == "umap":
        with st.popover("UMAP settings", icon=":material/tune:"):
            settings = projections.umap_settings(LatentMap.NEIGHBOURS, LatentMap.DISTANCE, LatentMap.UMAP_SEED)
    extra = widgets.optional_choice(
        LatentMap.BESIDE, "Beside the map", list(BESIDE), format_func=BESIDE.__getitem__,
        help="Interpolate between points that you pick, or move two units on a square.",
    )  # fmt: skip

projected = model.plane if method == "pca" else umap_progress.umap(model, settings, widget="projection")
if projected is None:
    st.stop()

# the map; without a decoder in the browser it is a chart in which a lasso selects
if model.in_browser:
    canvas = f"map {model.name}"
    code = url_state.latent_code(model.name, model.latent_dim, canvas)
    lasso = url_state.selection(model.name, len(atlas), canvas)
    given, marked = code.given(), lasso.given()
    reported = latent_canvas(
        model.canvas,
        model.canvas_points(projected),
        modes=("map", extra) if extra else ("map",),
        z=given,
        selected=marked,
        decode=model.decode_with_condition,
        key=canvas,
    )
    z, chosen = code.keep(reported.z, given), lasso.keep(reported.selected, marked)
    assert z is not None  # the canvas always reports a code
else:
    st.info(
        f"{model.name} generates an image pixel by pixel, which does not run in the browser. The map shows its latent codes, "
        "and a lasso selects.",
        icon=":material/info:",
    )
    z = np.zeros(model.latent_dim, dtype=np.float32)
    event = st.plotly_chart(
        figures.class_scatter(projected.xy, atlas.labels, model.about.class_names), key="cloud", on_select="rerun",
        selection_mode=("lasso", "box"), alt=f"map of the latent codes of {model.name}",
    )  # fmt: skip
    chosen = selection.rows_of_event(event)
st.caption(f"{projections.describe(projected, two_units=two_units)} {len(atlas):,} images of the training split.")

# one section below the map
last = "Plane" if model.latent_dim == 2 else "Projection"
section = widgets.segmented_control(LatentMap.SECTION, "Below the map", ["Selection", "Neighbours", "Arithmetic", last])
if section == "Selection":
    selection.show_selection(model, projected, chosen)
elif section == "Neighbours":
    neighbours.show_neighbours(model, z)
elif section == "Arithmetic":
    arithmetic.show_arithmetic(model, z)
elif section == "Plane":
    decoded_plane.show_decoded_plane(model)
else:
    projections.show_projections(model, projected, method, chosen)
