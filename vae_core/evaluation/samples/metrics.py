"""Metrics that compare samples of a model with its data."""

import time
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from vae_core.common.fields import option
from vae_core.common.progress import Progress
from vae_core.evaluation.context import EvaluationContext
from vae_core.evaluation.metric import Metric
from vae_core.evaluation.samples.scores import frechet_distance, sample_scores
from vae_core.parts.classifier import Classifier, classifier_targets, train_classifier


def classifier_of(context: EvaluationContext, n_steps: int, seed: int) -> Classifier:
    """Train a classifier of the data set, once per evaluation."""

    def compute() -> Classifier:
        return train_classifier(context.classifier_set, seed=seed, n_steps=n_steps, cache=context.cache)

    return context.cached(("classifier", n_steps, seed), compute)


def describe_classifier(classifier: Classifier, context: EvaluationContext) -> dict[str, Any]:
    """Return the classifier's training split and accuracies, without which its judgement cannot be interpreted."""
    return {
        "classifier_trained_on": context.classifier_set.split,
        "classifier_accuracy": dict(zip(classifier.names, classifier.accuracy)),
    }


@dataclass(frozen=True)
class SampleScores(Metric):
    """Quality and variety of samples compared with real images: Fréchet distance, precision, recall, density and coverage.

    Also sharpness, and samples per second. Distances are between the 64 features of a small classifier of the same data (not
    of Inception, so the numbers compare models of one data set only). Samples are E[x|z] at z from the model's own prior.
    ``frechet_floor`` is the distance of as many training images, which perfect samples would reach.
    """

    title: ClassVar[str] = "samples"
    headline: ClassVar[dict[str, str]] = {
        "frechet_distance": "Fréchet distance of samples",
        "precision": "precision",
        "recall": "recall",
        "density": "density",
        "coverage": "coverage",
        "sharpness_ratio": "sharpness of samples / of data",
    }
    needs_encoder: ClassVar[bool] = False
    trains_classifier: ClassVar[bool] = True
    n_images: int = option(5000, "samples, and the largest number of real images", low=10, high=50_000)
    k_precision: int = option(3, "neighbours that set the radius of a ball for precision and recall", low=1, high=100)
    k_density: int = option(5, "neighbours that set the radius of a ball for density and coverage", low=1, high=100)
    classifier_steps: int = option(600, "steps of 128 images that train the classifier", low=1, high=100_000)
    seed: int = option(0, "decides the samples, the images and the classifier", low=0)

    def settings(self, context: EvaluationContext) -> dict[str, Any]:
        features = (
            "a classifier of the same data" if classifier_targets(context.classifier_set) else "none: no labels, no factors"
        )
        return super().settings(context) | {"features": features, "classifier_trained_on": context.classifier_set.split}

    def measure(self, context: EvaluationContext, progress: Progress) -> dict[str, Any]:
        classifier = (
            classifier_of(context, self.classifier_steps, self.seed) if classifier_targets(context.classifier_set) else None
        )
        progress(0.6)
        real = context.dataset.subset(self.n_images, seed=self.seed).images
        generated, seconds = draw_samples(context, self.n_images, self.seed)
        progress(0.8)
        values = sample_scores(generated, real, classifier, k_precision=self.k_precision, k_density=self.k_density)
        values |= {"samples_per_second": len(generated) / seconds, "n_real": len(real)}
        if classifier is not None:
            if context.train_set is not None:
                other = classifier.features(context.train_set.subset(self.n_images, seed=self.seed).images)
                values["frechet_floor"] = frechet_distance(other, classifier.features(real))
            values |= describe_classifier(classifier, context)
        progress(1.0)
        return values


def draw_samples(context: EvaluationContext, n: int, seed: int) -> tuple[np.ndarray, float]:
    """Draw n images from the model's prior; returns them and the seconds it took."""
    context.model.sample(min(n, 64), seed)  # warm-up: the first call of a network takes longer than later ones
    started = time.perf_counter()
    return context.model.sample(n, seed), time.perf_counter() - started


@dataclass(frozen=True)
class UnsureSamples(Metric):
    """Share of samples whose class is unclear to an independent classifier: its largest class probability is below ½.

    The same shares of the data and of reconstructions are given for comparison.
    """

    title: ClassVar[str] = "unsure"
    headline: ClassVar[dict[str, str]] = {"unsure_samples": "share of samples that a classifier is unsure of"}
    trains_classifier: ClassVar[bool] = True
    confidence: float = option(0.5, "largest class probability below which a sample counts as unsure", above=0, below=1)
    n_images: int = option(2000, "samples, and the largest number of real images", low=10, high=50_000)
    classifier_steps: int = option(600, "steps of 128 images that train the classifier", low=1, high=100_000)
    seed: int = option(0, "decides the samples, the images and the classifier", low=0)

    def refusal(self, context: EvaluationContext) -> str | None:
        known = classifier_targets(context.classifier_set)
        return None if known else f"data set {context.dataset.name!r} has neither factors nor labels"

    def measure(self, context: EvaluationContext, progress: Progress) -> dict[str, Any]:
        classifier = classifier_of(context, self.classifier_steps, self.seed)
        progress(0.7)
        chosen = context.dataset.subset(self.n_images, seed=self.seed)
        model = context.trained_vae
        labels = model.config.conditional.labels(chosen)
        reconstructed = model.decode(context.codes(self.n_images, self.seed).mean, labels)
        sampled = model.sample(self.n_images, self.seed)
        values = {
            "unsure_samples": self.unsure_share(classifier, sampled),
            "unsure_reconstructions": self.unsure_share(classifier, reconstructed),
            "unsure_data": self.unsure_share(classifier, chosen.images),
            "of": classifier.names[0],
            "n_real": len(chosen),
        }
        progress(1.0)
        return values | describe_classifier(classifier, context)

    def unsure_share(self, classifier: Classifier, images: np.ndarray) -> float:
        """Share of images for which the classifier's largest class probability is too small."""
        return float((classifier.confidence(images) < self.confidence).mean())
