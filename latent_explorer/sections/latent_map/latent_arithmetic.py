"""Codes that are added and subtracted: three stored ones, and the directions of labels."""

import numpy as np
import streamlit as st

from latent_explorer.ui import url_state
from vae_core.analysis.atlas import LatentAtlas
from vae_core.checkpoints.trained_vae import About

MOST_VALUES = 12  # of a factor: with more it is cut into a lower and an upper half


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


def groups(atlas: LatentAtlas, about: About) -> dict[str, np.ndarray]:
    """Every attribute of the data as a mask over the atlas: each class, each value of a factor or its upper half."""
    found = {}
    if atlas.labels is not None:
        found |= {f"class {name}": atlas.labels == i for i, name in enumerate(about.class_names)}
    if atlas.factors is not None:
        for factor, values in zip(about.factor_names, atlas.factors.T):
            distinct = np.unique(values)
            if len(distinct) <= MOST_VALUES:
                found |= {f"{factor} {value}": values == value for value in distinct}
            else:
                middle = np.median(values)
                found[f"{factor} above {middle:g}"] = values > middle
    return {name: mask for name, mask in found.items() if 0 < mask.sum() < len(mask)}


def attribute_vector(codes: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Mean code of the group less the mean of all others, (D,); Larsen et al. 2016 (arXiv 1512.09300).

    >>> attribute_vector(np.array([[0.0, 1.0], [2.0, 1.0]]), np.array([False, True])).tolist()
    [2.0, 0.0]
    """
    return (codes[mask].mean(axis=0) - codes[~mask].mean(axis=0)).astype(np.float32)
