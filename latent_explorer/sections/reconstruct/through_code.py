"""The image through the latent code: mean, draws from the posterior, error and KL per unit."""

import numpy as np
import streamlit as st

from latent_explorer.models import Model
from latent_explorer.sections.reconstruct.inputs import Input, image_scale, show_image
from latent_explorer.ui import display_names, figures, page, widgets
from latent_explorer.ui.image_grid import show_images
from latent_explorer.ui.state import Reconstruct
from vae_core.common.seeds import rng
from vae_core.latent.gaussian import standard_normal_kl

DRAWS = 8


def show_reconstruction(model: Model, given: Input) -> None:
    """Draw the input, its reconstruction from the mean, the error and eight draws; then the KL of each unit."""
    mean, std = model.encode(given.image, given.labels)
    noise = widgets.slider(
        Reconstruct.NOISE, "Noise in the latent code, in posterior σ", width=420,
        help="z = μ + t·σ·ε: 0 is the mean, 1 a sample of q(z|x).",
    )  # fmt: skip
    epsilon = rng(0, "reconstruct").standard_normal((DRAWS, model.latent_dim)).astype(np.float32)
    codes = np.concatenate([mean, mean + noise * std * epsilon])
    with st.spinner("Decoding"):
        images = model.decode(codes, given.labels_for(len(codes)))
    error = np.abs(images[:1] - given.image)
    with st.container(horizontal=True):
        show_image(model, given.image, "input x")
        show_image(model, images[:1], "from the mean of q(z|x)")
        show_image(model, error.max(axis=1, keepdims=True), "error |x − x̂|, white is 1")
        show_images(
            images[1:], 4, scale=max(1, image_scale(model) // 2), width=300, alt=f"eight reconstructions with noise {noise}",
            caption=f"eight draws, noise {noise:g} σ",
        )  # fmt: skip
    spread = float(images[1:].std(axis=0).mean())
    st.caption(
        f"Squared error {float(((images[0] - given.image[0]) ** 2).sum()):.2f} summed over pixels; standard deviation between "
        f"the eight draws {spread:.3f} per pixel. {display_names.model_caption(model)}."
    )
    if model.deterministic:
        st.caption("The latent code of an autoencoder has no noise that it was trained with, and no KL.")
        return

    kl, mean_kl = standard_normal_kl(mean, std)[0], model.atlas.kl
    st.markdown(
        f"**The KL of this image**: {display_names.number_text(kl.sum())} nats in all; the average image has "
        f"{display_names.number_text(mean_kl.sum(axis=1).mean())}."
    )
    st.plotly_chart(
        figures.image_kl_bars(kl, mean_kl.mean(axis=0)),
        key="bars",
        config=page.PLOTLY_CONFIG,
        alt="KL per unit of this image, beside the mean",
    )
