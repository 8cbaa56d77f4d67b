"""The record of a training step, its form in history.jsonl, and the check that a training has not diverged."""

import math
from dataclasses import asdict, dataclass
from typing import Any

from vae_core.evaluation.likelihood.elbo import ElboSummary

DIGITS = 5  # of the numbers in a history: enough for any curve


class Diverged(RuntimeError):
    """A number of the loss is not finite. The model keeps the weights of the step before."""

    def __init__(self, step: int, term: str, value: float):
        super().__init__(f"training diverged at step {step}: {term} is {value}; a smaller learning rate usually helps")
        self.step, self.term = step, term


@dataclass(frozen=True)
class Record:
    """The numbers of one step. Values are raw, unweighted, in nats per image of the batch."""

    step: int  # steps done, this one included
    loss: float  # Σ weight · value
    terms: dict[str, float]
    weights: dict[str, float]  # of the terms at this step, the schedule's share included
    reconstruction: float
    kl: float
    unit_kl: tuple[float, ...]
    learning_rate: float
    held_out: ElboSummary | None = None  # of the averaged weights; None at steps that are not measured

    @property
    def elbo(self) -> float:
        """The bound itself, whatever the objective weighs; the batch's one-sample estimate."""
        return -(self.reconstruction + self.kl)

    def to_json(self) -> dict[str, Any]:
        """Return the record as one entry of history.jsonl."""
        return {name: round_floats(value) for name, value in asdict(self).items() if value is not None}


def check_finite(step: int, values: dict[str, float]) -> None:
    """Raise ``Diverged`` with the first value that is infinite or not a number."""
    for name, value in values.items():
        if not math.isfinite(value):
            raise Diverged(step, name, value)


def log_interval(n_steps: int) -> int:
    """Return the number of steps from one entry of the history to the next: about 200 entries in all."""
    return max(1, n_steps // 200)


def round_floats(value: Any, digits: int = DIGITS) -> Any:
    """Round all floats in a JSON value to a number of significant digits."""
    if isinstance(value, float):
        return float(f"{value:.{digits}g}")
    if isinstance(value, dict):
        return {k: round_floats(v, digits) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [round_floats(v, digits) for v in value]
    return value
