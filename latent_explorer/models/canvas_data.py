"""Data of the canvas, as the browser needs it: a model's decoder and encoder as ONNX, and its codes on a plane."""

import hashlib

import numpy as np
import streamlit as st

from latent_explorer.canvas import CanvasModel, CanvasPoints, ConditionProperty
from latent_explorer.models import caches
from latent_explorer.models.caches import BY_FILES
from latent_explorer.models.files import CheckpointFiles
from latent_explorer.ui import pictures
from vae_core.analysis.atlas import LatentAtlas
from vae_core.checkpoints.onnx_export import decoder_onnx, encoder_onnx
from vae_core.checkpoints.trained_vae import About, TrainedVAE
from vae_core.data import Dataset
from vae_core.latent.projection import Projection
from vae_core.parts.condition import OnFactors

MAX_CLASSES = 10  # a factor of more values is coloured as a scale: forty legend entries would say nothing
PRIOR_CODES = 2000
EXAMPLES = 12


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=BY_FILES)
def canvas_model(files: CheckpointFiles) -> CanvasModel:
    """The model with its decoder and encoder; an autoregressive decoder stays on the server."""
    model = caches.trained(files)
    autoregressive = model.config.network.autoregressive
    return CanvasModel(
        files.key,
        files.folder.name,
        model.step,
        model.shape,
        model.latent_dim,
        decoder=None if autoregressive else caches.on_thread(decoder_onnx, model),
        encoder=caches.on_thread(encoder_onnx, model),
        conditions=condition_properties(model),
        beta_range=model.beta_range,
        prior_codes=caches.on_thread(model.sample_codes, PRIOR_CODES, seed=0) if model.config.prior.learns else None,
        server_only="it samples one pixel after another" if autoregressive else None,
    )


def condition_properties(model: TrainedVAE) -> tuple[ConditionProperty, ...]:
    """List the labels that a model is conditioned on, with the names of their values."""
    if not model.sizes:
        return ()
    if isinstance(model.config.conditional, OnFactors):
        names = zip(model.about.factor_names, model.sizes)
        return tuple(ConditionProperty(name, tuple(map(str, range(size)))) for name, size in names)
    return (ConditionProperty("class", model.about.class_names),)


def canvas_points(files: CheckpointFiles, plane: Projection, held_out: Dataset | None) -> CanvasPoints:
    """The atlas on a plane, with held-out images to pick from if there are any."""
    content = hashlib.sha256(np.float32(plane.xy).tobytes()).hexdigest()[:16]
    return _points(files, f"{plane.method} {content}", held_out is not None, plane, held_out)


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=BY_FILES)
def _points(
    files: CheckpointFiles, projected: str, examples: bool, _plane: Projection, _held_out: Dataset | None
) -> CanvasPoints:
    atlas, model = caches.atlas(files), caches.trained(files)
    deterministic = model.config.objective.deterministic
    pick = None
    if _held_out is not None:
        pick = _held_out.images[np.random.default_rng(0).permutation(len(_held_out))[:EXAMPLES]]
    return CanvasPoints(
        f"{files.key} {projected} {examples}",
        atlas.mean,
        None if deterministic else atlas.std,
        None if deterministic else atlas.kl,
        xy=_plane.xy,
        projection=_plane.method,
        trustworthiness=_plane.trustworthiness,
        origin=_plane.mean,
        axes=_plane.axes,
        colours=point_colours(atlas, model.about, _plane, deterministic),
        class_names={"class": model.about.class_names},
        examples=pick,
    )


def point_colours(atlas: LatentAtlas, about: About, plane: Projection, deterministic: bool) -> dict[str, np.ndarray]:
    """Values (N,) that the points can be coloured by: integers are classes, floats a scale."""
    colours = {} if atlas.labels is None else {"class": atlas.labels}
    for k, factor in enumerate(about.factor_names):
        if atlas.factors is not None and not (atlas.labels is not None and np.array_equal(atlas.factors[:, k], atlas.labels)):
            values = atlas.factors[:, k]
            colours[factor] = values if about.factor_sizes[k] <= MAX_CLASSES else values.astype(np.float32)
    if not deterministic:
        colours |= {"KL, nats": atlas.kl.sum(axis=1)}
    colours |= {"−log p(x|z), nats": atlas.nll, "distance from the origin": np.linalg.norm(atlas.mean, axis=1)}
    return colours | {"density of the map": pictures.point_density(plane.xy)}
