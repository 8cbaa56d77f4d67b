"""Projections of latent codes to the plane: PCA, a linear view, and UMAP, a layout that keeps neighbourhoods."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from vae_core.common.errors import BadInput, look_up
from vae_core.common.progress import Progress, no_progress
from vae_core.common.seeds import rng


@dataclass(frozen=True)
class Projection:
    """N points of the plane, and measures of how well they represent the codes."""

    method: str
    xy: Float[np.ndarray, "n 2"]
    trustworthiness: float | None = None  # Venna & Kaski 2001, of a seeded subset; None for raw units
    explained: tuple[float, float] | None = None  # PCA: share of the variance on each axis
    mean: Float[np.ndarray, "latent"] | None = None  # PCA: z = mean + xy @ axes is the plane's slice of the latent space
    axes: Float[np.ndarray, "2 latent"] | None = None
    epochs: int | None = None  # UMAP: number of epochs; None if unknown

    def inverse(self, xy: Float[np.ndarray, "m 2"]) -> Float[np.ndarray, "m latent"]:
        """Return the latent code at a point of the plane, for PCA and raw units.

        Raises:
            BadInput: UMAP has no inverse.
        """
        if self.axes is None:
            raise BadInput(f"{self.method} has no inverse: a point of its plane does not belong to a latent code")
        return (self.mean + xy @ self.axes).astype(np.float32)


def principal_axes(codes: Float[np.ndarray, "n latent"]) -> tuple[np.ndarray, np.ndarray]:
    """Return the (2, D) unit vectors of largest variance, and the share of the variance on each."""
    centred = (codes - codes.mean(axis=0)).astype(np.float64)
    values, vectors = np.linalg.eigh(centred.T @ centred)
    axes = vectors[:, ::-1][:, :2].T
    axes *= np.sign(axes[np.arange(2), np.abs(axes).argmax(axis=1)])[:, None]  # a sign that does not flip between machines
    return axes, values[::-1][:2] / max(values.sum(), 1e-12)


def pca(codes: Float[np.ndarray, "n latent"], *, seed: int = 0, progress: Progress = no_progress) -> Projection:
    """Project to the plane of largest variance; Pearson 1901. Codes of two units are returned unchanged."""
    mean = codes.mean(axis=0)
    if codes.shape[1] == 2:
        share = codes.var(axis=0) / codes.var(axis=0).sum()
        return Projection("raw units", codes, explained=tuple(share.tolist()), mean=np.zeros(2), axes=np.eye(2))
    if codes.shape[1] == 1:
        xy = np.column_stack([codes[:, 0], np.zeros(len(codes))])
        return Projection("raw units", xy, explained=(1.0, 0.0), mean=np.zeros(1), axes=np.array([[1.0], [0.0]]))
    axes, share = principal_axes(codes)
    xy = (codes - mean).astype(np.float64) @ axes.T
    progress(0.5)
    return Projection("PCA", xy, trustworthiness_of(codes, xy, seed), tuple(share.tolist()), mean, axes)


def umap(
    codes: Float[np.ndarray, "n latent"],
    *,
    n_neighbors: int = 15,
    min_dist: float = 0.1,
    epochs: int = 200,
    seed: int = 0,
    start: Float[np.ndarray, "n 2"] | None = None,
    progress: Progress = no_progress,
) -> Projection:
    """Project by UMAP, McInnes et al. 2018 (arXiv 1802.03426), on exact neighbours.

    The neighbours are computed here and passed to umap: that skips its own search and most of numba's compilation (first fit
    10 s instead of 25–68 s, later ones 0.25–5 s), at the same trustworthiness. ``start`` are the initial positions, by
    default those on the principal plane: a projection can be computed in few epochs and then refined.
    """
    if len(codes) <= n_neighbors:
        raise BadInput(f"UMAP with {n_neighbors} neighbours needs more than {n_neighbors} points, got {len(codes)}")
    if n_neighbors < 2 or not 0 <= min_dist <= 1:
        raise BadInput(f"UMAP takes n_neighbors ≥ 2 and min_dist in [0, 1], got {n_neighbors} and {min_dist}")
    import warnings

    from sklearn.neighbors import NearestNeighbors

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # umap warns about TensorFlow, and in a worker process about its one thread
        from umap import UMAP

        distances, neighbours = (
            NearestNeighbors(n_neighbors=n_neighbors, algorithm="brute", n_jobs=-1).fit(codes).kneighbors(codes)
        )
    progress(0.1)
    if start is not None:
        positions = start
    else:
        plane = (codes - codes.mean(axis=0)) @ principal_axes(codes)[0].T
        positions = 10 * plane / np.abs(plane).max()  # the scale that umap's own initializations have
    settings: dict[str, Any] = {
        "n_neighbors": n_neighbors,
        "min_dist": min_dist,
        "n_epochs": epochs,
        "init": positions.astype(np.float32),
        "random_state": seed,
        "precomputed_knn": (neighbours, distances, _NoSearch()),
        "force_approximation_algorithm": True,  # below 4,096 points umap discards the neighbours otherwise
        "tqdm_kwds": {"disable": False, "file": _Epochs(progress), "bar_format": "{n_fmt}/{total_fmt}"},
    }
    model: Any = UMAP(**settings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns that a seed means one thread, and about knn without a search index
        xy = model.fit_transform(codes.astype(np.float32)).astype(np.float64)
    return Projection("UMAP", xy, trustworthiness_of(codes, xy, seed), epochs=epochs)


class _Epochs:
    """Output file of umap's progress bar: "12/200" becomes the completed share; the neighbours were the first tenth."""

    def __init__(self, progress: Progress):
        self.progress = progress

    def write(self, text: str) -> None:
        done, slash, total = text.strip().partition("/")
        if slash and done.isdecimal() and total.isdecimal():
            self.progress(0.1 + 0.85 * int(done) / max(1, int(total)))

    def flush(self) -> None:
        """Do nothing; tqdm calls it."""


class _NoSearch:
    """Placeholder for the search index, which umap needs only for new points."""


PROJECTIONS: dict[str, Callable[..., Projection]] = {
    "pca": pca,
    "umap": umap,
}


def project(codes: Float[np.ndarray, "n latent"], method: str = "pca", **settings) -> Projection:
    """Project latent codes (N, D), usually an atlas' means, to the plane by one of PROJECTIONS.

    Raises:
        BadInput: An unknown method, or settings that the codes do not allow.
    """
    return look_up(method, PROJECTIONS, "projection")(np.asarray(codes), **settings)


def trustworthiness_of(codes: np.ndarray, xy: np.ndarray, seed: int, n: int = 2000, n_neighbors: int = 15) -> float | None:
    """Return the trustworthiness in [0, 1] on at most n seeded points: whether neighbours on the plane are neighbours in z.

    Venna & Kaski 2001. None with too few points.
    """
    from sklearn.manifold import trustworthiness

    rows = rng(seed, "trust").permutation(len(codes))[:n]
    if len(rows) <= 2 * n_neighbors:
        return None
    return float(trustworthiness(codes[rows], xy[rows], n_neighbors=n_neighbors))
