"""A model's own samples, measured against its data."""

import time
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from vae_core.common.fields import option
from vae_core.common.progress import Progress
from vae_core.evaluation.context import EvaluationContext
from vae_core.evaluation.metric import Metric
from vae_core.evaluation.samples.scores import frechet_distance, sample_scores
from vae_core.parts.classifier import Classifier, classifier_targets, train_classifier


def classifier_of(context: EvaluationContext, n_steps: int, seed: int) -> Classifier:
    """The classifier of the context's data, trained once."""
    make = lambda: train_classifier(context.classifier_set, seed=seed, n_steps=n_steps, cache=context.cache)  # noqa: E731
    return context.cached(("classifier", n_steps, seed), make)


def describe_classifier(classifier: Classifier, context: EvaluationContext) -> dict:
    """What a reader must know of the classifier that judged."""
    return {
        "classifier_trained_on": context.classifier_set.split,
        "classifier_accuracy": dict(zip(classifier.names, classifier.accuracy)),
    }


@dataclass(frozen=True)
class SampleScores(Metric):
    """Fréchet distance, precision and recall, density and coverage, sharpness, and samples per second.

    In the 64 features of a small classifier of the same data (not Inception: the numbers compare models of one data set, and
    nothing else). Samples are E[x|z] at z from the model's own prior. ``frechet_floor`` is the distance of as many training
    images: what perfect samples would get.
    """

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
    n_images: int = option(5000, "samples, and at most as many real images", low=10, high=50_000)
    k_precision: int = option(3, "neighbours that make a ball for precision and recall", low=1, high=100)
    k_density: int = option(5, "neighbours that make a ball for density and coverage", low=1, high=100)
    classifier_steps: int = option(600, "steps of 128 images that train the classifier", low=1, high=100_000)
    seed: int = option(0, "decides the samples, the images and the classifier", low=0)

    def settings(self, context: EvaluationContext) -> dict:
        features = (
            "a classifier of the same data" if classifier_targets(context.classifier_set) else "none: no labels, no factors"
        )
        return super().settings(context) | {"features": features, "classifier_trained_on": context.classifier_set.split}

    def measure(self, context: EvaluationContext, progress: Progress) -> dict:
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
    """n images from the model's prior, and the seconds that they took."""
    context.model.sample(min(n, 64), seed)  # the first call of a network costs more than the later ones
    started = time.perf_counter()
    return context.model.sample(n, seed), time.perf_counter() - started


@dataclass(frozen=True)
class UnsureSamples(Metric):
    """Share of prior samples of whose class an independent classifier is unsure: its largest probability is below ½.

    Beside it the same share of the data and of reconstructions, without which the number says nothing.
    """

    headline: ClassVar[dict[str, str]] = {"unsure_samples": "share of samples that a classifier is unsure of"}
    trains_classifier: ClassVar[bool] = True
    confidence: float = option(0.5, "largest class probability below which a sample is unsure", above=0, below=1)
    n_images: int = option(2000, "samples, and at most as many real images", low=10, high=50_000)
    classifier_steps: int = option(600, "steps of 128 images that train the classifier", low=1, high=100_000)
    seed: int = option(0, "decides the samples, the images and the classifier", low=0)

    def refusal(self, context: EvaluationContext) -> str | None:
        known = classifier_targets(context.classifier_set)
        return None if known else f"data set {context.dataset.name!r} has neither factors nor labels"

    def measure(self, context: EvaluationContext, progress: Progress) -> dict:
        classifier = classifier_of(context, self.classifier_steps, self.seed)
        progress(0.7)
        chosen = context.dataset.subset(self.n_images, seed=self.seed)
        real, labels = chosen.images, context.model.config.conditional.labels(chosen)
        reconstructed = context.model.decode(context.codes(self.n_images, self.seed).mean, labels)
        sampled = context.model.sample(self.n_images, self.seed)
        unsure = lambda images: float((classifier.confidence(images) < self.confidence).mean())  # noqa: E731
        values = {
            "unsure_samples": unsure(sampled),
            "unsure_reconstructions": unsure(reconstructed),
            "unsure_data": unsure(real),
            "of": classifier.names[0],
            "n_real": len(real),
        }
        progress(1.0)
        return values | describe_classifier(classifier, context)
