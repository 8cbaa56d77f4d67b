"""Decomposition of the KL: mutual information, total correlation and dimension-wise KL over the full data."""

import math
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float

from vae_core.common.errors import BadInput
from vae_core.common.fields import option
from vae_core.common.progress import Progress, no_progress
from vae_core.common.seeds import rng
from vae_core.evaluation.context import EvaluationContext
from vae_core.evaluation.latent.aggregate import LogDensity, log_aggregate, log_prior_of
from vae_core.evaluation.metric import Metric
from vae_core.latent.gaussian import log_normal, standard_normal_kl
from vae_core.parts.priors import StandardNormal

# e^−60 is negligible beside the density of a point's own image, and denormal products (below 1e-38) are fifty times slower
MIN_EXPONENT = np.float32(-60)
BLOCK_PAIRS = 160_000  # point-image pairs computed at a time: they fit into the processor's cache


@dataclass(frozen=True)
class Estimate:
    """A Monte-Carlo mean and its standard error over the samples of z, for fixed images; nats."""

    value: float
    standard_error: float

    @classmethod
    def of(cls, samples: Float[np.ndarray, "samples"]) -> "Estimate":
        """Estimate the mean of ``samples``."""
        return cls(float(samples.mean()), float(samples.std(ddof=1) / math.sqrt(len(samples))))


@dataclass(frozen=True)
class Decomposition:
    """E[KL(q(z|x) ‖ p(z))] = I_q(x; z) + TC + Σ_j KL(q(z_j) ‖ p(z_j)), and KL(q(z) ‖ p(z)) = the last two; nats."""

    kl: Estimate
    mutual_information: Estimate
    total_correlation: Estimate
    kl_to_prior: Estimate
    dimension_wise_kl: Estimate | None  # None if the prior is not a product over units
    unit_marginal_kl: Float[np.ndarray, "latent"] | None
    n_images: int
    n_samples: int

    @property
    def ceiling(self) -> float:
        """ln N, the largest mutual information that N images can show."""
        return math.log(self.n_images)


