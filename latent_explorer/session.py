"""Loaded models, their maps and their data: the only place that caches."""

import contextlib
import gc
import hashlib
import json
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from latent_explorer import pictures, shelf
from latent_explorer import projector as projections
from latent_explorer.canvas import CanvasModel, CanvasPoints, Property
from latent_explorer.measuring import Evaluations
from latent_explorer.page import explained
from latent_explorer.projector import Projecting, Projector
from vae_core.atlas import LatentAtlas, embed
from vae_core.checkpoint import TrainedVAE
from vae_core.condition import OnFactors
from vae_core.config import TrainConfig
from vae_core.data import DATASETS, Dataset, load_dataset
from vae_core.errors import BadInput, DataMissing
from vae_core.evaluation import load_results
from vae_core.evaluation.curve import rate_distortion
from vae_core.evaluation.factors import AT_LEAST
from vae_core.evaluation.information import mutual_information
from vae_core.export import decoder_onnx, encoder_onnx
from vae_core.leak import Leak, label_leak
from vae_core.projection import Projection, project, trust
from vae_core.runs.launch import Warm

# what is loaded by now stays: a collection that walks all of torch on the way of an interaction costs 0.1 s
gc.collect()
gc.freeze()

CHECKPOINTS = shelf.CHECKPOINTS

UMAP_SHIPPED = {"min_dist": 0.1, "n_neighbors": 15, "seed": 0}  # the settings of the UMAP that atlases carry
CURVE_IMAGES = 1000  # held-out images that a point of a multi-rate curve is measured on
WARM_AFTER = 4.0  # seconds: the first page has the cores to itself
UMAP_EPOCHS = 100  # of those made while somebody waits: half the time, at the same trustworthiness


@st.cache_resource
def _thread() -> ThreadPoolExecutor:
    """One kept thread for torch: the first operation in each new thread costs 18–25 ms, and scripts run in new threads."""
    return ThreadPoolExecutor(1, thread_name_prefix="torch")


def on_thread(function: Callable, *args, **kwargs) -> Any:
    """``function(*args)`` on the kept thread."""
    return _thread().submit(function, *args, **kwargs).result()


def model_names() -> list[str]:
    """Models by name."""
    return shelf.names(CHECKPOINTS)


def some_models() -> list[str]:
    """At least one model's name; where there is none, the page ends with a way on."""
    names = model_names()
    if not names:
        st.info("There is no trained model yet.", icon=":material/info:")
        st.page_link("pages/train.py", label="Train one", icon=":material/play_circle:")
        st.stop()
    return names


def pick_model(*, conditional: bool = False) -> None:
    """The picker in the side bar; its choice is in the link as ``?model=``, and stays while pages change."""
    names = conditional_names() if conditional else model_names()
    if not names:
        return
    lost = st.session_state.get("model") or st.query_params.get("model", names[0])
    if lost not in names:
        if lost not in model_names():  # an old link, or a model that somebody deleted
            st.session_state["lost_model"] = lost
        st.session_state.pop("model", None)
        st.query_params.pop("model", None)
    st.sidebar.selectbox("Model", names, key="model", bind="query-params", persist_state="session")


def conditional_names() -> list[str]:
    """Models that take a label."""
    return [name for name in model_names() if label_of(name).conditional]


def current_model() -> str:
    """The picked model's name, or a way on where there is none."""
    if lost := st.session_state.pop("lost_model", None):
        st.warning(f"There is no model named {str(lost)[:80]!r} here any more; this is another one.", icon=":material/help:")
    return st.session_state.get("model") or some_models()[0]


def _stamp(name: str) -> tuple[int, ...]:
    """Changes when the checkpoint is replaced, so that a cached model never outlives its files."""
    try:
        files = sorted((CHECKPOINTS / name).iterdir())
        return tuple(file.stat().st_mtime_ns for file in files)
    except OSError:
        raise BadInput(f"there is no model named {name!r}; choose from {', '.join(model_names()) or 'none yet'}") from None


@st.cache_resource(max_entries=48, show_spinner="Loading the model")
def _load_model(name: str, stamp: tuple) -> TrainedVAE:
    return TrainedVAE.load(CHECKPOINTS / name)


def load_model(name: str) -> TrainedVAE:
    """The checkpoint of that name; a broken one ends the page with its sentence."""
    with explained():
        return _load_model(name, _stamp(name))


def broken(name: str) -> str | None:
    """What is wrong with a checkpoint's files; None where all of them can be read."""
    try:
        stamp = _stamp(name)
        _load_model(name, stamp)
        if (CHECKPOINTS / name / "atlas.npz").exists():
            _load_atlas(name, stamp)
        _numbers(name, stamp)
    except BadInput as error:
        return str(error)
    return None


