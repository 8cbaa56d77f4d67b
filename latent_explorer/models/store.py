"""Models, their codes and their images, each loaded once per server."""

import gc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from latent_explorer.background.evaluation_jobs import Evaluations
from latent_explorer.models import library
from latent_explorer.ui.page import show_errors
from vae_core.analysis.atlas import LatentAtlas, embed
from vae_core.checkpoints.trained_vae import TrainedVAE
from vae_core.common.errors import BadInput, DataMissing
from vae_core.config import TrainConfig
from vae_core.data import DATASETS, Dataset, load_dataset
from vae_core.runs.worker_process import WarmWorker

# what is loaded by now stays: a collection that walks all of torch on the way of an interaction costs 0.1 s
gc.collect()
gc.freeze()

CHECKPOINTS = library.CHECKPOINTS
FAVOURITE = (
    "mnist-2"  # what a page opens on while nobody has chosen: digits that one knows, on a plane that is the latent space
)


@st.cache_resource
def _thread() -> ThreadPoolExecutor:
    """One kept thread for torch: the first operation in each new thread costs 18–25 ms, and scripts run in new threads."""
    return ThreadPoolExecutor(1, thread_name_prefix="torch")


def on_thread(function: Callable, *args, **kwargs) -> Any:
    """``function(*args)`` on the kept thread."""
    return _thread().submit(function, *args, **kwargs).result()


def model_names() -> list[str]:
    """Models by name."""
    return library.names(CHECKPOINTS)


def some_models() -> list[str]:
    """At least one model's name; where there is none, the page ends with a way on."""
    names = model_names()
    if not names:
        st.info("There is no trained model yet.", icon=":material/info:")
        st.page_link("pages/train.py", label="Train one", icon=":material/play_circle:")
        st.stop()
    return names


def first_of(names: list[str]) -> str:
    """The model that stands for all while nobody has chosen one."""
    return FAVOURITE if FAVOURITE in names else names[0]


def pick_model(*, conditional: bool = False) -> None:
    """The picker in the side bar; its choice is in the link as ``?model=``, and stays while pages change."""
    names = conditional_names() if conditional else model_names()
    if not names:
        return
    lost = st.session_state.get("model") or st.query_params.get("model", first_of(names))
    if lost not in names:
        if lost not in model_names():  # an old link, or a model that somebody deleted
            st.session_state["lost_model"] = lost
        st.session_state.pop("model", None)
        st.query_params.pop("model", None)
    index = names.index(first_of(names))
    st.sidebar.selectbox("Model", names, index, key="model", bind="query-params", persist_state="session")


def conditional_names() -> list[str]:
    """Models that take a label."""
    return [name for name in model_names() if label_of(name).conditional]


def current_model() -> str:
    """The picked model's name, or a way on where there is none."""
    if lost := st.session_state.pop("lost_model", None):
        st.warning(f"There is no model named {str(lost)[:80]!r} here any more; this is another one.", icon=":material/help:")
    return st.session_state.get("model") or first_of(some_models())


def stamp_of(name: str) -> tuple[int, ...]:
    """Changes when the checkpoint is replaced, so that a cached model never outlives its files."""
    try:
        files = sorted((CHECKPOINTS / name).iterdir())
        return tuple(file.stat().st_mtime_ns for file in files)
    except OSError:
        raise BadInput(f"there is no model named {name!r}; choose from {', '.join(model_names()) or 'none yet'}") from None


@st.cache_resource(max_entries=48, show_spinner="Loading the model")
def read_model(name: str, stamp: tuple) -> TrainedVAE:
    """As ``load_model``, for those who handle what is broken."""
    return TrainedVAE.load(CHECKPOINTS / name)


def load_model(name: str) -> TrainedVAE:
    """The checkpoint of that name; a broken one ends the page with its sentence."""
    with show_errors():
        return read_model(name, stamp_of(name))


@st.cache_data(max_entries=256, show_spinner=False)
def _label(name: str, stamp: tuple) -> library.Label:
    return library.label(CHECKPOINTS / name)


def label_of(name: str) -> library.Label:
    """What a model can be found by, without loading it."""
    return _label(name, stamp_of(name))


@st.cache_resource(max_entries=48, show_spinner="Loading the map")
def read_atlas(name: str, stamp: tuple) -> LatentAtlas:
    """As ``load_atlas``, for those who handle what is broken."""
    path = CHECKPOINTS / name / "atlas.npz"
    if path.exists():
        return LatentAtlas.load(path)
    return on_thread(embed, read_model(name, stamp), load_images(name))


