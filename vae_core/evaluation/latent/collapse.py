"""Which units carry nothing, and when in training they stopped to."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float, Int

from vae_core.common.errors import BadInput
from vae_core.common.fields import option
from vae_core.common.progress import Progress
from vae_core.evaluation.context import EvaluationContext
from vae_core.evaluation.metric import Metric
from vae_core.latent.active_units import ACTIVE_VARIANCE


@dataclass(frozen=True)
class UnitHistory:
    """KL and variance of the mean per unit over training, and the step at which each dead unit died."""

    steps: Int[np.ndarray, "measured"]
    unit_kl: Float[np.ndarray, "measured latent"]  # nats
    mean_variance: Float[np.ndarray, "measured latent"]
    died_at: tuple[int | None, ...]  # the first measured step from which a unit is dead for good; None if alive at the end
    ever_active: tuple[bool, ...]


def unit_history(history: list[dict], *, threshold: float = ACTIVE_VARIANCE) -> UnitHistory:
    """The report over the steps of ``history`` at which held-out images were measured."""
    measured = [entry for entry in history if "held_out" in entry]
    if not measured:
        raise BadInput("the history holds no measurement of held-out images, so it cannot be told when a unit died")
    kl, variance = (np.array([e["held_out"][what] for e in measured], np.float64) for what in ("unit_kl", "mean_variance"))
    steps = np.array([entry["step"] for entry in measured])
    alive = variance > threshold
    died_at = []
    for unit in alive.T:
        last = np.flatnonzero(unit)[-1] if unit.any() else -1
        died_at.append(None if last == len(steps) - 1 else int(steps[last + 1]))
    return UnitHistory(steps, kl, variance, tuple(died_at), tuple(bool(a) for a in alive.any(axis=0)))


@dataclass(frozen=True)
class Collapse(Metric):
    """Units whose mean does not vary over this data set, Var_x(E[z_j|x]) ≤ threshold (Burda et al. 2016), and when they died.

    ``died_at`` is the first measured step from which a unit stayed dead on the held-out images of training, null for one that
    is alive; a unit that was never active died at the first. ``unit_kl`` is (steps, D), nats. Collapse is a statement about
    a data set, never about one image.
    """

    headline: ClassVar[dict[str, str]] = {"n_dead": "dead units"}
    threshold: float = option(ACTIVE_VARIANCE, "variance of the mean below which a unit is dead", low=0)
    n_images: int = option(10_000, "images measured, a seeded subset", low=2)
    seed: int = option(0, "decides the subset", low=0)

    def refusal(self, context: EvaluationContext) -> str | None:
        return None if any("held_out" in e for e in context.model.history) else "the history holds no held-out measurement"

    def measure(self, context: EvaluationContext, progress: Progress) -> dict:
        codes = context.codes(self.n_images, self.seed)
        variance = codes.mean.astype(np.float64).var(axis=0)
        past = unit_history(context.model.history, threshold=self.threshold)
        progress(1.0)
        return {
            "dead_units": np.flatnonzero(variance <= self.threshold),
            "n_dead": int((variance <= self.threshold).sum()),
            "mean_variance": variance,
            "died_at": past.died_at,
            "ever_active": past.ever_active,
            "steps": past.steps,
            "unit_kl": past.unit_kl,
            "mean_variance_over_steps": past.mean_variance,
            "history_measured_on": context.model.about.measured_on,
            "n_measured": len(codes.mean),
        }
