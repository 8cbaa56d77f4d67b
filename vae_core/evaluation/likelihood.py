"""How well the data are explained: the ELBO, and the tighter importance-sampled bound."""

import math
from dataclasses import dataclass

import torch

from vae_core.checkpoint import TrainedVAE
from vae_core.data.dataset import Dataset
from vae_core.errors import BadInput
from vae_core.evaluation.elbo import ACTIVE_VARIANCE, measure_elbo, scale
from vae_core.evaluation.metric import Metric, Progress
from vae_core.fields import option
from vae_core.seeds import derive


@dataclass(frozen=True)
class Elbo(Metric):
    """ELBO = −(distortion + rate), nats per image; Kingma & Welling 2014. Active units as in Burda et al. 2016."""

    n_images: int = option(10_000, "images measured, a seeded subset", low=1)
    seed: int = option(0, "decides the subset and the one sample of z per image", low=0)

    def measure(self, model: TrainedVAE, dataset: Dataset, progress: Progress) -> dict:
        chosen = dataset.subset(self.n_images, seed=self.seed)
        summary = measure_elbo(model.vae, torch.from_numpy(chosen.images), condition=model.condition(chosen), seed=self.seed)
        progress(1.0)
        return {
            "elbo": summary.elbo,
            "distortion": summary.reconstruction,
            "rate": summary.kl,
            "unit_kl": list(summary.unit_kl),
            "mean_variance": list(summary.mean_variance),
            "active_units": summary.active_units,
            "active_threshold": ACTIVE_VARIANCE,
            "n_measured": summary.n_images,
        }


@dataclass(frozen=True)
class ImportanceNLL(Metric):
    """−log p(x) ≤ −E[log (1/k) Σ p(x|z_i) p(z_i) / q(z_i|x)], nats per image; Burda et al. 2016 (arXiv 1509.00519).

    An upper bound on −log p(x) that tightens with k; sampled log-weights throughout, never the analytic KL.
    """

    k: int = option(128, "samples of z per image", low=1, high=100_000)
    n_images: int = option(1000, "images measured, a seeded subset", low=1)
    seed: int = option(0, "decides the subset and the samples", low=0)

    @torch.inference_mode()
    def measure(self, model: TrainedVAE, dataset: Dataset, progress: Progress) -> dict:
        if model.vae.deterministic:
            raise BadInput("an autoencoder has no density over images, so it has no NLL; choose a VAE")
        vae, batch = model.vae, 32
        chosen = dataset.subset(self.n_images, seed=self.seed)
        images, condition, prior = torch.from_numpy(chosen.images), model.condition(chosen), vae.density()
        generator = torch.Generator().manual_seed(derive(self.seed, "importance"))
        values = []
        for done, part in enumerate(images.split(batch)):
            x = vae.observe(scale(part), generator)
            told = condition and condition.rows(slice(done * batch, (done + 1) * batch))
            posterior = vae.encode(x, told)
            log_weights = []
            for _ in range(self.k):  # one sample at a time: memory stays that of one batch, whatever k
                z = posterior.sample(generator)
                log_joint = prior.log_prob(z) - vae.distortion(x, z, told)
                log_weights.append(log_joint - posterior.log_prob(z))
            values.append(torch.logsumexp(torch.stack(log_weights), dim=0) - math.log(self.k))
            progress((done + 1) * batch / len(images))
        log_p = torch.cat(values).double()
        pixels = math.prod(model.shape)
        return {
            "nll": -log_p.mean().item(),
            "nll_standard_error": log_p.std().item() / math.sqrt(len(log_p)) if len(log_p) > 1 else None,
            "bits_per_dim": -log_p.mean().item() / (pixels * math.log(2)),
            "n_measured": len(log_p),
        }
