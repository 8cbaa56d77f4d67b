"""An opened model: everything that a page asks of a checkpoint, with loading and caching inside."""

from collections.abc import Callable
from functools import cached_property
from typing import TypeVar

import numpy as np

from latent_explorer.background.umap_client import ProjectionJob
from latent_explorer.canvas import CanvasModel, CanvasPoints
from latent_explorer.models import caches, canvas_data, library, projection_cache
from latent_explorer.models.files import CheckpointFiles
from latent_explorer.models.measurements import Measurements
from vae_core.analysis.atlas import LatentAtlas
from vae_core.checkpoints.trained_vae import About, TrainedVAE
from vae_core.common.errors import BadInput, DataMissing
from vae_core.config import TrainConfig
from vae_core.data import Dataset

T = TypeVar("T")


class Model:
    """A checkpoint that a page looks at. What is read of its files is read on first use, and shared by all visitors.

    Images are arrays (N, C, H, W), latent codes (N, D). Methods raise ``BadInput``, with a sentence for the page, if a file of
    the checkpoint cannot be read, and ``DataMissing`` if they need images that are not on this machine.
    """

    def __init__(self, files: CheckpointFiles):
        self.files = files
        self.name = files.folder.name

    def __repr__(self) -> str:
        return f"Model({self.name!r})"

    # --- what it is ---------------------------------------------------------------------------------------------------------

    @cached_property
    def trained(self) -> TrainedVAE:
        """The model of vae_core, weights included."""
        return caches.trained(self.files)

    @property
    def config(self) -> TrainConfig:
        return self.trained.config

    @property
    def about(self) -> About:
        """Origin of the model: data set, split, names of classes and factors."""
        return self.trained.about

    @property
    def step(self) -> int:
        return self.trained.step

    @property
    def shape(self) -> tuple[int, int, int]:
        """(channels, height, width) of an image."""
        channels, height, width = self.trained.shape
        return channels, height, width

    @property
    def latent_dim(self) -> int:
        return self.trained.latent_dim

    @property
    def label_sizes(self) -> tuple[int, ...]:
        """Number of values of each label that the model is conditioned on; empty for an unconditional model."""
        return self.trained.sizes

    @property
    def beta_range(self) -> tuple[float, float] | None:
        """The range of β that a multi-rate model can be asked for; None for a model of one β."""
        return self.trained.beta_range

    @property
    def deterministic(self) -> bool:
        """True for an autoencoder: its codes have no σ, so that it has neither KL nor ELBO."""
        return self.config.objective.deterministic

    @property
    def in_browser(self) -> bool:
        """Whether the browser can decode: an autoregressive decoder is a loop over pixels, which stays on the server."""
        return not self.config.network.autoregressive

    @property
    def is_shipped(self) -> bool:
        return self.name in library.shipped()

    @cached_property
    def problem(self) -> str | None:
        """Sentence on the fault in the checkpoint's files; None if all of them can be read."""
        try:
            _ = self.trained
            if (self.files.folder / "atlas.npz").exists():
                _ = self.atlas
            _ = self.measurements.results
        except BadInput as error:
            return str(error)
        return None

    # --- codes and images ---------------------------------------------------------------------------------------------------

    @property
    def atlas(self) -> LatentAtlas:
        """The aggregate posterior: codes of the training images."""
        return caches.atlas(self.files)

    @cached_property
    def units(self) -> list[int]:
        """Active units, the one with the largest KL first; all units if none is active."""
        order = self.atlas.order
        return [int(unit) for unit in (order[self.atlas.active[order]] if self.atlas.active.any() else order)]

    @cached_property
    def anchor(self) -> np.ndarray:
        """The latent code (D,) of a real image that is nearest to the origin.

        The origin itself may lie in a hole of q(z), where nothing is decoded well.
        """
        return self.atlas.mean[np.argmin(np.linalg.norm(self.atlas.mean, axis=1))]

    def images(self, split: str = "train") -> Dataset:
        """Return the images the model was trained on, or held out from training (``split="test"``).

        Raises:
            DataMissing: they are not on this machine.
        """
        return caches.training_images(self.config) if split == "train" else caches.held_out_images(self.config)

    def images_or_none(self, split: str = "train") -> Dataset | None:
        """Return ``images(split)``, or None if they are not on this machine."""
        try:
            return self.images(split)
        except DataMissing:
            return None

    def labels_of(self, dataset: Dataset) -> np.ndarray | None:
        """Return the labels that a conditional model needs of these images; None for an unconditional one."""
        return self.config.conditional.labels(dataset) if self.label_sizes else None

    def encode(
        self, images: np.ndarray, labels: np.ndarray | None = None, *, beta: float | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return (mean, std) of q(z|x), each (N, D)."""
        return caches.encoded(self.files, images, labels, beta)

    def decode(self, z: np.ndarray, labels: np.ndarray | None = None, *, beta: float | None = None) -> np.ndarray:
        """Return images (N, C, H, W) in [0, 1] of latent codes (N, D)."""
        return caches.decoded(self.files, np.asarray(z, dtype=np.float32), labels, beta)

    def split_condition(self, condition: np.ndarray | None) -> tuple[np.ndarray | None, float | None]:
        """Split a canvas' condition (K,) into the labels' weights and β; either is None if the model does not take it."""
        if condition is None:
            return None, None
        weights = condition[: sum(self.label_sizes)] if self.label_sizes else None
        return weights, float(condition[-1]) if self.beta_range else None

    def decode_with_condition(self, z: np.ndarray, condition: np.ndarray | None) -> np.ndarray:
        """Decode under a canvas' condition (K,): a weight for each value of each label, then β."""
        weights, beta = self.split_condition(condition)
        return self.decode(z, weights, beta=beta)

    def cycled_labels(self, n: int) -> np.ndarray | None:
        """Return labels for n samples of a conditional model, one value after the other, (n, properties); else None.

        Without a label a conditional model draws images that look like none of its classes.
        """
        sizes = self.label_sizes
        return np.stack([np.arange(n) % size for size in sizes], axis=1) if sizes else None

    def samples(self, n: int, seed: int, *, beta: float | None = None) -> np.ndarray:
        """Return n images from the model's own prior; a conditional model is given its labels in turn."""
        return caches.sampled(self.files, n, seed, self.cycled_labels(n), beta)

    # --- on a plane, in the browser, in numbers -----------------------------------------------------------------------------

    @property
    def plane(self) -> projection_cache.Projection:
        """The atlas on its principal plane; takes milliseconds."""
        return projection_cache.pca(self.files)

    def umap(self, *, n_neighbors: int, min_dist: float, seed: int) -> projection_cache.Projection | ProjectionJob:
        """Return the atlas as a UMAP: the projection if it was computed before, else the job that computes it."""
        return projection_cache.umap(self.files, {"n_neighbors": n_neighbors, "min_dist": min_dist, "seed": seed})

    def thumbnail(self, side: int) -> np.ndarray:
        """Return the map as a small RGBA picture."""
        return projection_cache.thumbnail(self.atlas, self.plane, side)

    @property
    def canvas(self) -> CanvasModel:
        """The model as the browser needs it: decoder and encoder as ONNX."""
        return canvas_data.canvas_model(self.files)

    def canvas_points(self, plane: projection_cache.Projection | None = None, *, examples: bool = False) -> CanvasPoints:
        """Return the atlas on a plane, by default its principal one, as the browser needs it.

        Args:
            plane: where the points lie.
            examples: add a dozen held-out images to pick from, if they are on this machine.
        """
        held_out = self.images_or_none("test") if examples else None
        return canvas_data.canvas_points(self.files, self.plane if plane is None else plane, held_out)

    @cached_property
    def measurements(self) -> Measurements:
        """Numbers of the model: measured and stored with it, or computed from its atlas."""
        return Measurements(self.files, lambda: self.images("test"))

    def zip(self) -> bytes:
        """Return the checkpoint as a zip archive."""
        return caches.zipped(self.files)

    def shared(self, what: str, make: Callable[[], T]) -> T:
        """Return ``make()``, computed once for all visitors as long as the checkpoint's files stay the same."""
        return caches.shared(what, (self.files.key,), make)
