"""Denoising and inpainting by encoding: damage an image and let the model repair it."""

import numpy as np
import streamlit as st

from latent_explorer.models import Model
from latent_explorer.sections.reconstruct.inpainting import hole, inpaint, noisy
from latent_explorer.sections.reconstruct.inputs import Input, reconstruct, show_image
from latent_explorer.ui import display_names, widgets
from latent_explorer.ui.state import Reconstruct


def show_repair(model: Model, given: Input) -> None:
    """Draw the damaged image, the repaired one, and the undamaged one through the latent code."""
    image = given.image
    settings = st.container(horizontal=True, vertical_alignment="bottom")
    damage = widgets.segmented_control(
        Reconstruct.DAMAGE, "Damage", Reconstruct.DAMAGE.options, place=settings, width="content"
    )
    if damage == "noise":
        sigma = widgets.slider(Reconstruct.SIGMA, "Noise σ, of the range of a pixel", place=settings, width=280)
        damaged = noisy(image, sigma, seed=0)
        repaired, method = reconstruct(model, given, damaged), "encoded and decoded once"
    else:
        place = widgets.selectbox(Reconstruct.PLACE, "Missing", Reconstruct.PLACE.options, place=settings, width=160)
        share = widgets.slider(Reconstruct.SHARE, "How much", place=settings, width=220)
        known = hole(model.shape, share, place)
        damaged = np.where(known, image, 0.5).astype(np.float32)
        repaired = inpaint(image, known, lambda images: reconstruct(model, given, images))
        method = "25 times encoded, decoded, known pixels put back"
    with st.container(horizontal=True):
        show_image(model, image, "the image")
        show_image(model, damaged, "damaged")
        show_image(model, repaired, method)
        show_image(model, reconstruct(model, given, image), "undamaged, through the latent code")
    before, after = (float(((x - image) ** 2).sum()) for x in (damaged, repaired))
    st.caption(
        f"Squared error to the image, summed over pixels: damaged {before:.2f}, repaired {after:.2f}. The model was never "
        f"trained to repair: it can only produce images that it can encode. {display_names.model_caption(model)}."
    )
