"""The text files of a checkpoint folder, config.json and history.jsonl, read with every value checked."""

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from torch import Tensor

from vae_core.checkpoints.about import About
from vae_core.common.errors import BadInput
from vae_core.common.files import read_json
from vae_core.common.tensors import read_tensors
from vae_core.config import TrainConfig
from vae_core.parts.networks import Shape

FORMAT = 1
MAX_SIDE = 256  # pixels; it also bounds the memory that a malicious config.json can request
MAX_HISTORY_BYTES = 16 << 20


@dataclass(frozen=True)
class Description:
    """The content of config.json: everything needed to rebuild the model, apart from its weights, and its origin."""

    config: TrainConfig
    shape: Shape
    step: int
    about: About

    def to_json(self) -> dict[str, Any]:
        """Return the content of config.json."""
        return {
            "format": FORMAT,
            "shape": list(self.shape),
            "step": self.step,
            "config": self.config.to_json(),
            "about": self.about.__dict__,
        }


def read_description(folder: Path) -> Description:
    """Read config.json.

    Raises:
        BadInput: the file is missing, is not JSON, or holds a value that is not allowed; the message names it.
    """
    data = read_json(folder / "config.json")
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        found = data.get("format") if isinstance(data, dict) else type(data).__name__
        raise BadInput(f"config.json has format {found!r}; this version reads format {FORMAT}")
    if missing := {"shape", "step", "config", "about"} - data.keys():
        raise BadInput(f"config.json lacks {', '.join(sorted(missing))}")
    shape, step = data["shape"], data["step"]
    sides = isinstance(shape, list) and len(shape) == 3 and all(type(n) is int and 1 <= n <= MAX_SIDE for n in shape)
    if not sides or shape[0] not in (1, 3):
        raise BadInput(f"config.json's shape must be [1 or 3, height, width] with sides up to {MAX_SIDE}, got {shape!r}")
    if type(step) is not int or step < 0:
        raise BadInput(f"config.json's step must be a whole number ≥ 0, got {step!r}")
    channels, height, width = shape
    return Description(TrainConfig.from_json(data["config"]), (channels, height, width), step, _parse_about(data["about"]))


def _parse_about(about: Any) -> About:
    """Check each field of ``about`` and build it."""
    names = [field.name for field in fields(About)]
    if not isinstance(about, dict) or about.keys() != set(names):
        raise BadInput(f"config.json's about must be an object with {', '.join(names)}")
    kinds = {"n_train": int, "seconds": (int, float), "class_names": list, "factor_names": list, "factor_sizes": list}
    for name, value in about.items():
        if not isinstance(value, kinds.get(name, str)):
            raise BadInput(f"config.json's about.{name} is {value!r}, of the wrong type")
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in about.items()}
    return About(**values)


def read_history(folder: Path) -> list[dict]:
    """Read history.jsonl; empty if there is no such file.

    Raises:
        BadInput: the file is too large, or a line is not an object with a step.
    """
    path = folder / "history.jsonl"
    if not path.is_file():
        return []
    if (size := path.stat().st_size) > MAX_HISTORY_BYTES:
        raise BadInput(f"history.jsonl has {size:,} bytes; at most {MAX_HISTORY_BYTES:,} are read")
    try:
        entries = [json.loads(entry) for entry in path.read_text(encoding="utf-8").splitlines()]
    except (ValueError, RecursionError) as error:
        raise BadInput(f"history.jsonl is not readable: {error}") from None
    if not all(isinstance(e, dict) and type(e.get("step")) is int for e in entries):
        raise BadInput("history.jsonl must hold one object with a step per line")
    return entries


def load_training_state(path: str | Path) -> dict[str, Tensor]:
    """Read the stored ``Training.state()``, from which a training continues; shipped checkpoints leave it out to stay small.

    Raises:
        BadInput: the checkpoint holds no training state.
    """
    file = Path(path) / "training.safetensors"
    if not file.is_file():
        raise BadInput(f"{path} holds no training.safetensors, so it can be used but not continued; train it anew instead")
    return read_tensors(file)