@st.cache_data(max_entries=256, show_spinner=False)
def _label(name: str, stamp: tuple) -> shelf.Label:
    return shelf.label(CHECKPOINTS / name)


def label_of(name: str) -> shelf.Label:
    """What a model can be found by, without loading it."""
    return _label(name, _stamp(name))


@st.cache_resource(max_entries=48, show_spinner="Loading the map")
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
    return {metric: result.to_json() for metric, result in load_results(CHECKPOINTS / name).items()}


def values(name: str, metric: str) -> dict | None:
    """A metric's values; None where it was not measured."""
    return numbers(name).get(metric, {}).get("values")


def numbers(name: str) -> dict:
    """metrics.json: results by metric, each with its values and settings; empty where nothing was measured."""
    with explained():
        return _numbers(name, _stamp(name))


@st.cache_data(max_entries=256, show_spinner=False)
def _decode(name: str, stamp: tuple, z: np.ndarray, labels: np.ndarray | None, beta: float | None) -> np.ndarray:
    model = _load_model(name, stamp)
    return on_thread(model.decode, z, labels, beta=beta)


def decode(name: str, z: np.ndarray, labels: np.ndarray | None = None, *, beta: float | None = None) -> np.ndarray:
    """Images (N, C, H, W) in [0, 1] for codes (N, D)."""
    with explained():
        return _decode(name, _stamp(name), np.asarray(z, dtype=np.float32), labels, beta)


@st.cache_data(max_entries=128, show_spinner=False)
def _samples(name: str, stamp: tuple, n: int, seed: int, beta: float | None) -> np.ndarray:
    return on_thread(_load_model(name, stamp).sample, n, seed, labels_in_turn(name, n), beta=beta)


def labels_in_turn(name: str, n: int) -> np.ndarray | None:
    """What a conditional model is told for n samples, (n, properties): its labels one after the other; None for the others.

    Without a label it draws what none of its classes looks like.
    """
    sizes = load_model(name).sizes
    return np.stack([np.arange(n) % size for size in sizes], axis=1) if sizes else None


def samples(name: str, n: int, seed: int, *, beta: float | None = None) -> np.ndarray:
    """n images from the model's own prior; a conditional model is given its labels in turn."""
    with explained():
        return _samples(name, _stamp(name), n, seed, beta)


@st.cache_data(max_entries=128, show_spinner=False)
def _thumbnail(name: str, stamp: tuple, side: int) -> np.ndarray:
    atlas, xy = _load_atlas(name, stamp), _pca(name, stamp).xy
    if atlas.factors is not None:
        return pictures.scatter(xy, atlas.factors[:, pictures.telling(xy, atlas.factors)].astype(float), side)
    return pictures.scatter(xy, atlas.labels, side)


def thumbnail(name: str, side: int) -> np.ndarray:
    """The model's map as a small picture, RGBA."""
    with explained():
        return _thumbnail(name, _stamp(name), side)


@st.cache_data(max_entries=4, show_spinner=False)
def _zipped(name: str, stamp: tuple) -> bytes:
    return shelf.give_out(name, CHECKPOINTS)


def zipped(name: str) -> bytes:
    """The model as a zip file."""
    with explained():
        return _zipped(name, _stamp(name))


def decode_told(name: str, z: np.ndarray, told: np.ndarray | None) -> np.ndarray:
    """As ``decode``, for what a ``CanvasState`` says of the condition: (K,), a weight for each value of each label, then β."""
    labels, beta = split_told(name, told)
    return decode(name, z, labels, beta=beta)


def split_told(name: str, told: np.ndarray | None) -> tuple[np.ndarray | None, float | None]:
    """The labels' weights and the β of a canvas' condition."""
    model = load_model(name)
    if told is None:
        return None, None
    return told[: sum(model.sizes)] if model.sizes else None, float(told[-1]) if model.beta_range else None


def in_browser(name: str) -> bool:
    """Whether the browser can decode: an autoregressive decoder is a loop over pixels, which stays here."""
    return not load_model(name).config.network.autoregressive


@st.cache_resource(max_entries=16, show_spinner=False)
def _canvas_model(name: str, stamp: tuple) -> CanvasModel:
    model = _load_model(name, stamp)
    looped = model.config.network.autoregressive
    return CanvasModel(
        f"{name} {hash(stamp)}",
        name,
        model.step,
        model.shape,
        model.latent_dim,
        decoder=None if looped else on_thread(decoder_onnx, model),
        encoder=on_thread(encoder_onnx, model),
        conditions=told_properties(model),
        beta_range=model.beta_range,
        prior_codes=on_thread(model.sample_codes, 2000, seed=0) if model.config.prior.learns else None,
        server_only="it samples one pixel after another" if looped else None,
    )


