"""Likelihood metrics: the ELBO, and the tighter importance-sampled bound on log p(x)."""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.common.fields import option
from vae_core.common.progress import Progress
from vae_core.common.scaling import scale_bytes
from vae_core.common.seeds import derive_seed
from vae_core.evaluation.context import EvaluationContext
from vae_core.evaluation.likelihood.elbo import measure_elbo
from vae_core.evaluation.metric import Metric
from vae_core.latent.active_units import ACTIVE_VARIANCE
from vae_core.parts.condition import Condition
from vae_core.parts.importance_weights import log_weights
from vae_core.vae import VAE

BATCH_SIZE = 32  # images per batch
MAX_PIXEL_BYTES = 64 << 20  # of decoded float32 pixels at a time; a convolution's activations need about ten times as much


def bits_per_dim(nats: float, shape: tuple[int, int, int]) -> float:
    """nats / (pixels · ln 2); comparable only between models with the same likelihood, whose densities have the same unit."""
    return nats / (math.prod(shape) * math.log(2))


@dataclass(frozen=True)
class Elbo(Metric):
    """The evidence lower bound (ELBO) per image, with its two parts: reconstruction error and KL.

    ELBO = −(distortion + rate), nats per image; Kingma & Welling 2014 (arXiv 1312.6114). Distortion is −E[log p(x|z)] and
    rate E[KL(q(z|x) ‖ p(z))]; the terms are those of Alemi et al. 2018 (arXiv 1711.00464). ``unit_kl`` and
    ``mean_variance`` are (D,); active units as in Burda et al. 2016 (arXiv 1509.00519).
    """

    title: ClassVar[str] = "ELBO"
    headline: ClassVar[dict[str, str]] = {
        "elbo": "ELBO, nats",
        "distortion": "reconstruction −log p(x\\|z), nats",
        "rate": "KL, nats",
        "active_units": "active units, Var μ > 0.01",
    }
    n_images: int = option(10_000, "images measured, a seeded subset", low=1)
    seed: int = option(0, "decides the subset and the one sample of z per image", low=0)

    def measure(self, context: EvaluationContext, progress: Progress) -> dict[str, Any]:
        chosen, model = context.dataset.subset(self.n_images, seed=self.seed), context.trained_vae
        summary = measure_elbo(model.vae, torch.from_numpy(chosen.images), condition=model.condition(chosen), seed=self.seed)
        progress(1.0)
        return {
            "elbo": summary.elbo,
            "distortion": summary.reconstruction,
            "rate": summary.kl,
            "bits_per_dim": bits_per_dim(-summary.elbo, model.shape),
            "unit_kl": summary.unit_kl,
            "mean_variance": summary.mean_variance,
            "active_units": summary.active_units,
            "active_threshold": ACTIVE_VARIANCE,
            "n_measured": summary.n_images,
        }


@dataclass(frozen=True)
class ImportanceNLL(Metric):
    """An upper bound on the negative log-likelihood of an image that is tighter than the negative ELBO.

    −log p(x) ≤ −E[log (1/k) Σ p(x|z_i) p(z_i) / q(z_i|x)], nats per image; Burda et al. 2016 (arXiv 1509.00519). It tightens
    with k. All log-weights are sampled; the analytic KL is not used. The effective sample size (Σw)²/Σw², from 1 to k,
    indicates how loose the bound can still be.
    """

    title: ClassVar[str] = "likelihood"
    headline: ClassVar[dict[str, str]] = {
        "nll": "−log p(x), nats (upper bound)",
        "bits_per_dim": "the same, bits per dimension",
    }
    k: int = option(128, "samples of z per image", low=1, high=100_000)
    n_images: int = option(1000, "images measured, a seeded subset", low=1)
    seed: int = option(0, "decides the subset and the samples", low=0)

    def refusal(self, context: EvaluationContext) -> str | None:
        return "an autoencoder has no density over images" if context.trained_vae.vae.deterministic else None

    @torch.inference_mode()
    def measure(self, context: EvaluationContext, progress: Progress) -> dict[str, Any]:
        chosen = context.dataset.subset(self.n_images, seed=self.seed)
        model = context.trained_vae
        images, condition = torch.from_numpy(chosen.images), model.condition(chosen)
        generator = torch.Generator().manual_seed(derive_seed(self.seed, "importance"))
        bounds, effective = [], []
        for done, part in enumerate(images.split(BATCH_SIZE), start=1):
            rows = condition and condition.rows(slice((done - 1) * BATCH_SIZE, done * BATCH_SIZE))
            weights = importance_log_weights(model.vae, scale_bytes(part), self.k, generator, rows).double()
            bounds.append(torch.logsumexp(weights, dim=0) - math.log(self.k))
            effective.append(torch.exp(2 * torch.logsumexp(weights, dim=0) - torch.logsumexp(2 * weights, dim=0)))
            progress(min(1.0, done * BATCH_SIZE / len(images)))
        log_p = torch.cat(bounds)
        nll = -log_p.mean().item()
        return {
            "nll": nll,
            "nll_standard_error": log_p.std().item() / math.sqrt(len(log_p)) if len(log_p) > 1 else None,
            "bits_per_dim": bits_per_dim(nll, model.shape),
            "effective_samples": torch.cat(effective).mean().item(),
            "n_measured": len(log_p),
        }


def importance_log_weights(
    vae: VAE,
    x: Float[Tensor, "batch channels height width"],
    k: int,
    generator: torch.Generator,
    condition: Condition | None = None,
) -> Float[Tensor, "k batch"]:
    """log p(x|z_i) + log p(z_i) − log q(z_i|x) for k samples z_i ~ q(z|x), nats, in chunks that bound the memory."""
    x = vae.binarize_input(x, generator)
    posterior, prior = vae.encode(x, condition), vae.density()
    at_once = max(1, MAX_PIXEL_BYTES // (4 * x.numel()))
    weights = []
    for first in range(0, k, at_once):
        z = torch.stack([posterior.sample(generator) for _ in range(min(at_once, k - first))])
        repeated = condition and condition.repeat(len(z))
        nll = vae.distortion(x.repeat(len(z), 1, 1, 1), z.flatten(0, 1), repeated).unflatten(0, z.shape[:2])
        weights.append(log_weights(nll, z, posterior, prior))
    return torch.cat(weights)
