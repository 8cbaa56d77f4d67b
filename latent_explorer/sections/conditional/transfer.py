"""Style transfer: the style of one image under every label."""

import numpy as np
import streamlit as st

from latent_explorer.models import Model
from latent_explorer.sections.conditional.conditions import Conditions, image_scale, show_downloads
from latent_explorer.ui import display_names, widgets
from latent_explorer.ui.image_grid import show_images
from latent_explorer.ui.notices import data_missing
from latent_explorer.ui.state import Conditional

COLUMNS = 10


def show_transfer(model: Model, conditions: Conditions) -> None:
    """Draw a held-out image and its style under every label."""
    st.markdown("**Which style does this image have?** Its latent code, decoded under every label.")
    held_out = model.images_or_none("test")
    if held_out is None:
        data_missing(model.about.dataset, "no image can be encoded")
        return
    n = len(held_out)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        index = widgets.number_input(Conditional.IMAGE, "Image", high=n - 1, width=140)
        st.button("Random image", icon=":material/shuffle:", key="another", on_click=_choose_random, args=(n,))
    row = held_out.take(np.array([int(index)]))
    labels = model.labels_of(row)
    assert labels is not None  # the model is conditional
    mean, _ = model.encode(row.images, labels)
    images = conditions.decode(mean, conditions.values)
    label = conditions.label
    with st.container(horizontal=True, vertical_alignment="center"):
        show_images(
            row.images, 1, scale=2 * image_scale(model), width=120, alt="the image whose style is used",
            caption=f"{label.name} {label.values[int(labels[0, 0])]}",
        )  # fmt: skip
        show_images(images, COLUMNS, scale=image_scale(model), alt="its style under every label")
    st.caption(
        f"z = μ(x, y) of the image on the left, decoded under {', '.join(label.values)}. {display_names.model_caption(model)}."
    )
    show_downloads(model, images, COLUMNS, "transfer", z=mean)


def _choose_random(n: int) -> None:
    st.session_state[Conditional.IMAGE.key] = int(np.random.default_rng().integers(n))
