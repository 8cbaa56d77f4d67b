"""The plane of a model with two units, decoded on a grid."""

import numpy as np
import streamlit as st

from latent_explorer.models import Model
from latent_explorer.ui import display_names, figures, page
from vae_core.latent.traversal import codes_on_plane

SIDE, EXTENT = 21, 3.0  # codes along each axis, and how far they reach in σ


def show_decoded_plane(model: Model) -> None:
    """Draw images decoded on a grid over the two units."""
    values = np.linspace(-EXTENT, EXTENT, SIDE, dtype=np.float32)
    codes = codes_on_plane(np.zeros(2), (0, 1), values, values).reshape(-1, 2)
    figure = figures.decoded_plane(model.decode(codes), SIDE, EXTENT, axes=("z1", "z2"))
    alt = f"images that {model.name} decodes over the plane of its two units"
    st.plotly_chart(figure, key="plane", config=page.PLOTLY_CONFIG, alt=alt)
    st.caption(f"The same plane, decoded: {SIDE}×{SIDE} codes from −3 to 3 σ. {display_names.model_caption(model)}.")
