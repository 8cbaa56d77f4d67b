"""Nearest neighbours of the latent code below the cross: in z, and by pixels."""

import numpy as np
import streamlit as st

from latent_explorer.models import Model
from latent_explorer.sections.latent_map.selection import image_scale, real_images
from latent_explorer.ui.image_grid import show_images
from latent_explorer.ui.notices import data_missing

SHOWN = 10


def show_neighbours(model: Model, z: np.ndarray) -> None:
    """Draw the decoded code with its nearest images in z, and by pixels if the images are on this machine.

    Args:
        model: the model.
        z: (D,), the latent code below the cross.
    """
    st.markdown("**Are near codes near images?** Click the map: both rows start from the latent code below the cross.")
    atlas, scale = model.atlas, image_scale(model)
    here = model.decode(z[None])
    distance = np.linalg.norm(atlas.mean - z, axis=1)
    near = np.argsort(distance)[:SHOWN]
    rows = [("nearest in z", near, distance[near])]
    data = model.images_or_none()
    if data is not None:
        away = np.linalg.norm((data.images[atlas.index] / np.float32(255) - here).reshape(len(atlas), -1), axis=1)
        by_pixels = np.argsort(away)[:SHOWN]
        rows.append(("nearest in pixels", by_pixels, away[by_pixels]))

    first, rest = st.columns([1, 6], vertical_alignment="center")
    with first:
        show_images(here, 1, scale=2 * scale, width=110, alt="decoded code", caption="decoded z")
    with rest:
        for title, found, distances in rows:
            images = real_images(model, found)
            images = model.decode(atlas.mean[found]) if images is None else images
            show_images(images, SHOWN, scale=scale, alt=f"ten images, {title}")
            st.caption(f"{title}; distances {', '.join(f'{d:.2f}' for d in distances)}")
    if data is None:
        data_missing(model.about.dataset, "neighbours in z are decoded, and neighbours in pixels are left out", quiet=True)
        return
    shared = len(set(rows[0][1]) & set(rows[1][1]))
    st.caption(
        f"{shared} of ten are in both rows. Distances are Euclidean: in z in units of the prior's σ, in pixels with "
        "values from 0 to 1."
    )
