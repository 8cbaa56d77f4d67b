"""Rows of the traversal as files: a strip, a moving picture, arrays."""

import numpy as np
import streamlit as st

from latent_explorer.models import Model
from latent_explorer.ui import display_names, file_formats, pictures, url_state, widgets
from latent_explorer.ui.downloads import download_button
from latent_explorer.ui.image_grid import show_images
from latent_explorer.ui.state import Traverse
from vae_core.latent.traversal import traverse

VALUES = np.linspace(-3, 3, 11, dtype=np.float32)
ALL = "all active units"
MAX_ROWS = 12
PREVIEW = 56  # screen pixels of an image


def show_rows(model: Model, z: np.ndarray, condition: np.ndarray | None) -> None:
    """Draw the chosen rows at the current latent code, with downloads.

    Args:
        model: the model.
        z: (D,), the latent code on the canvas.
        condition: (K,), the canvas' condition of a conditional model.
    """
    st.markdown("**Download** rows of the matrix above, at the current latent code.")
    units = model.units
    with st.container(horizontal=True, vertical_alignment="bottom"):
        choice = widgets.selectbox(Traverse.ROWS, "Rows", [ALL, *map(display_names.unit_name, units)], width=200)
        scale = int(widgets.select_slider(Traverse.PIXELS, "Screen pixels per image pixel", Traverse.PIXELS.options, width=200))
    chosen = units[:MAX_ROWS] if choice == ALL else [unit for unit in units if display_names.unit_name(unit) == choice]

    # an autoregressive decoder is slow: one row of three images
    codes = traverse(z, chosen, VALUES)
    if not model.in_browser:
        chosen, codes = chosen[:1], codes[:1, ::5]
    images = model.decode_with_condition(codes.reshape(-1, model.latent_dim), condition)
    columns = codes.shape[1]
    names = ", ".join(map(display_names.unit_name, chosen))
    show_images(images, columns, scale=max(1, PREVIEW // model.shape[-1]), alt=f"traversal of {names}")
    st.caption(f"{names} from −3 to 3 σ, z = ({url_state.write_code(z)}). {display_names.model_caption(model)}.")

    if not widgets.hidden("download"):
        file = f"{model.name}-traversal"
        with st.container(horizontal=True):
            download_button(
                "PNG strip", lambda: file_formats.image_grid_png(images, columns, scale), f"{file}.png", key="strip"
            )
            download_button("GIF", lambda: _moving_picture(images, columns, scale), f"{file}.gif", key="gif")
            download_button("NPZ", lambda: file_formats.arrays_npz(z=codes, images=images), f"{file}.npz", key="npz")


def _moving_picture(images: np.ndarray, columns: int, scale: int) -> bytes:
    """A GIF that moves every chosen unit at once: a frame per value, an image per unit."""
    rows = images.reshape(-1, columns, *images.shape[1:])
    frames = [pictures.enlarge(pictures.mosaic(rows[:, i], min(6, len(rows))), scale) for i in range(columns)]
    return file_formats.gif_bytes(frames)
