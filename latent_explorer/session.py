"""Loaded models, their maps and their data: the only place that caches."""

import gc
import json
import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from latent_explorer.canvas import CanvasModel, CanvasPoints
from latent_explorer.page import explained
from vae_core.atlas import LatentAtlas, embed
from vae_core.checkpoint import TrainedVAE
from vae_core.data import DATASETS, Dataset, load_dataset
from vae_core.errors import BadInput, DataMissing
from vae_core.export import decoder_onnx, encoder_onnx
from vae_core.files import read_json
from vae_core.projection import Projection, project, trust

# what is loaded by now stays: a collection that walks all of torch on the way of an interaction costs 0.1 s
gc.collect()
gc.freeze()

CHECKPOINTS = Path(os.environ.get("LATENT_EXPLORER_CHECKPOINTS", Path(__file__).parents[1] / "checkpoints"))

UMAP_SHIPPED = {"min_dist": 0.1, "n_neighbors": 15}  # the settings of the UMAP that atlases carry


@st.cache_resource
def _thread() -> ThreadPoolExecutor:
    """One kept thread for torch: the first operation in each new thread costs 18–25 ms, and scripts run in new threads."""
    return ThreadPoolExecutor(1, thread_name_prefix="torch")


def on_thread(function: Callable, *args, **kwargs) -> Any:
    """``function(*args)`` on the kept thread."""
    return _thread().submit(function, *args, **kwargs).result()


def model_names() -> list[str]:
    """Checkpoint folders, by name; hidden ones are half-written."""
    if not CHECKPOINTS.is_dir():
        return []
    return sorted(p.parent.name for p in CHECKPOINTS.glob("*/config.json") if not p.parent.name.startswith("."))


def some_models() -> list[str]:
    """At least one model's name; where there is none, the page ends with a way on."""
    names = model_names()
    if not names:
        st.info("There is no trained model yet.", icon=":material/info:")
        st.page_link("pages/train.py", label="Train one", icon=":material/play_circle:")
        st.stop()
    return names


def pick_model() -> None:
    """The picker in the side bar; its choice is in the link as ``?model=``, and stays while pages change."""
    names = model_names()
    if not names:
        return
    if st.session_state.get("model", names[0]) not in names:
        st.session_state["lost_model"] = st.session_state.pop("model")
    st.sidebar.selectbox("Model", names, key="model", bind="query-params", persist_state="session")


def current_model() -> str:
    """The picked model's name, or a way on where there is none."""
    if lost := st.session_state.pop("lost_model", None):
        st.warning(f"There is no model named {lost!r} here any more; this is another one.", icon=":material/help:")
    return st.session_state.get("model") or some_models()[0]


def _stamp(name: str) -> tuple[int, ...]:
    """Changes when the checkpoint is replaced, so that a cached model never outlives its files."""
    try:
        files = sorted((CHECKPOINTS / name).iterdir())
        return tuple(file.stat().st_mtime_ns for file in files)
    except OSError:
        raise BadInput(f"there is no model named {name!r}; choose from {', '.join(model_names()) or 'none yet'}") from None


@st.cache_resource(max_entries=32, show_spinner="Loading the model")
def _load_model(name: str, stamp: tuple) -> TrainedVAE:
    return TrainedVAE.load(CHECKPOINTS / name)


def load_model(name: str) -> TrainedVAE:
    """The checkpoint of that name; a broken one ends the page with its sentence."""
    with explained():
        return _load_model(name, _stamp(name))


@st.cache_resource(max_entries=16, show_spinner="Loading the map")
def _load_atlas(name: str, stamp: tuple) -> LatentAtlas:
    path = CHECKPOINTS / name / "atlas.npz"
    if path.exists():
        return LatentAtlas.load(path)
    return on_thread(embed, _load_model(name, stamp), load_images(name))


def load_atlas(name: str) -> LatentAtlas:
    """The aggregate posterior of the model's training images."""
    with explained():
        return _load_atlas(name, _stamp(name))


@st.cache_data(max_entries=64, show_spinner=False)
def _numbers(name: str, stamp: tuple) -> dict:
    path = CHECKPOINTS / name / "metrics.json"
    return read_json(path) if path.exists() else {}


