"""What a metric is: a recipe whose fields are its settings, and a result that carries them."""

import dataclasses
import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from vae_core.common.fields import Configurable
from vae_core.common.progress import Progress, no_progress
from vae_core.evaluation.context import EvaluationContext


@dataclass(frozen=True)
class Result:
    """Named numbers, and the settings under which they were measured."""

    values: dict
    settings: dict

    def to_json(self) -> dict:
        return {"values": self.values, "settings": self.settings}


def to_plain_json(value):
    """Numbers and arrays as JSON has them: matrices become nested lists, and what is not finite becomes null."""
    if isinstance(value, np.ndarray | np.generic):
        return to_plain_json(value.tolist())
    if isinstance(value, dict):
        return {str(key): to_plain_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain_json(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


class Metric(Configurable):
    """One measurement of a trained model on a data set."""

    quick: ClassVar[bool] = True  # whether it is measured where nobody asked for a metric by name
    headline: ClassVar[dict[str, str]] = {}  # the values that a card shows, and what it calls them
    needs_encoder: ClassVar[bool] = True  # whether it asks for codes, which a GAN or a diffusion model cannot give
    trains_classifier: ClassVar[bool] = False  # on the training images, where they are given

    def refusal(self, context: EvaluationContext) -> str | None:
        """Why this cannot be measured here, in words; None where it can."""
        return None

    def measure(self, context: EvaluationContext, progress: Progress) -> dict:
        """Named numbers; units in the class' docstring."""
        raise TypeError(f"{type(self).__name__} measures nothing")

    def settings(self, context: EvaluationContext) -> dict:
        """All that decides the result beside the weights: equal settings at an equal step need no second measurement."""
        fields = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return to_plain_json(fields | context.shared_settings())

    def __call__(self, context: EvaluationContext, progress: Progress = no_progress) -> Result:
        values = self.measure(context, progress)
        return Result(to_plain_json(values), self.settings(context))
