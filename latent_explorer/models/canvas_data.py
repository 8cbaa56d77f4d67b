"""What the canvas draws, as the browser needs it: a model's decoder and encoder, and its codes on a plane."""

import hashlib
import threading

import numpy as np
import streamlit as st

from latent_explorer.canvas import CanvasModel, CanvasPoints, ConditionProperty
from latent_explorer.models import projection_cache, store
from latent_explorer.ui import pictures
from latent_explorer.ui.page import show_errors
from vae_core.checkpoints.onnx_export import decoder_onnx, encoder_onnx
from vae_core.checkpoints.trained_vae import TrainedVAE
from vae_core.latent.projection import Projection
from vae_core.parts.condition import OnFactors


def split_condition(name: str, condition: np.ndarray | None) -> tuple[np.ndarray | None, float | None]:
    """The labels' weights and the β of a canvas' condition."""
    model = store.load_model(name)
    if condition is None:
        return None, None
    return condition[: sum(model.sizes)] if model.sizes else None, float(condition[-1]) if model.beta_range else None


def decode_with_condition(name: str, z: np.ndarray, condition: np.ndarray | None) -> np.ndarray:
    """As ``session.decode``; ``condition`` (K,) is a ``CanvasState``'s: a weight for each value of each label, then β."""
    labels, beta = split_condition(name, condition)
    return store.decode(name, z, labels, beta=beta)


def in_browser(name: str) -> bool:
    """Whether the browser can decode: an autoregressive decoder is a loop over pixels, which stays here."""
    return not store.load_model(name).config.network.autoregressive


@st.cache_resource(max_entries=16, show_spinner=False)
def _model(name: str, stamp: tuple) -> CanvasModel:
    model = store.load_model(name)
    looped = model.config.network.autoregressive
    return CanvasModel(
        f"{name} {hash(stamp)}",
        name,
        model.step,
        model.shape,
        model.latent_dim,
        decoder=None if looped else store.on_thread(decoder_onnx, model),
        encoder=store.on_thread(encoder_onnx, model),
        conditions=condition_properties(model),
        beta_range=model.beta_range,
        prior_codes=store.on_thread(model.sample_codes, 2000, seed=0) if model.config.prior.learns else None,
        server_only="it samples one pixel after another" if looped else None,
    )


def condition_properties(model: TrainedVAE) -> tuple[ConditionProperty, ...]:
    """What a conditional model is conditioned on, with the values' names."""
    if not model.sizes:
        return ()
    if isinstance(model.config.conditional, OnFactors):
        names = zip(model.about.factor_names, model.sizes)
        return tuple(ConditionProperty(name, tuple(map(str, range(size)))) for name, size in names)
    return (ConditionProperty("class", model.about.class_names),)


def model(name: str) -> CanvasModel:
    """The model as the browser needs it: its decoder and encoder as ONNX."""
    with show_errors():
        return _model(name, store.stamp_of(name))


@st.cache_resource
def _planes() -> dict[str, Projection]:
    """Planes by content, so that a cached function can be given one by a short key."""
    return {}


@st.cache_resource
def _lock() -> threading.Lock:
    return threading.Lock()


@st.cache_resource(max_entries=16, show_spinner=False)
def _points(name: str, stamp: tuple, projected: str, examples: bool) -> CanvasPoints:
    atlas, model = store.load_atlas(name), store.load_model(name)
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
    colours |= {"density of the map": pictures.point_density(plane.xy)}
    held = store.images_or_none(name, "test") if examples else None
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


def points(name: str, plane: Projection | None = None, *, examples: bool = False) -> CanvasPoints:
    """The atlas on a plane, by default its principal one, as the browser needs it; ``examples`` adds images to pick from."""
    with show_errors():
        stamp = store.stamp_of(name)
        plane = projection_cache.plane(name) if plane is None else plane
        key = f"{plane.method} {hashlib.sha256(np.float32(plane.xy).tobytes()).hexdigest()[:16]}"
        with _lock():
            kept = _planes()
            kept[key] = plane
            while len(kept) > 64:
                kept.pop(next(iter(kept)))
        return _points(name, stamp, key, examples)
