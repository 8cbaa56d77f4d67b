"""The metric interface: a configurable class whose fields are its settings."""

import dataclasses
from typing import Any, ClassVar

from vae_core.common.fields import Configurable
from vae_core.common.progress import Progress, no_progress
from vae_core.evaluation.context import EvaluationContext
from vae_core.evaluation.results import Result, to_plain_json


class Metric(Configurable):
    """One measurement of a trained model on a data set.

    The first line of a subclass' docstring is shown on the Evaluate page; its ``title`` names the metric there.
    """

    title: ClassVar[str] = ""  # name on pages; empty: the name in the registry
    family: ClassVar[str] = ""  # "disentanglement" for scores of units against factors
    headline: ClassVar[dict[str, str]] = {}  # the values that model cards and tables show, each with its title
    quick: ClassVar[bool] = True  # False: measured only when asked for by name
    needs_encoder: ClassVar[bool] = True  # False: also measured of GANs and diffusion models
    trains_classifier: ClassVar[bool] = False  # on the training images, where they are given

    def refusal(self, context: EvaluationContext) -> str | None:
        """Return the reason why this metric does not apply here, or None if it applies."""
        return None

    def measure(self, context: EvaluationContext, progress: Progress) -> dict[str, Any]:
        """Compute the numbers by name; their units are in the docstring of the class."""
        raise TypeError(f"{type(self).__name__} does not define measure()")

    def settings(self, context: EvaluationContext) -> dict[str, Any]:
        """Return everything that decides the result, apart from the weights: with equal settings the result is equal."""
        fields = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return to_plain_json(fields | context.shared_settings())

    def __call__(self, context: EvaluationContext, progress: Progress = no_progress) -> Result:
        """Measure, and return the numbers with their settings."""
        values = self.measure(context, progress)
        return Result(to_plain_json(values), self.settings(context))
