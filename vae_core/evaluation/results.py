"""Results of metrics, and the metrics.json file that stores them in a checkpoint."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vae_core.common.errors import BadInput
from vae_core.common.files import read_json, write_text

MAX_BYTES = 32 << 20  # of metrics.json


@dataclass(frozen=True)
class Result:
    """Named numbers, and the settings under which they were measured."""

    values: dict[str, Any]
    settings: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Return both parts as one JSON object."""
        return {"values": self.values, "settings": self.settings}


def to_plain_json(value: Any) -> Any:
    """Convert numbers and arrays to JSON types: matrices become nested lists, NaN and infinities become null."""
    if isinstance(value, np.ndarray | np.generic):
        return to_plain_json(value.tolist())
    if isinstance(value, dict):
        return {str(key): to_plain_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain_json(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def load_results(folder: Path) -> dict[str, Result]:
    """Read a checkpoint's metrics.json; empty if there is no such file.

    Raises:
        BadInput: the file is too large, is not JSON, or does not hold values and settings for each metric.
    """
    if not (folder / "metrics.json").exists():
        return {}
    data = read_json(folder / "metrics.json", limit=MAX_BYTES)
    if not isinstance(data, dict) or not all(isinstance(r, dict) and r.keys() == {"values", "settings"} for r in data.values()):
        raise BadInput(f"{folder / 'metrics.json'} must hold an object with values and settings for each metric")
    return {name: Result(**result) for name, result in data.items()}


def save_results(folder: Path, results: Mapping[str, Result]) -> None:
    """Write metrics.json in one step, one metric per line (indented JSON would give every matrix entry its own line)."""
    lines = [f"{json.dumps(name)}: {json.dumps(result.to_json(), allow_nan=False)}" for name, result in results.items()]
    write_text(folder / "metrics.json", "{\n" + ",\n".join(lines) + "\n}\n")