def decompose(
    mean: Float[np.ndarray, "n latent"],
    std: Float[np.ndarray, "n latent"],
    *,
    n_samples: int = 10_000,
    seed: int = 0,
    log_prior: LogDensity | None = None,
    progress: Progress = no_progress,
) -> Decomposition:
    """The decomposition of Hoffman & Johnson 2016 and Chen et al. 2018 (arXiv 1802.04942), q(z) taken over all N images.

    Args:
        mean: Posterior means of N images.
        std: Posterior standard deviations.
        n_samples: Number of codes z ~ q(z|x_n); log q(z) and log q(z_j) of each are exact sums over all N images.
        seed: Decides the images and the noise of the codes.
        log_prior: log p(z); by default N(0, I), the only prior here that is a product over units.
        progress: Called with the completed share.
    """
    n, latent = mean.shape
    if n < 2 or n_samples < 2:
        raise BadInput(f"the decomposition needs at least 2 images and 2 samples, got {n} and {n_samples}")
    mean, std = mean.astype(np.float64), std.astype(np.float64)
    draw = rng(seed, "decomposition")
    # whole passes over the images: no image is drawn again before all others were
    rows = np.concatenate([draw.permutation(n) for _ in range(-(-n_samples // n))])[:n_samples]
    epsilon = draw.standard_normal((n_samples, latent))
    z = mean[rows] + std[rows] * epsilon
    log_conditional = log_normal(z, mean[rows], std[rows]).sum(axis=1)
    log_joint = log_aggregate(z, mean, std, lambda share: progress(0.2 * share))
    log_units = log_marginals(z, mean, std, lambda share: progress(0.2 + 0.8 * share))
    log_prior_units = log_normal(z)
    log_p = log_prior_units.sum(axis=1) if log_prior is None else log_prior(z)
    unit_kl = log_units - log_prior_units
    return Decomposition(
        kl=Estimate.of(log_conditional - log_p),
        mutual_information=Estimate.of(log_conditional - log_joint),
        total_correlation=Estimate.of(log_joint - log_units.sum(axis=1)),
        kl_to_prior=Estimate.of(log_joint - log_p),
        dimension_wise_kl=Estimate.of(unit_kl.sum(axis=1)) if log_prior is None else None,
        unit_marginal_kl=unit_kl.mean(axis=0) if log_prior is None else None,
        n_images=n,
        n_samples=n_samples,
    )


def log_marginals(
    z: Float[np.ndarray, "m latent"],
    mean: Float[np.ndarray, "n latent"],
    std: Float[np.ndarray, "n latent"],
    progress: Progress = no_progress,
) -> Float[np.ndarray, "m latent"]:
    """log q(z_j) = log 1/N Σ_n q(z_j|x_n) per unit, nats, at points that were drawn from q(z); one thread per unit."""
    found, columns = np.empty(z.shape), [(z[:, j], mean[:, j], std[:, j]) for j in range(z.shape[1])]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        try:
            for j, column in enumerate(pool.map(lambda unit: log_marginal(*unit), columns)):
                found[:, j] = column
                progress((j + 1) / len(columns))
        finally:
            pool.shutdown(cancel_futures=True)  # if progress raised an exception, units not yet started are dropped
    return found


def log_marginal(
    z: Float[np.ndarray, "m"], mean: Float[np.ndarray, "n"], std: Float[np.ndarray, "n"]
) -> Float[np.ndarray, "m"]:
    """log 1/N Σ_n N(z; μ_n, σ_n²) at points that were drawn from this mixture.

    The density at such a point is at least that of its own image, so the sum cannot underflow and needs no running maximum.
    Computed by NumPy without matrix products, which stays in the calling thread: other units run in parallel.
    """
    # N(z; μ, σ²) / N = weight · exp(−(scaled · (z − μ))²)
    mu, scaled, weight = (
        a.astype(np.float32) for a in (mean, 1 / (math.sqrt(2) * std), 1 / (math.sqrt(2 * math.pi) * len(mean) * std))
    )
    sums = np.empty(len(z))
    pairs = np.empty((max(1, BLOCK_PAIRS // len(mean)), len(mean)), np.float32)
    for first in range(0, len(z), len(pairs)):
        points = z[first : first + len(pairs), None].astype(np.float32)
        block = pairs[: len(points)]
        np.subtract(points, mu, out=block)
        block *= scaled
        np.square(block, out=block)
        np.negative(block, out=block)
        np.maximum(block, MIN_EXPONENT, out=block)
        np.exp(block, out=block)
        block *= weight
        sums[first : first + len(pairs)] = block.sum(axis=1)
    return np.log(sums)


@dataclass(frozen=True)
class KLDecomposition(Metric):
    """The average KL in three parts: information about the image, dependence between units, and distance from the prior.

    E[KL] = I_q(x; z) + TC(q(z)) + Σ_j KL(q(z_j) ‖ p(z_j)), nats; Chen et al. 2018 (arXiv 1802.04942). Over the full data:
    q(z) is the mixture of all images' posteriors, so that no part depends on a batch size. The mutual information is that of
    these N images and never above ln N, which is reported as its ceiling. Under a learned prior, which is not a product over
    units, the dimension-wise part does not exist and is null.
    """

    title: ClassVar[str] = "parts of the KL"
    headline: ClassVar[dict[str, str]] = {
        "mutual_information": "mutual information I(x; z), nats",
        "total_correlation": "total correlation, nats",
        "dimension_wise_kl": "dimension-wise KL, nats",
        "kl_to_prior": "KL(q(z) ‖ p(z)), nats",
    }
    n_images: int = option(10_000, "images in q(z), a seeded subset", low=2)
    n_samples: int = option(10_000, "samples of z, one per image", low=2)
    seed: int = option(0, "decides the subset and the samples", low=0)

    def refusal(self, context: EvaluationContext) -> str | None:
        return "an autoencoder's code has no density, so no KL" if context.trained_vae.vae.deterministic else None

    def measure(self, context: EvaluationContext, progress: Progress) -> dict[str, Any]:
        model = context.trained_vae
        codes = context.codes(self.n_images, self.seed)
        factorized = isinstance(model.vae.prior, StandardNormal)
        parts = decompose(
            codes.mean,
            codes.std,
            n_samples=self.n_samples,
            seed=self.seed,
            log_prior=None if factorized else log_prior_of(model),
            progress=progress,
        )
        estimates = {
            "kl": parts.kl,
            "mutual_information": parts.mutual_information,
            "total_correlation": parts.total_correlation,
            "dimension_wise_kl": parts.dimension_wise_kl,
            "kl_to_prior": parts.kl_to_prior,
        }
        values: dict[str, Any] = {}
        for name, estimate in estimates.items():
            values[name] = estimate and estimate.value
            values[f"{name}_standard_error"] = estimate and estimate.standard_error
        return values | {
            "mutual_information_ceiling": parts.ceiling,
            "unit_marginal_kl": parts.unit_marginal_kl,
            "unit_kl": standard_normal_kl(codes.mean, codes.std).mean(axis=0),
            "n_measured": parts.n_images,
        }
