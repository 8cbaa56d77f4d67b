"""Objective with a target for the KL that grows during training."""

from dataclasses import dataclass

from vae_core.common.fields import option
from vae_core.parts.forward import Forward
from vae_core.parts.objectives.objective import Objective
from vae_core.parts.objectives.term import Term


@dataclass(frozen=True)
class Capacity(Objective):
    """L = E[−log p(x|z)] + γ |KL − C(t)|, C from 0 to ``capacity`` nats over the first ``capacity_steps`` steps.

    Burgess et al. 2018 (arXiv 1804.03599). The absolute value is of the batch's mean KL: the channel's width on average.
    """

    gamma: float = option(100.0, "weight γ of the distance to the capacity", low=0, live=True)
    capacity: float = option(25.0, "the capacity C at its end, nats per image", low=0, live=True)
    capacity_steps: int = option(1500, "steps over which C rises linearly", low=1)

    def capacity_at(self, step: int) -> float:
        """Return C(t), nats."""
        return self.capacity * min(1.0, step / self.capacity_steps)

    def terms(self, forward: Forward, *, step: int, n_train: int) -> dict[str, Term]:
        distance = (forward.rate - self.capacity_at(step)).abs()
        return {
            "reconstruction": Term(1.0, forward.nll.mean()),
            "capacity_distance": Term(self.gamma, distance, annealed=True),
        }
