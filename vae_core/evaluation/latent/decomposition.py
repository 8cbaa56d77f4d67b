"""Where the KL goes: mutual information, total correlation and dimension-wise KL over the full data."""

import math
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float

from vae_core.common.errors import BadInput
from vae_core.common.fields import option
from vae_core.common.progress import Progress, no_progress
from vae_core.common.seeds import rng
from vae_core.evaluation.context import EvaluationContext
from vae_core.evaluation.latent.aggregate import LogDensity, log_aggregate, log_prior_of
from vae_core.evaluation.metric import Metric
from vae_core.parts.priors import StandardNormal

FLOOR = np.float32(-60)  # e^−60 is nothing beside a point's own image, and products below 1e-38 would cost fifty times as much
BLOCK = 160_000  # pairs at a time: they stay in the cache


@dataclass(frozen=True)
class Estimate:
    """A Monte-Carlo mean and its standard error over the samples of z, the images held fixed; nats."""

    value: float
    standard_error: float

    @classmethod
    def of(cls, samples: Float[np.ndarray, "samples"]) -> "Estimate":
        return cls(float(samples.mean()), float(samples.std(ddof=1) / math.sqrt(len(samples))))


@dataclass(frozen=True)
class Decomposition:
    """E[KL(q(z|x) ‖ p(z))] = I_q(x; z) + TC + Σ_j KL(q(z_j) ‖ p(z_j)), and KL(q(z) ‖ p(z)) = the last two; nats."""

    kl: Estimate
    mutual_information: Estimate
    total_correlation: Estimate
    kl_to_prior: Estimate
    dimension_wise_kl: Estimate | None  # None where the prior is no product over units
    unit_marginal_kl: Float[np.ndarray, "latent"] | None
    n_images: int
    n_samples: int

    @property
    def ceiling(self) -> float:
        """ln N: no N images can show more mutual information."""
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

    One z ~ q(z|x_n) for each of ``n_samples`` images; log q(z) and log q(z_j) are exact sums over all N. ``log_prior``
    defaults to N(0, I), the one prior here that is a product over units.
    """
    n, latent = mean.shape
    if n < 2 or n_samples < 2:
        raise BadInput(f"the decomposition needs at least 2 images and 2 samples, got {n} and {n_samples}")
    mean, std = mean.astype(np.float64), std.astype(np.float64)
    draw = rng(seed, "decomposition")
    # whole passes over the images before one is drawn again
    rows = np.concatenate([draw.permutation(n) for _ in range(-(-n_samples // n))])[:n_samples]
    epsilon = draw.standard_normal((n_samples, latent))
    z = mean[rows] + std[rows] * epsilon
    log_conditional = -0.5 * (epsilon**2 + 2 * np.log(std[rows]) + math.log(2 * math.pi)).sum(axis=1)
    log_joint = log_aggregate(z, mean, std, lambda share: progress(0.2 * share))
    log_units = log_marginals(z, mean, std, lambda share: progress(0.2 + 0.8 * share))
    log_prior_units = -0.5 * (z**2 + math.log(2 * math.pi))
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
    """log q(z_j) = log 1/N Σ_n q(z_j|x_n) per unit, nats, at points that were drawn from q(z); a unit per thread."""
    found, columns = np.empty(z.shape), [(z[:, j], mean[:, j], std[:, j]) for j in range(z.shape[1])]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        try:
            for j, column in enumerate(pool.map(lambda unit: log_marginal(*unit), columns)):
                found[:, j] = column
                progress((j + 1) / len(columns))
        finally:
            pool.shutdown(cancel_futures=True)  # where progress raised, the units not yet begun are dropped
    return found


def log_marginal(
    z: Float[np.ndarray, "m"], mean: Float[np.ndarray, "n"], std: Float[np.ndarray, "n"]
) -> Float[np.ndarray, "m"]:
    """log 1/N Σ_n N(z; μ_n, σ_n²) at points that were drawn from this mixture.

    Such a point has at least its own image's density, so the sum cannot underflow and needs no running maximum. NumPy, and
    no matrix product: both stay in the thread that calls them, while other units run beside it.
    """
    mu, scaled, weight = (
        a.astype(np.float32) for a in (mean, 1 / (math.sqrt(2) * std), 1 / (math.sqrt(2 * math.pi) * len(mean) * std))
    )
    sums = np.empty(len(z))
    pairs = np.empty((max(1, BLOCK // len(mean)), len(mean)), np.float32)
    for first in range(0, len(z), len(pairs)):
        points = z[first : first + len(pairs), None].astype(np.float32)
        block = pairs[: len(points)]
        np.subtract(points, mu, out=block)
        block *= scaled
        np.square(block, out=block)
        np.negative(block, out=block)
        np.maximum(block, FLOOR, out=block)
        np.exp(block, out=block)
        block *= weight
        sums[first : first + len(pairs)] = block.sum(axis=1)
    return np.log(sums)


@dataclass(frozen=True)
class KLDecomposition(Metric):
    """E[KL] = I_q(x; z) + TC(q(z)) + Σ_j KL(q(z_j) ‖ p(z_j)), nats; Chen et al. 2018 (arXiv 1802.04942).

    Over the full data, q(z) a mixture of all images' posteriors, so that nothing depends on a batch size. The mutual
    information is that of these N images and never above ln N, which is reported beside it. Under a learned prior, which is no
    product over units, the dimension-wise part does not exist and is null.
    """

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
        return "an autoencoder's code has no density, so no KL" if context.model.vae.deterministic else None

    def measure(self, context: EvaluationContext, progress: Progress) -> dict:
        model = context.model
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
        values = {}
        for name in ("kl", "mutual_information", "total_correlation", "dimension_wise_kl", "kl_to_prior"):
            estimate = getattr(parts, name)
            values[name] = estimate and estimate.value
            values[f"{name}_standard_error"] = estimate and estimate.standard_error
        variance = codes.std.astype(np.float64) ** 2
        return values | {
            "mutual_information_ceiling": parts.ceiling,
            "unit_marginal_kl": parts.unit_marginal_kl,
            "unit_kl": (0.5 * (codes.mean**2 + variance - 1 - np.log(variance))).mean(axis=0),
            "n_measured": parts.n_images,
        }
