"""Values read or computed from a checkpoint, once per server: keyed by its files, so a replaced checkpoint is read anew.

``Model`` calls these functions; nothing else does, but for ``on_thread`` and ``shared``.
"""

import gc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

import numpy as np
import streamlit as st

from latent_explorer.models import library
from latent_explorer.models.files import CheckpointFiles
from vae_core.analysis.atlas import LatentAtlas, embed
from vae_core.checkpoints.trained_vae import TrainedVAE
from vae_core.config import TrainConfig
from vae_core.data import Dataset, load_dataset

P = ParamSpec("P")
T = TypeVar("T")

# everything loaded so far stays loaded: a garbage collection that walks all of torch takes 0.1 s during an interaction
gc.collect()
gc.freeze()

BY_FILES: dict[str | type, Callable[[Any], Any]] = {CheckpointFiles: lambda files: files.key}


@st.cache_resource
def _thread() -> ThreadPoolExecutor:
    """One kept thread for torch: the first operation in each new thread costs 18–25 ms, and scripts run in new threads."""
    return ThreadPoolExecutor(1, thread_name_prefix="torch")


def on_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run ``function(*args, **kwargs)`` on the kept thread and return its result."""
    return _thread().submit(function, *args, **kwargs).result()


@st.cache_resource(max_entries=256, show_spinner=False)
def shared(what: str, stamp: tuple, _make: Callable[[], T]) -> T:
    """Return ``_make()``, computed once for all visitors who look at the same ``what`` in the state that ``stamp`` names.

    The result is shared, so that a caller must not change it.
    """
    return _make()


@st.cache_data(max_entries=256, show_spinner=False, hash_funcs=BY_FILES)
def entry(files: CheckpointFiles) -> library.Entry:
    """The catalogue entry, from the checkpoint's description alone."""
    return library.read_entry(files.folder)


@st.cache_resource(max_entries=48, show_spinner="Loading the model", hash_funcs=BY_FILES)
def trained(files: CheckpointFiles) -> TrainedVAE:
    """The model with its weights."""
    return TrainedVAE.load(files.folder)


@st.cache_resource(max_entries=48, show_spinner="Loading the map", hash_funcs=BY_FILES)
def atlas(files: CheckpointFiles) -> LatentAtlas:
    """The aggregate posterior; computed from the training images where the checkpoint does not hold it."""
    path = files.folder / "atlas.npz"
    if path.exists():
        return LatentAtlas.load(path)
    model = trained(files)
    return on_thread(embed, model, training_images(model.config))


@st.cache_data(max_entries=256, show_spinner=False, hash_funcs=BY_FILES)
def decoded(files: CheckpointFiles, z: np.ndarray, labels: np.ndarray | None, beta: float | None) -> np.ndarray:
    """Images (N, C, H, W) in [0, 1] of latent codes (N, D)."""
    return on_thread(trained(files).decode, z, labels, beta=beta)


@st.cache_data(max_entries=128, show_spinner=False, hash_funcs=BY_FILES)
def encoded(
    files: CheckpointFiles, images: np.ndarray, labels: np.ndarray | None, beta: float | None
) -> tuple[np.ndarray, np.ndarray]:
    """(mean, std) of q(z|x), each (N, D)."""
    return on_thread(trained(files).encode, images, labels, beta=beta)


@st.cache_data(max_entries=128, show_spinner=False, hash_funcs=BY_FILES)
def sampled(files: CheckpointFiles, n: int, seed: int, labels: np.ndarray | None, beta: float | None) -> np.ndarray:
    """Images of n codes from the model's own prior."""
    return on_thread(trained(files).sample, n, seed, labels, beta=beta)


@st.cache_data(max_entries=4, show_spinner=False, hash_funcs=BY_FILES)
def zipped(files: CheckpointFiles) -> bytes:
    """The checkpoint as a zip archive."""
    return library.export_zip(files.folder)


@st.cache_resource(max_entries=4, show_spinner="Loading the images")
def images(dataset: str, split: str, size: int | None, n_images: int | None, seed: int) -> Dataset:
    """A data set's images; ``DataMissing`` where they are not on this machine."""
    return load_dataset(dataset, split=split, size=size, n_images=n_images, seed=seed)


def training_images(config: TrainConfig) -> Dataset:
    """The images that a configuration trains on."""
    return images(config.dataset, "train", config.image_size, config.n_images, config.data_seed)


def held_out_images(config: TrainConfig) -> Dataset:
    """The images that a configuration holds out from training."""
    return images(config.dataset, "test", config.image_size, None, config.data_seed)
