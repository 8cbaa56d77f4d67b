"""Holes: regions that the prior samples and the encoder does not use."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float, Int

from vae_core.common.errors import BadInput
from vae_core.common.fields import option
from vae_core.common.progress import Progress
from vae_core.common.seeds import rng
from vae_core.evaluation.context import EvaluationContext
from vae_core.evaluation.latent.aggregate import LogDensity, log_aggregate, log_prior_of
from vae_core.evaluation.metric import Metric

MIN_IMAGES = 40  # 20 in the mixture and 20 held out


@dataclass(frozen=True)
class Holes:
    """Comparison of the prior's samples with the codes of images."""

    score: float  # share of the prior's mass where log q(z) is below the threshold
    quantile: float  # expected score if q = p
    threshold: float  # this quantile of log q(z) at codes of held-out images, nats
    log_ratio_prior: Float[np.ndarray, "samples"]  # log q − log p at the prior's samples, nats
    log_ratio_data: Float[np.ndarray, "held_out"]  # the same at codes of images that are not in q


def find_holes(
    mean: Float[np.ndarray, "n latent"],
    std: Float[np.ndarray, "n latent"],
    prior_samples: Float[np.ndarray, "samples latent"],
    log_prior: LogDensity,
    *,
    quantile: float = 0.05,
    seed: int = 0,
) -> Holes:
    """P_{z~p}[log q(z) < the quantile of log q(z_n) at held-out data]: ``quantile`` if q = p, 1 if they do not overlap.

    q is the mixture over one half of the images; its density at data is computed at codes of the other half. A code of an
    image within q would lie on its own narrow component, which samples of the prior do not have, and every prior would seem
    full of holes.

    Raises:
        BadInput: there are fewer than 40 images.
    """
    if len(mean) < MIN_IMAGES:
        raise BadInput(f"a hole score needs at least {MIN_IMAGES} images, got {len(mean)}")
    draw = rng(seed, "holes")
    order = draw.permutation(len(mean))
    inside, outside = np.array_split(order, 2)
    z = mean[outside] + std[outside] * draw.standard_normal((len(outside), mean.shape[1])).astype(mean.dtype)
    at_data = log_aggregate(z, mean[inside], std[inside])
    at_prior = log_aggregate(prior_samples, mean[inside], std[inside])
    threshold = np.quantile(at_data, quantile)
    return Holes(
        score=float((at_prior < threshold).mean()),
        quantile=quantile,
        threshold=float(threshold),
        log_ratio_prior=at_prior - log_prior(prior_samples),
        log_ratio_data=at_data - log_prior(z),
    )


def nearest_encoding(
    z: Float[np.ndarray, "m latent"], mean: Float[np.ndarray, "n latent"]
) -> tuple[Float[np.ndarray, "m"], Int[np.ndarray, "m"]]:
    """(Euclidean distance, row) of the posterior mean nearest to each code."""
    from sklearn.metrics import pairwise_distances_argmin_min  # here, because importing scikit-learn takes seconds

    index, distance = pairwise_distances_argmin_min(z, mean)
    return distance, index


@dataclass(frozen=True)
class HoleScore(Metric):
    """The share of prior samples that fall into regions where the encoder puts almost no image.

    P_{z~p}[q(z) is below the quantile of its density at held-out data]; log-ratios in nats, distances in units of z.
    ``expected`` is the score of a model whose aggregate posterior equals its prior; Rosca et al. 2018 (arXiv 1802.06847)
    show the mismatch that it measures. Distances are from a code to the nearest posterior mean, for the prior's samples and
    for held-out images.
    """

    title: ClassVar[str] = "holes"
    headline: ClassVar[dict[str, str]] = {"hole_score": "hole score: prior mass where q(z) is thin"}
    quantile: float = option(0.05, "share of the data's own codes below the threshold", above=0, below=1)
    n_images: int = option(10_000, "images, a seeded subset: half of them are q(z), half are held out", low=MIN_IMAGES)
    n_samples: int = option(5000, "samples of the model's own prior", low=1)
    seed: int = option(0, "decides the subset, its halves and the samples", low=0)

    def refusal(self, context: EvaluationContext) -> str | None:
        if context.trained_vae.vae.deterministic:
            return "an autoencoder's code has no density"
        n = len(context.dataset)
        return None if n >= MIN_IMAGES else f"it needs at least {MIN_IMAGES} images, got {n}"

    def measure(self, context: EvaluationContext, progress: Progress) -> dict[str, Any]:
        model = context.trained_vae
        codes = context.codes(self.n_images, self.seed)
        samples = model.sample_codes(self.n_samples, self.seed)
        holes = find_holes(codes.mean, codes.std, samples, log_prior_of(model), quantile=self.quantile, seed=self.seed)
        progress(0.8)
        inside, outside = np.array_split(rng(self.seed, "holes").permutation(len(codes.mean)), 2)
        of_prior, _ = nearest_encoding(samples, codes.mean[inside])
        of_data, _ = nearest_encoding(codes.mean[outside], codes.mean[inside])
        progress(1.0)
        return {
            "hole_score": holes.score,
            "expected": holes.quantile,
            "log_density_threshold": holes.threshold,
            "median_log_ratio_prior": float(np.median(holes.log_ratio_prior)),
            "median_log_ratio_data": float(np.median(holes.log_ratio_data)),
            "median_distance_prior": float(np.median(of_prior)),
            "median_distance_data": float(np.median(of_data)),
            "n_measured": len(codes.mean),
        }