def told_properties(model: TrainedVAE) -> tuple[Property, ...]:
    """What a conditional model is told, with the values' names."""
    if not model.sizes:
        return ()
    if isinstance(model.config.conditional, OnFactors):
        names = zip(model.about.factor_names, model.sizes)
        return tuple(Property(name, tuple(map(str, range(size)))) for name, size in names)
    return (Property("class", model.about.class_names),)


def canvas_model(name: str) -> CanvasModel:
    """The model as the browser needs it: its decoder and encoder as ONNX."""
    with explained():
        return _canvas_model(name, _stamp(name))


@st.cache_resource(max_entries=16, show_spinner=False)
def _canvas_points(name: str, stamp: tuple, projected: str, examples: bool) -> CanvasPoints:
    atlas, model = _load_atlas(name, stamp), _load_model(name, stamp)
    about, plane = model.about, _planes()[projected]
    colours = {} if atlas.labels is None else {"class": atlas.labels}
    for k, factor in enumerate(about.factor_names):
        if atlas.factors is not None and not (atlas.labels is not None and np.array_equal(atlas.factors[:, k], atlas.labels)):
            # few values are classes, many are a scale: forty legend entries would say nothing
            values = atlas.factors[:, k]
            colours[factor] = values if about.factor_sizes[k] <= 10 else values.astype(np.float32)
    if not model.config.objective.deterministic:
        colours |= {"KL, nats": atlas.kl.sum(axis=1)}
    colours |= {"−log p(x|z), nats": atlas.nll, "distance from the origin": np.linalg.norm(atlas.mean, axis=1)}
    colours |= {"density of the map": pictures.density_at(plane.xy)}
    held = images_or_none(name, "test") if examples else None
    return CanvasPoints(
        f"{name} {hash(stamp)} {projected} {examples and held is not None}",
        atlas.mean,
        None if model.config.objective.deterministic else atlas.std,
        None if model.config.objective.deterministic else atlas.kl,
        xy=plane.xy,
        projection=plane.method,
        trustworthiness=plane.trustworthiness,
        origin=plane.mean,
        axes=plane.axes,
        colours=colours,
        class_names={"class": about.class_names},
        examples=None if held is None else held.images[np.random.default_rng(0).permutation(len(held))[:12]],
    )


def canvas_points(name: str, plane: Projection | None = None, *, examples: bool = False) -> CanvasPoints:
    """The atlas on a plane, by default its principal one, as the browser needs it; ``examples`` adds images to pick from."""
    with explained():
        stamp = _stamp(name)
        plane = _pca(name, stamp) if plane is None else plane
        key = f"{plane.method} {hashlib.sha256(np.float32(plane.xy).tobytes()).hexdigest()[:16]}"
        with _lock():
            planes = _planes()
            planes[key] = plane
            while len(planes) > 64:
                planes.pop(next(iter(planes)))
        return _canvas_points(name, stamp, key, examples)


@st.cache_data(max_entries=32, show_spinner="Probing the codes")
def _leak(name: str, stamp: tuple) -> Leak | None:
    atlas = _load_atlas(name, stamp)
    if atlas.labels is None or len(np.unique(atlas.labels)) < 2:
        return None
    return label_leak(atlas.mean, atlas.labels)


def leak(name: str) -> Leak | None:
    """How well the label is read from the codes of the map; None without labels."""
    with explained():
        return _leak(name, _stamp(name))


@st.cache_data(max_entries=256, show_spinner="Measuring the curve")
def _curve(name: str, stamp: tuple, betas: tuple[float, ...]) -> list[tuple[float, float, float]]:
    images = load_images(name, "test").subset(CURVE_IMAGES, seed=0).images
    found = on_thread(rate_distortion, _load_model(name, stamp), images, list(betas))
    return [(beta, rate, distortion) for beta, (rate, distortion) in zip(betas, found)]


def curve(name: str, betas: tuple[float, ...] | None = None) -> list[tuple[float, float, float]]:
    """(β, rate, distortion) of a multi-rate model over held-out images; without ``betas`` nine over its range."""
    with explained():
        low, high = load_model(name).beta_range
        return _curve(name, _stamp(name), betas or tuple(np.geomspace(low, high, 9).clip(low, high).tolist()))


