"""Codes that are added and subtracted: three stored ones, and the directions of labels."""

import numpy as np
import streamlit as st

from latent_explorer.ui import url_state
from vae_core.analysis.atlas import LatentAtlas


def stored(name: str, latent_dim: int, atlas: LatentAtlas) -> dict[str, np.ndarray]:
    """The codes a, b, c of this model: the link's, else those that were stored, else three real ones."""
    found = {}
    for i, letter in enumerate("abc"):
        brought = url_state.read_code(url_state.asked(letter, name), latent_dim)
        if brought is not None:
            store(letter, name, brought)
        kept = st.session_state.get(f"code {letter}")
        found[letter] = kept[1] if kept and kept[0] == name and len(kept[1]) == latent_dim else example(atlas, i)
    return found


def store(letter: str, name: str, z: np.ndarray) -> None:
    st.session_state[f"code {letter}"] = (name, np.array(z))
    url_state.tell(letter, url_state.write_code(z), name)


def example(atlas: LatentAtlas, i: int) -> np.ndarray:
    """A real code to begin with; of three classes, where there are classes."""
    if atlas.labels is None:
        return atlas.mean[i]
    rows = np.flatnonzero(atlas.labels == np.unique(atlas.labels)[i % len(np.unique(atlas.labels))])
    return atlas.mean[rows[0]]
