"""The same held-out images through each model, and samples of each with the same seed."""

import numpy as np
import streamlit as st

from latent_explorer.models import Model
from latent_explorer.ui import display_names
from latent_explorer.ui.image_grid import show_images
from latent_explorer.ui.notices import data_missing
from vae_core.common.pixels import bytes_to_floats
from vae_core.data import Dataset

INPUTS, SAMPLES = 8, 16


def image_scale(model: Model) -> int:
    """Screen pixels per image pixel."""
    return max(2, 84 // model.shape[-1])


def show_images_of(chosen: list[Model], seed: int) -> None:
    """Draw the inputs, then reconstructions and samples of each model.

    Args:
        chosen: models of one data set.
        seed: decides inputs and samples.
    """
    first = chosen[0]
    held_out = first.images_or_none("test")
    inputs = None
    if held_out is not None:
        inputs = held_out.take(np.random.default_rng(seed).permutation(len(held_out))[:INPUTS])
        st.markdown("**Inputs**, held out from training. What does each model keep of them?")
        show_images(inputs.images, INPUTS, scale=image_scale(first), width=560, alt="eight held-out images")
    else:
        data_missing(first.about.dataset, "nothing is reconstructed", quiet=True)
    width = 3 if len(chosen) > 2 else 2
    for start in range(0, len(chosen), width):
        for column, model in zip(st.columns(width, gap="large"), chosen[start : start + width]):
            with column:
                _show_model(model, inputs, seed, image_scale(first))
    fixed_prior = [model for model in chosen if not model.config.prior.learns]
    if len({model.latent_dim for model in fixed_prior}) < len(fixed_prior):
        st.caption("Models with the same number of units and the same prior decode the same latent codes z in the same places.")


def _show_model(model: Model, inputs: Dataset | None, seed: int, scale: int) -> None:
    """One column: reconstructions with their error, and samples."""
    st.subheader(model.name, anchor=False)
    st.caption(f"{display_names.objective_text(model.config)}, {model.latent_dim} units, step {model.step:,}")
    if inputs is not None:
        labels = model.labels_of(inputs)
        with st.spinner("Decoding"):
            reconstruction = model.decode(model.encode(inputs.images, labels)[0], labels)
        error = np.mean((reconstruction - bytes_to_floats(inputs.images)) ** 2)
        show_images(reconstruction, 4, scale=scale, width="stretch", alt=f"reconstructions by {model.name}")
        st.caption(f"Reconstructions, mean squared error {error:.4f} per pixel")
    show_images(model.samples(SAMPLES, seed=seed), 4, scale=scale, width="stretch", alt=f"samples of {model.name}")
    st.caption("Samples from its own prior" + (", the labels in turn" if model.label_sizes else ""))
