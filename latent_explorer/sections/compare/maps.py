"""The maps of the models, linked: points selected in the first are marked in all."""

import numpy as np
import streamlit as st

from latent_explorer.canvas import latent_canvas
from latent_explorer.models import Model
from latent_explorer.ui import pictures, url_state

SELECTED, OTHER = 2, 3  # classes whose colours mark the selected points and all others
SIDE = 440


def show_maps(chosen: list[Model]) -> None:
    """Draw the first model's map to select in, and the other models' maps with the same images marked."""
    st.markdown("**Where does each model put the same images?** Lasso some in the first map: they turn red in all of them.")
    first, *others = chosen
    if not first.in_browser:
        st.info(f"{first.name} generates images pixel by pixel; put another model first to select in its map.",
                icon=":material/info:")  # fmt: skip
        return
    canvas, atlas = f"compare {first.name}", first.atlas
    code = url_state.latent_code(first.name, first.latent_dim, canvas)
    lasso = url_state.selection(first.name, len(atlas), canvas)
    given, marked = code.given(), lasso.given()
    reported = latent_canvas(
        first.canvas, first.canvas_points(), modes=("map",), z=given, selected=marked, decode=first.decode_with_condition,
        key=canvas,
    )  # fmt: skip
    z, rows = code.keep(reported.z, given), lasso.keep(reported.selected, marked)
    selected = atlas.index[rows] if rows is not None else np.array([], dtype=int)
    below_cross = atlas.index[np.argmin(np.linalg.norm(atlas.mean - z, axis=1))]
    for start in range(0, len(others), 3):
        for column, model in zip(st.columns(3, gap="medium"), others[start : start + 3]):
            with column, st.container(key=f"smooth {model.name}"):
                _show_map(model, selected, int(below_cross))
    st.caption(
        "Principal planes. The cross marks the image whose latent code in the first map is nearest to the one "
        "below the pointer."
    )


def _show_map(model: Model, selected: np.ndarray, below_cross: int) -> None:
    """Draw a model's map with the selected images marked and a cross on one image, if the atlas holds it."""
    atlas, xy = model.atlas, model.plane.xy
    values = atlas.labels
    if len(selected):
        values = np.where(np.isin(atlas.index, selected), SELECTED, OTHER)
    found = np.flatnonzero(atlas.index == below_cross)
    picture = pictures.scatter_picture(xy, values, SIDE, cross=xy[found[0]] if len(found) else None)
    st.image(picture, width="stretch", alt=f"map of {model.name}", caption=model.name)
