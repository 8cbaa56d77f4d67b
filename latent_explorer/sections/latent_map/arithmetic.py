"""Latent arithmetic: a − b + c of three stored codes, and the directions of labels and factors."""

import numpy as np
import streamlit as st

from latent_explorer.models import Model
from latent_explorer.sections.latent_map.selection import image_scale
from latent_explorer.ui import display_names, state, url_state, widgets
from latent_explorer.ui.image_grid import show_images
from latent_explorer.ui.state import LatentMap
from vae_core.analysis.atlas import LatentAtlas
from vae_core.analysis.directions import attribute_masks, attribute_vector

STEPS = 9  # images along an attribute's direction


def show_arithmetic(model: Model, z: np.ndarray) -> None:
    """Draw a − b + c, and the current code moved along an attribute's direction.

    Args:
        model: the model.
        z: (D,), the latent code below the cross.
    """
    _sum_of_codes(model, z)
    _attribute_direction(model, z)


def _sum_of_codes(model: Model, z: np.ndarray) -> None:
    st.markdown("**What is a − b + c?** Click the map and store the latent code below the cross; three of them give a fourth.")
    codes = stored_codes(model)
    result = codes["a"] - codes["b"] + codes["c"]
    decoded = model.decode(np.stack([codes["a"], codes["b"], codes["c"], result]).astype(np.float32))
    for i, (column, title) in enumerate(zip(st.columns(4), ("a", "− b", "+ c", "= a − b + c"))):
        with column:
            scale = 2 * image_scale(model)
            show_images(decoded[i : i + 1], 1, scale=scale, width=120, alt=f"decoded {title}", caption=title)
            if i < len(state.STORED_CODES):
                letter = state.STORED_CODES[i]
                st.button(f"Store z as {letter}", key=f"take {letter}", on_click=store_code, args=(letter, model.name, z))
            else:
                gap = np.linalg.norm(model.atlas.mean - result, axis=1).min()
                st.caption(f"‖z‖ = {np.linalg.norm(result):.1f}; nearest encoding at distance {gap:.2f}")


def _attribute_direction(model: Model, z: np.ndarray) -> None:
    st.markdown(
        "**What does a label look like as a direction?** The mean code of a group minus that of the others, added to z:"
    )
    atlas = model.atlas
    masks = attribute_masks(atlas, model.about)
    if not masks:
        st.caption("This data set has neither labels nor factors, so there is no attribute to compute a vector of.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        group = widgets.selectbox(LatentMap.ATTRIBUTE, "Attribute", list(masks), width=240)
        reach = widgets.slider(LatentMap.STRENGTH, "Strength, up to", width=240)
    vector = attribute_vector(atlas.mean, masks[group])
    steps = np.linspace(-reach, reach, STEPS, dtype=np.float32)
    images = model.decode(z + steps[:, None] * vector)
    show_images(images, STEPS, scale=image_scale(model), alt=f"z moved along the vector of {group}")
    st.caption(
        f"z + s·v for s from −{reach:g} to {reach:g}; ‖v‖ = {np.linalg.norm(vector):.2f}, from {int(masks[group].sum()):,} "
        f"images against {int((~masks[group]).sum()):,}. {display_names.model_caption(model)}."
    )


def stored_codes(model: Model) -> dict[str, np.ndarray]:
    """Return the codes a, b, c (D,) of this model: from the URL, else those that were stored, else three real ones."""
    found = {}
    for i, letter in enumerate(state.STORED_CODES):
        brought = url_state.read_code(url_state.url_request(letter, model.name), model.latent_dim)
        if brought is not None:
            store_code(letter, model.name, brought)
        kept = st.session_state.get(f"code {letter}")
        if kept and kept[0] == model.name and len(kept[1]) == model.latent_dim:
            found[letter] = kept[1]
        else:
            found[letter] = example_code(model.atlas, i)
    return found


def store_code(letter: str, name: str, z: np.ndarray) -> None:
    """Keep a latent code of the model ``name`` under a letter, in the session and in the URL."""
    st.session_state[f"code {letter}"] = (name, np.array(z))
    url_state.write_url(letter, url_state.write_code(z), name)


def example_code(atlas: LatentAtlas, i: int) -> np.ndarray:
    """Return a real code (D,) to start with; each ``i`` of another class, where there are classes."""
    if atlas.labels is None:
        return atlas.mean[i]
    classes = np.unique(atlas.labels)
    return atlas.mean[np.flatnonzero(atlas.labels == classes[i % len(classes)])[0]]
