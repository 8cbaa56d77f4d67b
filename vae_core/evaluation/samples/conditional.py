"""Metric of conditional models: agreement of samples with the requested label, and labels that remain in the code."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from vae_core.common.errors import BadInput
from vae_core.common.fields import option
from vae_core.common.progress import Progress
from vae_core.evaluation.context import EvaluationContext
from vae_core.evaluation.metric import Metric
from vae_core.evaluation.samples.metrics import classifier_of, describe_classifier
from vae_core.latent.label_leak import label_leak
from vae_core.parts.condition import OnLabels


@dataclass(frozen=True)
class AskedLabel(Metric):
    """Share of samples that an independent classifier assigns to the requested label, and how much label is left in z.

    The samples are from the model's own prior, equally many of each class. ``leak`` is the accuracy of a linear classifier
    (a probe) that predicts the label from the posterior means; ``chance`` is the accuracy without information.
    """

    title: ClassVar[str] = "label asked for"
    trains_classifier: ClassVar[bool] = True
    headline: ClassVar[dict[str, str]] = {
        "as_asked": "samples classified as the label asked for",
        "leak": "label found in z by a linear probe",
        "chance": "the same by chance",
    }
    n_samples: int = option(2000, "samples, spread over the classes", low=10, high=50_000)
    n_images: int = option(2000, "images of the linear probe, a seeded subset", low=20)
    classifier_steps: int = option(600, "steps of 128 images that train the classifier", low=1, high=100_000)
    seed: int = option(0, "decides the samples, the images and the classifier", low=0)

    def refusal(self, context: EvaluationContext) -> str | None:
        if type(context.trained_vae.config.conditional) is not OnLabels:
            return "the model is not conditioned on class labels"
        return None if context.dataset.labels is not None else f"data set {context.dataset.name!r} has no labels"

    def measure(self, context: EvaluationContext, progress: Progress) -> dict[str, Any]:
        classifier = classifier_of(context, self.classifier_steps, self.seed)
        progress(0.7)
        model = context.trained_vae
        (n_classes,) = model.sizes
        asked = np.arange(self.n_samples) % n_classes
        right = classifier.classes(model.sample(self.n_samples, self.seed, asked)) == asked
        chosen = context.dataset.subset(self.n_images, seed=self.seed)
        if chosen.labels is None:
            raise BadInput(f"data set {chosen.name!r} has no labels")
        leak = label_leak(context.codes(self.n_images, self.seed).mean, chosen.labels, seed=self.seed)
        progress(1.0)
        return {
            "as_asked": float(right.mean()),
            "as_asked_by_class": [float(right[asked == label].mean()) for label in range(n_classes)],
            "leak": leak.accuracy,
            "chance": leak.chance,
        } | describe_classifier(classifier, context)
