"""What is known of a model in numbers: measured before and kept with it, or counted from its codes."""

import numpy as np
import streamlit as st

from latent_explorer.models import store
from latent_explorer.ui.page import show_errors
from vae_core.common.errors import BadInput
from vae_core.evaluation import load_results
from vae_core.evaluation.disentanglement.factors import MIN_IMAGES
from vae_core.evaluation.disentanglement.mutual_information import mutual_information
from vae_core.evaluation.likelihood.rate_distortion import rate_distortion_curve
from vae_core.latent.label_leak import Leak, label_leak

CURVE_IMAGES = 1000  # held-out images that a point of a multi-rate curve is measured on


@st.cache_data(max_entries=64, show_spinner=False)
def _numbers(name: str, stamp: tuple) -> dict:
    return {metric: result.to_json() for metric, result in load_results(store.CHECKPOINTS / name).items()}


def numbers(name: str) -> dict:
    """metrics.json: results by metric, each with its values and settings; empty where nothing was measured."""
    with show_errors():
        return _numbers(name, store.stamp_of(name))


def values(name: str, metric: str) -> dict | None:
    """A metric's values; None where it was not measured."""
    return numbers(name).get(metric, {}).get("values")


@st.cache_data(max_entries=32, show_spinner="Probing the codes")
def _leak(name: str, stamp: tuple) -> Leak | None:
    atlas = store.load_atlas(name)
    if atlas.labels is None or len(np.unique(atlas.labels)) < 2:
        return None
    return label_leak(atlas.mean, atlas.labels)


def leak(name: str) -> Leak | None:
    """How well the label is read from the codes of the map; None without labels."""
    with show_errors():
        return _leak(name, store.stamp_of(name))


@st.cache_data(max_entries=256, show_spinner="Measuring the curve")
def _curve(name: str, stamp: tuple, betas: tuple[float, ...]) -> list[tuple[float, float, float]]:
    images = store.load_images(name, "test").subset(CURVE_IMAGES, seed=0).images
    found = store.on_thread(rate_distortion_curve, store.load_model(name), images, list(betas))
    return [(beta, rate, distortion) for beta, (rate, distortion) in zip(betas, found)]


def curve(name: str, betas: tuple[float, ...] | None = None) -> list[tuple[float, float, float]]:
    """(β, rate, distortion) of a multi-rate model over held-out images; without ``betas`` nine over its range."""
    with show_errors():
        low, high = store.load_model(name).beta_range
        return _curve(name, store.stamp_of(name), betas or tuple(np.geomspace(low, high, 9).clip(low, high).tolist()))


@st.cache_data(max_entries=32, show_spinner=False)
def _information(name: str, stamp: tuple) -> tuple[np.ndarray, tuple[str, ...]] | None:
    atlas, about = store.load_atlas(name), store.load_model(name).about
    factors, names = atlas.factors, about.factor_names
    if factors is None:
        factors, names = (None, ()) if atlas.labels is None else (atlas.labels[:, None], ("class label",))
    if factors is None or len(factors) < MIN_IMAGES:
        return None
    varied = [k for k in range(factors.shape[1]) if len(np.unique(factors[:, k])) > 1]
    if not varied:
        return None
    return mutual_information(atlas.mean, factors[:, varied]), tuple(names[k] for k in varied)


def information(name: str) -> tuple[np.ndarray, tuple[str, ...]] | None:
    """I(unit; factor) in nats, (D, K), over the atlas, and the factors' names; None where no factor is known."""
    with show_errors():
        return _information(name, store.stamp_of(name))


def broken(name: str) -> str | None:
    """What is wrong with a checkpoint's files; None where all of them can be read."""
    try:
        stamp = store.stamp_of(name)
        store.read_model(name, stamp)
        if (store.CHECKPOINTS / name / "atlas.npz").exists():
            store.read_atlas(name, stamp)
        _numbers(name, stamp)
    except BadInput as error:
        return str(error)
    return None
