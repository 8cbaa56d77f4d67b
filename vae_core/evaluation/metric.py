"""What a metric is: a recipe whose fields are its settings, and a result that carries them."""

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from vae_core.common.fields import Configurable
from vae_core.evaluation.context import EvaluationContext

Progress = Callable[[float], None]  # called with the share done; may raise to cancel


def ignore(share: float) -> None:
    """The progress that nobody watches."""


@dataclass(frozen=True)
class Result:
    """Named numbers, and the settings under which they were measured."""

    values: dict
    settings: dict

    def to_json(self) -> dict:
        return {"values": self.values, "settings": self.settings}


def plain(value):
    """Numbers and arrays as JSON has them: matrices become nested lists, and what is not finite becomes null."""
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


class Metric(Configurable):
    """One measurement of a trained model on a data set."""

    quick: ClassVar[bool] = True  # whether it is measured where nobody asked for a metric by name
    headline: ClassVar[dict[str, str]] = {}  # the values that a card shows, and what it calls them
    encodes: ClassVar[bool] = True  # whether it asks for codes, which a GAN or a diffusion model cannot give
    learns: ClassVar[bool] = False  # whether it trains a classifier of the data, best on images that are not measured

    def refusal(self, subject: EvaluationContext) -> str | None:
        """Why this cannot be measured here, in words; None where it can."""
        return None

    def measure(self, subject: EvaluationContext, progress: Progress) -> dict:
        """Named numbers; units in the class' docstring."""
        raise TypeError(f"{type(self).__name__} measures nothing")

    def settings(self, subject: EvaluationContext) -> dict:
        """All that decides the result beside the weights: equal settings at an equal step need no second measurement."""
        fields = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return plain(fields | subject.describe())

    def __call__(self, subject: EvaluationContext, progress: Progress = ignore) -> Result:
        values = self.measure(subject, progress)
        return Result(plain(values), self.settings(subject))
