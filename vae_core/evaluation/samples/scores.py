"""Scores of samples as functions of arrays, which do not depend on the kind of model that made the images."""

from dataclasses import asdict, dataclass

import numpy as np
import torch
from jaxtyping import Float

from vae_core.common.errors import BadInput
from vae_core.parts.classifier import Classifier

ROWS = 1024  # of a distance matrix computed at a time


def frechet_distance(a: Float[np.ndarray, "n features"], b: Float[np.ndarray, "m features"]) -> float:
    """‖μ_a − μ_b‖² + tr(Σ_a + Σ_b − 2 (Σ_a Σ_b)^½) of features; Heusel et al. 2017 (arXiv 1706.08500).

    tr (Σ_a Σ_b)^½ is the sum of the roots of the eigenvalues of Σ_a^½ Σ_b Σ_a^½, which is symmetric; the root of a
    general matrix would have small imaginary parts from rounding.
    """
    a, b = a.astype(np.float64), b.astype(np.float64)
    sigma_a, sigma_b = (np.atleast_2d(np.cov(x, rowvar=False)) for x in (a, b))
    values, vectors = np.linalg.eigh(sigma_a)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    cross = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ sigma_b @ root), 0)).sum()
    return float(((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(sigma_a) + np.trace(sigma_b) - 2 * cross)


@dataclass(frozen=True)
class Manifolds:
    """Overlap of generated and real features; all but ``density`` lie in [0, 1]."""

    precision: float  # share of the generated within a real ball
    recall: float  # share of the real within a generated ball
    density: float  # real balls around a generated one, over k; 1 for equal distributions, can be larger
    coverage: float  # share of real balls that hold a generated one


def manifold_scores(
    generated: Float[np.ndarray, "n features"],
    real: Float[np.ndarray, "m features"],
    *,
    k_precision: int = 3,
    k_density: int = 5,
) -> Manifolds:
    """Precision and recall of Kynkäänniemi et al. 2019 (arXiv 1904.06991), density and coverage of Naeem et al. 2020.

    Naeem et al.: arXiv 2002.09797. The radius of a point's ball is the distance to its k-th nearest neighbour of its own kind.

    Raises:
        BadInput: there are not more than k images of each kind.
    """
    k = max(k_precision, k_density)
    if min(len(generated), len(real)) <= k:
        raise BadInput(f"neighbours number {k} need more than {k} images of each kind, got {len(generated)} and {len(real)}")
    fake, true = (torch.from_numpy(np.asarray(x, np.float32)) for x in (generated, real))
    radius_fake, radius_true = (radii(x, k_precision) for x in (fake, true))
    radius_density = radii(true, k_density)
    precise, recalled, dense = [], torch.zeros(len(true), dtype=torch.bool), 0
    nearest = torch.full((len(true),), torch.inf)
    for rows in torch.arange(len(fake)).split(ROWS):
        distance = distances(fake[rows], true)
        precise.append((distance <= radius_true).any(dim=1))
        recalled |= (distance <= radius_fake[rows, None]).any(dim=0)
        dense += int((distance <= radius_density).sum())
        nearest = torch.minimum(nearest, distance.amin(dim=0))
    return Manifolds(
        precision=torch.cat(precise).float().mean().item(),
        recall=recalled.float().mean().item(),
        density=dense / (k_density * len(fake)),
        coverage=(nearest <= radius_density).float().mean().item(),
    )


def radii(points: torch.Tensor, k: int) -> torch.Tensor:
    """Distance from each point to its k-th nearest other point."""
    parts = [
        distances(part, points).kthvalue(k + 1, dim=1).values for part in points.split(ROWS)
    ]  # the nearest is the point itself
    return torch.cat(parts)


def distances(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Euclidean distances (n, m), exactly symmetric: with a matrix product a point would be up to 1e-3 from itself."""
    return torch.cdist(a, b, compute_mode="donot_use_mm_for_euclid_dist")


def sharpness(images: np.ndarray) -> float:
    """Mean over images of the variance of their Laplacian, on [0, 1], channels averaged; it falls as edges blur."""
    x = (images / np.float32(255) if images.dtype == np.uint8 else images).mean(axis=1)
    laplacian = x[:, :-2, 1:-1] + x[:, 2:, 1:-1] + x[:, 1:-1, :-2] + x[:, 1:-1, 2:] - 4 * x[:, 1:-1, 1:-1]
    return float(laplacian.var(axis=(1, 2), dtype=np.float64).mean())


def sample_scores(
    generated: np.ndarray, real: np.ndarray, classifier: Classifier | None, *, k_precision: int = 3, k_density: int = 5
) -> dict[str, float | None]:
    """Compute all scores of generated images (N, C, H, W) against real ones.

    Without a classifier (for images without labels or factors) the scores of features are None.
    """
    own, data = sharpness(generated), sharpness(real)
    values = {"sharpness": own, "sharpness_of_data": data, "sharpness_ratio": own / data if data else None}
    if classifier is None:
        return dict.fromkeys(("frechet_distance", "precision", "recall", "density", "coverage")) | values
    of_generated, of_real = classifier.features(generated), classifier.features(real)
    overlap = manifold_scores(of_generated, of_real, k_precision=k_precision, k_density=k_density)
    return {"frechet_distance": frechet_distance(of_generated, of_real), **asdict(overlap), **values}