def numbers(name: str) -> dict:
    """metrics.json: results by metric, each with its values and settings; empty where nothing was measured."""
    with explained():
        return _numbers(name, _stamp(name))


@st.cache_data(max_entries=256, show_spinner=False)
def _decode(name: str, stamp: tuple, z: np.ndarray) -> np.ndarray:
    return on_thread(_load_model(name, stamp).decode, z)


def decode(name: str, z: np.ndarray) -> np.ndarray:
    """Images (N, C, H, W) in [0, 1] for codes (N, D)."""
    with explained():
        return _decode(name, _stamp(name), np.asarray(z, dtype=np.float32))


@st.cache_data(max_entries=64, show_spinner=False)
def _samples(name: str, stamp: tuple, n: int, seed: int) -> np.ndarray:
    return on_thread(_load_model(name, stamp).sample, n, seed)


def samples(name: str, n: int, seed: int) -> np.ndarray:
    """n images from the model's own prior."""
    with explained():
        return _samples(name, _stamp(name), n, seed)


@st.cache_resource(max_entries=16, show_spinner=False)
def _canvas_model(name: str, stamp: tuple) -> CanvasModel:
    model = _load_model(name, stamp)
    decoder, encoder = (on_thread(write, model) for write in (decoder_onnx, encoder_onnx))
    key = f"{name} {hash(stamp)}"
    prior = on_thread(model.sample_codes, 2000, seed=0) if model.config.prior.learns else None
    return CanvasModel(key, name, model.step, model.shape, model.latent_dim, decoder, encoder, prior_codes=prior)


def canvas_model(name: str) -> CanvasModel:
    """The model as the browser needs it: its decoder and encoder as ONNX."""
    with explained():
        return _canvas_model(name, _stamp(name))


@st.cache_resource(max_entries=16, show_spinner=False)
def _canvas_points(name: str, stamp: tuple, method: str, settings: str) -> CanvasPoints:
    atlas, about = _load_atlas(name, stamp), _load_model(name, stamp).about
    projected = _projection(name, stamp, method, settings)
    colours = {} if atlas.labels is None else {"class": atlas.labels}
    colours |= {factor: atlas.factors[:, k] for k, factor in enumerate(about.factor_names) if atlas.factors is not None}
    colours |= {"KL, nats": atlas.kl.sum(axis=1), "−log p(x|z), nats": atlas.nll}
    return CanvasPoints(
        f"{name} {hash(stamp)} {method} {settings}",
        atlas.mean,
        atlas.std,
        atlas.kl,
        xy=projected.xy,
        projection=projected.method,
        trustworthiness=projected.trustworthiness,
        origin=projected.mean,
        axes=projected.axes,
        colours=colours,
        class_names={"class": about.class_names},
    )


def canvas_points(name: str, method: str, **settings) -> CanvasPoints:
    """The atlas on the plane, as the browser needs it."""
    with explained():
        return _canvas_points(name, _stamp(name), method, json.dumps(settings, sort_keys=True))


def encode(name: str, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(mean, std) of q(z|x), each (N, D)."""
    with explained():
        return on_thread(load_model(name).encode, images)


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


@st.cache_resource(max_entries=32, show_spinner=False)
def _projection(name: str, stamp: tuple, method: str, settings: str) -> Projection:
    atlas, chosen = _load_atlas(name, stamp), json.loads(settings)
    if method == "umap" and atlas.xy is not None and chosen == UMAP_SHIPPED:
        return Projection("UMAP", atlas.xy, trust(atlas.mean, atlas.xy, seed=0))
    return project(atlas.mean, method, **chosen)


def projection(name: str, method: str, **settings) -> Projection:
    """The atlas on the plane, computed once for each of its settings."""
    with explained():
        return _projection(name, _stamp(name), method, json.dumps(settings, sort_keys=True))


def checkpoint_path(name: str) -> Path:
    """Where a model of that name is kept; a name that could leave the folder is refused."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", name):
        raise BadInput(f"a model's name is made of letters, digits, '.', '_' and '-', at most 64 of them; got {name!r}")
    return CHECKPOINTS / name
