"""Reconstruction error and sharpness of decoded posterior means."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from vae_core.common.fields import option
from vae_core.common.progress import Progress
from vae_core.evaluation.context import EvaluationContext
from vae_core.evaluation.metric import Metric
from vae_core.evaluation.samples.scores import sharpness


@dataclass(frozen=True)
class Reconstruction(Metric):
    """The error per pixel of reconstructions from the mean code, on a scale from 0 to 1, and their sharpness.

    Mean squared and mean absolute error of E[x|z] at z = E[z|x]: the same measure for all likelihoods and losses, although
    it favours models trained on squared error. Sharpness is the variance of an image's Laplacian; that of the data is given
    for comparison.
    """

    title: ClassVar[str] = "reconstruction"
    headline: ClassVar[dict[str, str]] = {
        "mse": "squared error per pixel of reconstructions",
        "sharpness_ratio": "sharpness of reconstructions / of data",
    }
    n_images: int = option(2000, "images measured, a seeded subset", low=1)
    seed: int = option(0, "decides the subset", low=0)

    def measure(self, context: EvaluationContext, progress: Progress) -> dict[str, Any]:
        chosen, model = context.dataset.subset(self.n_images, seed=self.seed), context.trained_vae
        labels = model.config.conditional.labels(chosen)
        images = model.decode(context.codes(self.n_images, self.seed).mean, labels, seed=self.seed)
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
