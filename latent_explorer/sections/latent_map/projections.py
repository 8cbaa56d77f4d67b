"""Settings of the projection, and what a projection does and does not show."""

import numpy as np
import streamlit as st

from latent_explorer.models import Model, umap_progress
from latent_explorer.ui import figures, page, pictures, widgets
from latent_explorer.ui.parameters import Number
from latent_explorer.ui.state import LatentMap
from vae_core.latent.projection import Projection

SELECTED, OTHER = 2, 3  # classes whose colours mark the selected points and all others


def umap_settings(neighbours: Number, distance: Number, seed: Number) -> dict:
    """Draw the three settings of a UMAP, each bound to its URL parameter, and return them."""
    return {
        "n_neighbors": widgets.slider(neighbours, "Neighbours", help="Few show fine structure, many the coarse structure."),
        "min_dist": widgets.slider(distance, "Minimal distance", help="How densely points may be packed."),
        "seed": int(widgets.number_input(seed, "Seed")),
    }


def describe(projected: Projection, *, two_units: bool) -> str:
    """Return the caption below the map: what the projection keeps, and how well."""
    if two_units:
        text = "The units themselves, without a projection."
    elif projected.explained is not None:
        text = f"The plane holds {projected.explained[0]:.0%} + {projected.explained[1]:.0%} of the variance of the means."
    else:
        text = "UMAP keeps neighbourhoods; distances between groups, their sizes and the axes have no meaning."
    if projected.trustworthiness is not None:
        text += f" Trustworthiness {projected.trustworthiness:.3f} (1 is best)."
    return text + umap_progress.sketch_note(projected)


def show_projections(model: Model, projected: Projection, method: str, chosen: np.ndarray | None) -> None:
    """Draw the variance that a plane leaves out, and the map beside a UMAP of other settings.

    Args:
        model: the model.
        projected: the map above.
        method: "pca" or "umap", of the map above.
        chosen: selected rows, or None.
    """
    mean = model.atlas.mean
    variance = np.linalg.eigvalsh(np.cov(mean.T))[::-1] if model.latent_dim > 1 else np.array([1.0])
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**How much does a plane hold?**")
        figure = figures.variance_shares(variance)
        st.plotly_chart(figure, key="shares", config=page.PLOTLY_CONFIG, alt="share of variance per principal axis")
        st.caption("Two axes of many: the map cannot show what the plane leaves out.")
    with right:
        st.markdown("**What does a UMAP not show?** The same latent codes under other settings:")
        if not widgets.toggle(LatentMap.SECOND, "Draw a second UMAP"):
            st.caption(
                "Groups move, grow and split although no code has changed: positions and gaps belong to the drawing, not to "
                "the data."
            )
            return
        with st.popover("Its settings", icon=":material/tune:"):
            settings = umap_settings(LatentMap.NEIGHBOURS_2, LatentMap.DISTANCE_2, LatentMap.UMAP_SEED_2)
        second = umap_progress.umap(model, settings, widget="second")
        if second is not None:
            _pair(model, projected if method == "umap" else model.plane, second, chosen)


def _pair(model: Model, above: Projection, second: Projection, chosen: np.ndarray | None) -> None:
    """Both maps side by side; selected points are marked in both."""
    values = model.atlas.labels
    if chosen is not None and len(chosen):
        values = np.full(len(model.atlas), OTHER)
        values[chosen] = SELECTED
    with st.container(horizontal=True, key="pair of maps"):
        for title, drawn in (("above", above), ("second", second)):
            trust = "" if drawn.trustworthiness is None else f", trustworthiness {drawn.trustworthiness:.3f}"
            caption = f"{drawn.method}, {title}{trust}.{umap_progress.sketch_note(drawn)}"
            with st.container(key=f"smooth {title}"):
                picture = pictures.scatter_picture(drawn.xy, values, 480)
                st.image(picture, width="stretch", alt=f"{drawn.method}, {title}", caption=caption)
    if chosen is not None and len(chosen):
        st.caption("Your selection in red in both: does it stay together?")
