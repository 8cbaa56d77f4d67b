"""A model's codes on a plane: PCA at once, UMAP by the projector's process."""

import contextlib
import json
import os
import threading

import numpy as np
import streamlit as st

from latent_explorer.background import projection_files
from latent_explorer.background.umap_client import ProjectionJob, Projector
from latent_explorer.models import caches
from latent_explorer.models.caches import BY_FILES
from latent_explorer.models.files import CheckpointFiles
from latent_explorer.ui import pictures
from vae_core.analysis.atlas import LatentAtlas
from vae_core.common.errors import BadInput
from vae_core.latent.projection import Projection, project, trustworthiness_of

UMAP_SHIPPED = {"min_dist": 0.1, "n_neighbors": 15, "seed": 0}  # the settings of the UMAP that an atlas may hold
WARM_AFTER = 4.0  # seconds: the first page has the cores to itself


@st.cache_resource(max_entries=32, show_spinner=False, hash_funcs=BY_FILES)
def pca(files: CheckpointFiles) -> Projection:
    """The atlas on its principal plane."""
    return project(caches.atlas(files).mean, "pca")


def thumbnail(atlas: LatentAtlas, plane: Projection, side: int) -> np.ndarray:
    """Draw the map as a small RGBA picture, coloured by the factor that shows most clearly, else by class."""
    if atlas.factors is not None:
        shown = pictures.most_visible_factor(plane.xy, atlas.factors)
        return pictures.scatter_picture(plane.xy, atlas.factors[:, shown].astype(float), side)
    return pictures.scatter_picture(plane.xy, atlas.labels, side)


@st.cache_resource(max_entries=32, show_spinner=False, hash_funcs=BY_FILES)
def _stored_umap(files: CheckpointFiles, settings: str) -> Projection | None:
    """The UMAP that the atlas holds, if it has these settings."""
    atlas, chosen = caches.atlas(files), json.loads(settings)
    if atlas.xy is not None and chosen == UMAP_SHIPPED:
        return Projection("UMAP", atlas.xy, trustworthiness_of(atlas.mean, atlas.xy, seed=0))
    return None


@st.cache_resource
def projector() -> Projector:
    """The process that computes UMAPs; it compiles from now on."""
    made = Projector()
    made.warm()
    return made


@st.cache_data(max_entries=32, show_spinner=False)
def _found_umap(key: str) -> Projection:
    """The UMAP on disk; what raises is not cached, so that it is looked for again."""
    if (found := projection_files.read_stored(key)) is None:
        raise LookupError(key)
    return found


def umap(files: CheckpointFiles, settings: dict) -> Projection | ProjectionJob:
    """Return the atlas as a UMAP of these settings: the projection if it was computed before, else the job under way."""
    if stored := _stored_umap(files, json.dumps(settings, sort_keys=True)):
        return stored
    codes = caches.atlas(files).mean
    if len(codes) <= settings["n_neighbors"]:
        raise BadInput(f"UMAP with {settings['n_neighbors']} neighbours needs more points than that; this map has {len(codes)}")
    with contextlib.suppress(LookupError):
        return _found_umap(projection_files.projection_key(codes, settings))
    return projector().request(codes, settings)


@st.cache_resource
def warm_up() -> None:
    """Start the projector behind the first page, once per server, so that its compilation delays no visitor.

    $LATENT_EXPLORER_WARM=0 starts it only when a UMAP is asked for.
    """
    if os.environ.get("LATENT_EXPLORER_WARM") == "0":
        return
    delayed = threading.Timer(WARM_AFTER, projector)
    delayed.daemon = True
    delayed.start()