def load_atlas(name: str) -> LatentAtlas:
    """The aggregate posterior of the model's training images."""
    with show_errors():
        return read_atlas(name, stamp_of(name))


@st.cache_data(max_entries=256, show_spinner=False)
def _decode(name: str, stamp: tuple, z: np.ndarray, labels: np.ndarray | None, beta: float | None) -> np.ndarray:
    model = read_model(name, stamp)
    return on_thread(model.decode, z, labels, beta=beta)


def decode(name: str, z: np.ndarray, labels: np.ndarray | None = None, *, beta: float | None = None) -> np.ndarray:
    """Images (N, C, H, W) in [0, 1] for codes (N, D)."""
    with show_errors():
        return _decode(name, stamp_of(name), np.asarray(z, dtype=np.float32), labels, beta)


@st.cache_data(max_entries=128, show_spinner=False)
def _samples(name: str, stamp: tuple, n: int, seed: int, beta: float | None) -> np.ndarray:
    return on_thread(read_model(name, stamp).sample, n, seed, labels_in_turn(name, n), beta=beta)


def labels_in_turn(name: str, n: int) -> np.ndarray | None:
    """What a conditional model is told for n samples, (n, properties): its labels one after the other; None for the others.

    Without a label it draws what none of its classes looks like.
    """
    sizes = load_model(name).sizes
    return np.stack([np.arange(n) % size for size in sizes], axis=1) if sizes else None


def samples(name: str, n: int, seed: int, *, beta: float | None = None) -> np.ndarray:
    """n images from the model's own prior; a conditional model is given its labels in turn."""
    with show_errors():
        return _samples(name, stamp_of(name), n, seed, beta)


@st.cache_data(max_entries=4, show_spinner=False)
def _zipped(name: str, stamp: tuple) -> bytes:
    return library.give_out(name, CHECKPOINTS)


def zipped(name: str) -> bytes:
    """The model as a zip file."""
    with show_errors():
        return _zipped(name, stamp_of(name))


def encode(
    name: str, images: np.ndarray, labels: np.ndarray | None = None, *, beta: float | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """(mean, std) of q(z|x), each (N, D)."""
    with show_errors():
        return _encode(name, stamp_of(name), images, labels, beta)


@st.cache_data(max_entries=128, show_spinner=False)
def _encode(name: str, stamp: tuple, images: np.ndarray, labels: np.ndarray | None, beta: float | None):
    return on_thread(read_model(name, stamp).encode, images, labels, beta=beta)


@st.cache_resource(max_entries=4, show_spinner="Loading the images")
def _images(dataset: str, split: str, size: int | None, n_images: int | None, seed: int) -> Dataset:
    return load_dataset(dataset, split=split, size=size, n_images=n_images, seed=seed)


def load_images(name: str, split: str = "train") -> Dataset:
    """The images that a model was trained on, or held out from it; ``DataMissing`` where they are not on this machine."""
    config = load_model(name).config
    return _images(config.dataset, split, config.image_size, config.n_images if split == "train" else None, config.data_seed)


def images_or_none(name: str, split: str = "train") -> Dataset | None:
    """As ``load_images``; None where they are not on this machine."""
    try:
        return load_images(name, split)
    except DataMissing:
        return None


def trainable_datasets() -> list[str]:
    """Names that load without a download here: built in, or already on this machine."""
    return [name for name, source in DATASETS.items() if source.offline or _is_here(name)]


@st.cache_data(ttl=60, show_spinner=False)
def _is_here(name: str) -> bool:
    try:
        load_dataset(name, n_images=1)
    except BadInput:
        return False
    return True


@st.cache_resource
def evaluations() -> Evaluations:
    """The measurements under way."""
    return Evaluations()


def checkpoint_path(name: str) -> Path:
    """Where a model of that name is kept; a name that could leave the folder is refused."""
    return library.path_of(name, CHECKPOINTS)


@st.cache_resource
def warm_worker() -> WarmWorker:
    """One worker of this server that has imported torch already, for the next run."""
    return WarmWorker()


def training_images(config: TrainConfig) -> Dataset:
    """The images that a configuration would train on."""
    return _images(config.dataset, "train", config.image_size, config.n_images, config.data_seed)


@st.cache_resource(max_entries=256, show_spinner=False)
def drawn(what: str, stamp: tuple, _make: Callable) -> Any:
    """``_make()``, once for all who look at the same ``what`` in the state that ``stamp`` names; nobody changes it."""
    return _make()
