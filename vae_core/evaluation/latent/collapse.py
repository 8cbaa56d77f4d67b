"""Posterior collapse: units whose mean no longer varies over the data, and the step at which each collapsed."""

from dataclasses import dataclass
from typing import Any, ClassVar

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
    """KL and variance of the mean per unit over training, and the step at which each dead unit collapsed."""

    steps: Int[np.ndarray, "measured"]
    unit_kl: Float[np.ndarray, "measured latent"]  # nats
    mean_variance: Float[np.ndarray, "measured latent"]
    died_at: tuple[int | None, ...]  # first measured step from which a unit stays dead; None if it is active at the end
    ever_active: tuple[bool, ...]


def unit_history(history: list[dict], *, threshold: float = ACTIVE_VARIANCE) -> UnitHistory:
    """Follow each unit over the steps of ``history`` at which held-out images were measured.

    Raises:
        BadInput: no step of the history was measured on held-out images.
    """
    measured = [entry for entry in history if "held_out" in entry]
    if not measured:
        raise BadInput("the history holds no measurement of held-out images, so the step at which a unit collapsed is unknown")
    kl = np.array([entry["held_out"]["unit_kl"] for entry in measured], np.float64)
    variance = np.array([entry["held_out"]["mean_variance"] for entry in measured], np.float64)
    steps = np.array([entry["step"] for entry in measured])
    alive = variance > threshold
    died_at = []
    for unit in alive.T:  # the measured steps at which a unit is active
        last = np.flatnonzero(unit)[-1] if unit.any() else -1
        died_at.append(None if last == len(steps) - 1 else int(steps[last + 1]))
    return UnitHistory(steps, kl, variance, tuple(died_at), tuple(bool(unit.any()) for unit in alive.T))


@dataclass(frozen=True)
class Collapse(Metric):
    """The number of dead units, whose mean hardly varies over the data set, and the training step at which each collapsed.

    A unit is dead if Var_x(E[z_j|x]) ≤ threshold (Burda et al. 2016). ``died_at`` is the first measured step from which a
    unit stayed dead on the held-out images of training: null for an active unit, the first measured step for one that was
    never active. ``unit_kl`` is (steps, D), nats. Collapse is a statement about a data set, never about one image.
    """

    title: ClassVar[str] = "posterior collapse"
    headline: ClassVar[dict[str, str]] = {"n_dead": "dead units"}
    threshold: float = option(ACTIVE_VARIANCE, "variance of the mean below which a unit is dead", low=0)
    n_images: int = option(10_000, "images measured, a seeded subset", low=2)
    seed: int = option(0, "decides the subset", low=0)

    def refusal(self, context: EvaluationContext) -> str | None:
        measured = any("held_out" in entry for entry in context.trained_vae.history)
        return None if measured else "the training history holds no measurement of held-out images"

    def measure(self, context: EvaluationContext, progress: Progress) -> dict[str, Any]:
        codes = context.codes(self.n_images, self.seed)
        variance = codes.mean.astype(np.float64).var(axis=0)
        past = unit_history(context.trained_vae.history, threshold=self.threshold)
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
            "history_measured_on": context.trained_vae.about.measured_on,
            "n_measured": len(codes.mean),
        }
