"""A model's codes on a plane: PCA at once, UMAP by the projector's process."""

import contextlib
import json
import os
import threading

import numpy as np
import streamlit as st

from latent_explorer.background import umap_client as projections
from latent_explorer.background.umap_client import ProjectionJob, Projector
from latent_explorer.models import store
from latent_explorer.ui import pictures
from latent_explorer.ui.page import show_errors
from vae_core.common.errors import BadInput
from vae_core.latent.projection import Projection, project, trustworthiness_of

UMAP_SHIPPED = {"min_dist": 0.1, "n_neighbors": 15, "seed": 0}  # the settings of the UMAP that atlases carry
WARM_AFTER = 4.0  # seconds: the first page has the cores to itself


@st.cache_resource(max_entries=32, show_spinner=False)
def _pca(name: str, stamp: tuple) -> Projection:
    return project(store.load_atlas(name).mean, "pca")


def plane(name: str) -> Projection:
    """The atlas on its principal plane: milliseconds."""
    with show_errors():
        return _pca(name, store.stamp_of(name))


def thumbnail(name: str, side: int) -> np.ndarray:
    """The model's map as a small picture, RGBA."""
    atlas, xy = store.load_atlas(name), plane(name).xy
    if atlas.factors is not None:
        return pictures.scatter_picture(
            xy, atlas.factors[:, pictures.most_visible_factor(xy, atlas.factors)].astype(float), side
        )
    return pictures.scatter_picture(xy, atlas.labels, side)


@st.cache_resource(max_entries=32, show_spinner=False)
def _stored_umap(name: str, stamp: tuple, settings: str) -> Projection | None:
    atlas, chosen = store.load_atlas(name), json.loads(settings)
    if atlas.xy is not None and chosen == UMAP_SHIPPED:
        return Projection("UMAP", atlas.xy, trustworthiness_of(atlas.mean, atlas.xy, seed=0))
    return None


@st.cache_resource
def projector() -> Projector:
    """The process that draws UMAPs, compiling from now on."""
    made = Projector()
    made.warm()
    return made


@st.cache_data(max_entries=32, show_spinner=False)
def _found_umap(key: str) -> Projection:
    if (found := projections.read_stored(key)) is None:
        raise LookupError(key)  # what raises is not cached, so that it is looked for again
    return found


def umap(name: str, **settings) -> Projection | ProjectionJob:
    """The atlas as a UMAP of these settings: at once where it was drawn before, else as something under way."""
    with show_errors():
        stamp = store.stamp_of(name)
        if stored := _stored_umap(name, stamp, json.dumps(settings, sort_keys=True)):
            return stored
        codes = store.load_atlas(name).mean
        if len(codes) <= settings["n_neighbors"]:
            raise BadInput(
                f"UMAP with {settings['n_neighbors']} neighbours needs more points than that; this map has {len(codes)}"
            )
        with contextlib.suppress(LookupError):
            return _found_umap(projections.projection_key(codes, settings))
        return projector().request(codes, settings)


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