@st.cache_data(max_entries=32, show_spinner=False)
def _information(name: str, stamp: tuple) -> tuple[np.ndarray, tuple[str, ...]] | None:
    atlas, about = _load_atlas(name, stamp), _load_model(name, stamp).about
    factors, names = atlas.factors, about.factor_names
    if factors is None:
        factors, names = (None, ()) if atlas.labels is None else (atlas.labels[:, None], ("class label",))
    if factors is None or len(factors) < AT_LEAST:
        return None
    varied = [k for k in range(factors.shape[1]) if len(np.unique(factors[:, k])) > 1]
    if not varied:
        return None
    return mutual_information(atlas.mean, factors[:, varied]), tuple(names[k] for k in varied)


def information(name: str) -> tuple[np.ndarray, tuple[str, ...]] | None:
    """I(unit; factor) in nats, (D, K), over the atlas, and the factors' names; None where no factor is known."""
    with explained():
        return _information(name, _stamp(name))


@st.cache_resource
def _planes() -> dict[str, Projection]:
    """Planes by content, so that a cached function can be given one by a short key."""
    return {}


@st.cache_resource
def _lock() -> threading.Lock:
    return threading.Lock()


def encode(
    name: str, images: np.ndarray, labels: np.ndarray | None = None, *, beta: float | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """(mean, std) of q(z|x), each (N, D)."""
    with explained():
        return _encode(name, _stamp(name), images, labels, beta)


@st.cache_data(max_entries=128, show_spinner=False)
def _encode(name: str, stamp: tuple, images: np.ndarray, labels: np.ndarray | None, beta: float | None):
    return on_thread(_load_model(name, stamp).encode, images, labels, beta=beta)


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
def _pca(name: str, stamp: tuple) -> Projection:
    return project(_load_atlas(name, stamp).mean, "pca")


def plane(name: str) -> Projection:
    """The atlas on its principal plane: milliseconds."""
    with explained():
        return _pca(name, _stamp(name))


@st.cache_resource(max_entries=32, show_spinner=False)
def _stored_umap(name: str, stamp: tuple, settings: str) -> Projection | None:
    atlas, chosen = _load_atlas(name, stamp), json.loads(settings)
    if atlas.xy is not None and chosen == UMAP_SHIPPED:
        return Projection("UMAP", atlas.xy, trust(atlas.mean, atlas.xy, seed=0))
    return None


@st.cache_resource
def projector() -> Projector:
    """The process that draws UMAPs, compiling from now on."""
    made = Projector()
    made.warm()
    return made


@st.cache_data(max_entries=32, show_spinner=False)
def _found_umap(key: str) -> Projection:
    if (found := projections.find(key)) is None:
        raise LookupError(key)  # what raises is not cached, so that it is looked for again
    return found


def umap(name: str, **settings) -> Projection | Projecting:
    """The atlas as a UMAP of these settings: at once where it was drawn before, else as something under way."""
    with explained():
        stamp = _stamp(name)
        if stored := _stored_umap(name, stamp, json.dumps(settings, sort_keys=True)):
            return stored
        codes, wanted = _load_atlas(name, stamp).mean, settings | {"epochs": UMAP_EPOCHS}
        if len(codes) <= settings["n_neighbors"]:
            raise BadInput(
                f"UMAP with {settings['n_neighbors']} neighbours needs more points than that; this map has {len(codes)}"
            )
        with contextlib.suppress(LookupError):
            return _found_umap(projections.key_of(codes, "umap", wanted))
        return projector().ask(codes, "umap", wanted)


@st.cache_resource
def warm_up() -> None:
    """Once per server, behind the first page: the projector compiles, so that no visitor waits for it.

    $LATENT_EXPLORER_WARM=0 leaves it until somebody asks, for a server of which nobody asks a UMAP.
    """
    if os.environ.get("LATENT_EXPLORER_WARM") == "0":
        return
    delayed = threading.Timer(WARM_AFTER, projector)
    delayed.daemon = True
    delayed.start()


@st.cache_resource
def evaluations() -> Evaluations:
    """The measurements under way."""
    return Evaluations()


def checkpoint_path(name: str) -> Path:
    """Where a model of that name is kept; a name that could leave the folder is refused."""
    return shelf.path_of(name, CHECKPOINTS)


@st.cache_resource
def warm_worker() -> Warm:
    """One worker of this server that has imported torch already, for the next run."""
    return Warm()


def training_images(config: TrainConfig) -> Dataset:
    """The images that a configuration would train on."""
    return _images(config.dataset, "train", config.image_size, config.n_images, config.data_seed)


@st.cache_resource(max_entries=256, show_spinner=False)
def drawn(what: str, stamp: tuple, _make: Callable) -> Any:
    """``_make()``, once for all who look at the same ``what`` in the state that ``stamp`` names; nobody changes it."""
    return _make()
