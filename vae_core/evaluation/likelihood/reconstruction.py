"""How near the decoded posterior mean is to its image, and how sharp."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from vae_core.common.fields import option
from vae_core.common.progress import Progress
from vae_core.evaluation.context import EvaluationContext
from vae_core.evaluation.metric import Metric
from vae_core.evaluation.samples.scores import sharpness


@dataclass(frozen=True)
class Reconstruction(Metric):
    """Mean squared and mean absolute error per pixel of E[x|z] at z = E[z|x], on [0, 1], and its sharpness.

    One measure for all likelihoods and losses, none of which it favours but squared error. Sharpness is the variance of the
    image's Laplacian, beside that of the images themselves.
    """

    headline: ClassVar[dict[str, str]] = {
        "mse": "squared error per pixel of reconstructions",
        "sharpness_ratio": "sharpness of reconstructions / of data",
    }
    n_images: int = option(2000, "images measured, a seeded subset", low=1)
    seed: int = option(0, "decides the subset", low=0)

    def measure(self, context: EvaluationContext, progress: Progress) -> dict:
        chosen = context.dataset.subset(self.n_images, seed=self.seed)
        labels = context.model.config.conditional.labels(chosen)
        images = context.model.decode(context.codes(self.n_images, self.seed).mean, labels, seed=self.seed)
        error = images - chosen.images / np.float32(255)
        progress(1.0)
        own, data = sharpness(images), sharpness(chosen.images)
        return {
            "mse": float(np.square(error, dtype=np.float64).mean()),
            "mae": float(np.abs(error, dtype=np.float64).mean()),
            "sharpness": own,
            "sharpness_of_data": data,
            "sharpness_ratio": own / data if data else None,
            "n_measured": len(images),
        }
