"""The origin of a trained model: its data, machine and software versions."""

import platform
from dataclasses import dataclass

import torch

from vae_core.common.devices import describe_device
from vae_core.config import TrainConfig
from vae_core.data.dataset import Dataset


@dataclass(frozen=True)
class About:
    """The origin of a model, as stored in config.json and shown on its card."""

    dataset: str
    split: str
    n_train: int
    measured_on: str  # the split on which the history's held-out numbers were measured
    class_names: tuple[str, ...]
    factor_names: tuple[str, ...]
    factor_sizes: tuple[int, ...]
    device: str
    seconds: float
    torch: str
    python: str


def provenance(config: TrainConfig, dataset: Dataset, device: torch.device, seconds: float, measured_on: str) -> About:
    """Describe a training that ran on this machine."""
    return About(
        dataset=dataset.name,
        split=dataset.split,
        n_train=len(dataset),
        measured_on=measured_on,
        class_names=tuple(dataset.class_names),
        factor_names=tuple(dataset.factor_names),
        factor_sizes=tuple(dataset.factor_sizes),
        device=describe_device(device),
        seconds=round(seconds, 1),
        torch=torch.__version__,
        python=platform.python_version(),
    )
