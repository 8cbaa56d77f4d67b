"""Numbers of a model: measured and stored with it, or computed from its atlas."""

from collections.abc import Callable
from functools import cached_property

import numpy as np
import streamlit as st

from latent_explorer.models import caches
from latent_explorer.models.caches import BY_FILES
from latent_explorer.models.files import CheckpointFiles
from vae_core.data import Dataset
from vae_core.evaluation import load_results
from vae_core.evaluation.disentanglement.factors import MIN_IMAGES
from vae_core.evaluation.disentanglement.mutual_information import mutual_information
from vae_core.evaluation.likelihood.rate_distortion import rate_distortion_curve
from vae_core.latent.label_leak import Leak, label_leak

CURVE_IMAGES = 1000  # held-out images per point of a multi-rate curve
CURVE_POINTS = 9


class Measurements:
    """The numbers of one opened model.

    Args:
        files: the checkpoint.
        held_out: returns the held-out images; called only where a number needs them.
    """

    def __init__(self, files: CheckpointFiles, held_out: Callable[[], Dataset]):
        self._files, self._held_out = files, held_out

    @cached_property
    def results(self) -> dict[str, dict]:
        """metrics.json: results by metric, each with its values and settings; empty if nothing was measured."""
        return _results(self._files)

    def values(self, metric: str) -> dict | None:
        """Return a metric's values; None if it was not measured."""
        return self.results.get(metric, {}).get("values")

    @property
    def leak(self) -> Leak | None:
        """Accuracy of a classifier that reads the label from the atlas' codes; None without labels."""
        return _leak(self._files)

    @property
    def information(self) -> tuple[np.ndarray, tuple[str, ...]] | None:
        """I(unit; factor) in nats, (D, K), over the atlas, and the factors' names; None if no factor is known."""
        return _information(self._files)

    def curve(self, betas: tuple[float, ...] | None = None) -> list[tuple[float, float, float]]:
        """Return (β, rate, distortion) of a multi-rate model over held-out images, in nats.

        Args:
            betas: where to measure; by default nine values over the model's range.
        """
        if betas is None:
            low, high = caches.trained(self._files).beta_range or (1.0, 1.0)
            betas = tuple(np.geomspace(low, high, CURVE_POINTS).clip(low, high).tolist())
        return _curve(self._files, betas, self._held_out)


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=BY_FILES)
def _results(files: CheckpointFiles) -> dict[str, dict]:
    return {metric: result.to_json() for metric, result in load_results(files.folder).items()}


@st.cache_data(max_entries=32, show_spinner="Reading the label from the codes", hash_funcs=BY_FILES)
def _leak(files: CheckpointFiles) -> Leak | None:
    atlas = caches.atlas(files)
    if atlas.labels is None or len(np.unique(atlas.labels)) < 2:
        return None
    return label_leak(atlas.mean, atlas.labels)


@st.cache_data(max_entries=256, show_spinner="Measuring the curve", hash_funcs=BY_FILES)
def _curve(
    files: CheckpointFiles, betas: tuple[float, ...], _held_out: Callable[[], Dataset]
) -> list[tuple[float, float, float]]:
    images = _held_out().subset(CURVE_IMAGES, seed=0).images
    found = caches.on_thread(rate_distortion_curve, caches.trained(files), images, list(betas))
    return [(beta, rate, distortion) for beta, (rate, distortion) in zip(betas, found)]


@st.cache_data(max_entries=32, show_spinner=False, hash_funcs=BY_FILES)
def _information(files: CheckpointFiles) -> tuple[np.ndarray, tuple[str, ...]] | None:
    atlas, about = caches.atlas(files), caches.trained(files).about
    factors, names = atlas.factors, about.factor_names
    if factors is None:
        factors, names = (None, ()) if atlas.labels is None else (atlas.labels[:, None], ("class label",))
    if factors is None or len(factors) < MIN_IMAGES:
        return None
    varied = [k for k in range(factors.shape[1]) if len(np.unique(factors[:, k])) > 1]
    if not varied:
        return None
    return mutual_information(atlas.mean, factors[:, varied]), tuple(names[k] for k in varied)
