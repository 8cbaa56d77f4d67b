"""Random styles: each row one latent code under every label."""

import numpy as np
import streamlit as st

from latent_explorer.models import Model
from latent_explorer.sections.conditional.conditions import Conditions, image_scale, show_downloads
from latent_explorer.ui import display_names, widgets
from latent_explorer.ui.image_grid import show_images
from latent_explorer.ui.state import Conditional
from vae_core.common.seeds import rng

STYLES = 5


def show_styles(model: Model, conditions: Conditions) -> None:
    """Draw a grid of random codes by labels."""
    st.markdown("**Does one z mean one style?** Each row is one latent code under every label; the last column has no label.")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        temperature = widgets.slider(Conditional.TEMPERATURE, "Temperature τ", width=260)
        seed = widgets.number_input(Conditional.STYLE_SEED, "Seed", width=120)
        unlabelled = widgets.toggle(Conditional.UNLABELLED, "Without a label too")
    codes = temperature * rng(int(seed), "styles").standard_normal((STYLES, model.latent_dim)).astype(np.float32)
    if model.config.prior.learns:
        st.caption("This model has a learned prior; the temperature applies to N(0, I) nevertheless.")
    values: list[int | None] = [*conditions.values, *([None] if unlabelled else [])]
    images = conditions.decode(codes, values)
    show_images(images, len(values), scale=image_scale(model), alt=f"{STYLES} styles under {len(values)} labels")
    st.caption(
        f"Columns: {', '.join(conditions.label.values)}{', unlabelled' if unlabelled else ''}. z = τ·ε, τ = {temperature:g}. "
        f"{display_names.model_caption(model)}."
    )
    show_downloads(model, images, len(values), "styles", z=codes)
