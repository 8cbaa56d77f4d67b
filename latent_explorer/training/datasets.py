"""Data sets that can be trained on here."""

import streamlit as st

from vae_core.common.errors import BadInput
from vae_core.data import DATASETS, load_dataset


def trainable_datasets() -> list[str]:
    """Return the names of the data sets that load without a download: built in, or already on this machine."""
    return [name for name, source in DATASETS.items() if source.offline or _is_here(name)]


@st.cache_data(ttl=60, show_spinner=False)
def _is_here(name: str) -> bool:
    try:
        load_dataset(name, n_images=1)
    except BadInput:
        return False
    return True
