"""What a metric is: a recipe whose fields are its settings, and a result that carries them."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

from vae_core.checkpoint import TrainedVAE
from vae_core.data.dataset import Dataset
from vae_core.fields import Configurable

Progress = Callable[[float], None]  # called with the share done; may raise to cancel


@dataclass(frozen=True)
class Result:
    """Named numbers, and the settings under which they were measured."""

    values: dict
    settings: dict

    def to_json(self) -> dict:
        return {"values": self.values, "settings": self.settings}


class Metric(Configurable):
    """One measurement of a trained model on a data set."""

    def measure(self, model: TrainedVAE, dataset: Dataset, progress: Progress) -> dict:
        """Named numbers; units in the class' docstring."""
        raise TypeError(f"{type(self).__name__} measures nothing")

    def __call__(self, model: TrainedVAE, dataset: Dataset, progress: Progress = lambda share: None) -> Result:
        settings = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        settings |= {"dataset": dataset.name, "split": dataset.split, "step": model.step}
        return Result(self.measure(model, dataset, progress), settings)
