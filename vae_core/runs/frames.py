"""Render frames: images and latent codes of the model at one step, always of the same inputs, for the animation of a run."""

import math
from pathlib import Path

import numpy as np
from jaxtyping import Float

from vae_core.checkpoints.trained_vae import TrainedVAE
from vae_core.common.files import write_npz
from vae_core.common.pixels import floats_to_bytes
from vae_core.common.seeds import rng
from vae_core.data.dataset import Dataset
from vae_core.latent.gaussian import standard_normal_kl
from vae_core.latent.traversal import traverse

N_INPUTS, N_SAMPLES, N_POINTS = 16, 32, 1000
VALUES = np.linspace(-3, 3, 11, dtype=np.float32)  # of a traversed unit, in σ of a standard normal prior
RATIO = 1.12  # between the steps of neighbouring frames: 43 frames up to step 1,500, 80 up to step 100,000
LEAST = 4  # steps between frames: the ELBO is measured at each one, which takes as long as ten steps of a small model


def log_spaced(n_steps: int, ratio: float, least: int = 1) -> list[int]:
    """Return steps from 0 to ``n_steps``, each about ``ratio`` times the last one and at least ``least`` later.

    They are dense at the beginning, because early training changes the model fastest.
    """
    steps, at = {0, n_steps}, float(least)
    while at < n_steps:
        steps.add(round(at))
        at = max(at * ratio, math.floor(at) + least)
    return sorted(steps)


class FrameRenderer:
    """Render a model on fixed held-out images and fixed latent codes."""

    def __init__(self, dataset: Dataset, seed: int):
        order = rng(seed, "frames").permutation(len(dataset))
        self.inputs = dataset.take(np.sort(order[:N_INPUTS]))
        self.points = dataset.take(np.sort(order[:N_POINTS]))
        self._last: Float[np.ndarray, "points 2"] | None = None

    def write_fixed_images(self, path: Path) -> None:
        """Write the inputs that all frames share: images, labels and class names."""
        labels = self.points.labels if self.points.labels is not None else np.zeros(0, dtype=np.int64)
        class_names = np.array(self.points.class_names, dtype=str)
        write_npz(path, {"inputs": self.inputs.images, "labels": labels, "class_names": class_names}, compress=False)

    def align_to(self, frame: dict[str, np.ndarray] | None) -> None:
        """Rotate the next map so that it is as close as possible to the map of this frame."""
        self._last = None if frame is None else frame["xy"].astype(np.float64)

    def render(self, model: TrainedVAE) -> dict[str, np.ndarray]:
        """Return uint8 images (n, C, H, W): reconstructions, samples, traversal (units · values); xy of the points; its units.

        Samples are of the same latent codes in each frame, as long as the prior stays the same. An autoregressive decoder,
        which draws pixel by pixel and is slow, gets no traversal.
        """
        # posteriors of the points, and the two units with the largest KL
        labels_of = model.config.conditional.labels
        mean, std = model.encode(self.points.images, labels_of(self.points))
        units = np.argsort(-standard_normal_kl(mean, std).mean(axis=0), kind="stable")[:2]
        # codes to decode: of the inputs, of samples, and of a traversal that starts at the first input
        labels = labels_of(self.inputs)
        codes, _ = model.encode(self.inputs.images, labels)
        samples = model.sample_codes(N_SAMPLES, seed=0)
        moved = traverse(codes[0], units, VALUES).reshape(-1, model.latent_dim)
        if model.config.network.autoregressive:
            moved = moved[:0]
        all_codes = np.concatenate([codes, samples, moved])
        if labels is not None:
            # samples go through the labels in turn; the traversal keeps the label of its first code
            turns = np.stack([np.arange(N_SAMPLES) % size for size in model.sizes], axis=1)
            labels = np.concatenate([labels, turns, np.repeat(labels[:1], len(moved), axis=0)])
        images = floats_to_bytes(model.decode(all_codes, labels))
        cuts = [len(codes), len(codes) + len(samples)]
        reconstructions, drawn, traversal = np.split(images, cuts)
        xy, spread = self._plane(mean)
        return {
            "step": np.array(model.step),
            "reconstructions": reconstructions,
            "samples": drawn,
            "traversal": traversal,
            "units": units,
            "xy": xy.astype(np.float16),
            "explained": np.array(spread),
        }

    def _plane(self, mean: Float[np.ndarray, "points latent"]) -> tuple[Float[np.ndarray, "points 2"], float]:
        """Return the posterior means on a plane and the share of their variance that it shows: two units, or their PCA.

        The axes of a PCA have no sign and may turn from frame to frame. Each map is therefore rotated to the one before
        (orthogonal Procrustes, Schönemann 1966), so that points move only as far as the model moved them.
        """
        if mean.shape[1] <= 2:
            return np.pad(mean, ((0, 0), (0, 2 - mean.shape[1]))), 1.0
        centred = (mean - mean.mean(axis=0)).astype(np.float64)
        _, scale, axes = np.linalg.svd(centred, full_matrices=False)
        xy = centred @ axes[:2].T
        if self._last is not None:
            u, _, vt = np.linalg.svd(xy.T @ self._last)
            xy = xy @ (u @ vt)
        self._last = xy
        return xy, float((scale[:2] ** 2).sum() / max((scale**2).sum(), 1e-12))


def frame_steps(n_steps: int, *, slow: bool) -> list[int]:
    """Return the steps of the stored frames; fewer for a slow decoder, which draws pixel by pixel."""
    return log_spaced(n_steps, 1.5 if slow else RATIO, LEAST)
