"""Schedules of the KL's weight: a factor in [0, 1] per step, on any objective that has a KL."""

import math
from dataclasses import dataclass

from vae_core.common.fields import Configurable, option


class Schedule(Configurable):
    """A factor on the KL's weight as a function of the step, counted from 0."""

    def __call__(self, step: int) -> float:
        raise TypeError(f"{type(self).__name__} defines no factor")


@dataclass(frozen=True)
class Constant(Schedule):
    """Always 1."""

    def __call__(self, step: int) -> float:
        return 1.0


@dataclass(frozen=True)
class Linear(Schedule):
    """min(1, step/T); Sønderby et al. 2016 (arXiv 1602.02282): the decoder learns to use z before the KL costs anything."""

    anneal_steps: int = option(1000, "steps T until the full weight", low=1)

    def __call__(self, step: int) -> float:
        return min(1.0, step / self.anneal_steps)


@dataclass(frozen=True)
class Sigmoid(Schedule):
    """σ(10 (step/T − ½)) until T, then 1; Bowman et al. 2016 (arXiv 1511.06349). At T the curve has reached 0.993."""

    anneal_steps: int = option(1000, "steps T until the full weight; half of it at T/2", low=1)

    def __call__(self, step: int) -> float:
        return 1.0 if step >= self.anneal_steps else 1 / (1 + math.exp(-10 * (step / self.anneal_steps - 0.5)))


@dataclass(frozen=True)
class Cyclical(Schedule):
    """M cycles of T/M steps, each a linear rise over its share R and then 1; after T always 1; Fu et al. 2019 (1903.10145)."""

    anneal_steps: int = option(1000, "steps T of all cycles together", low=1)
    cycles: int = option(4, "number of times that the weight rises from 0", low=1)
    ramp: float = option(0.5, "share of a cycle in which the weight rises", above=0, high=1)

    def __call__(self, step: int) -> float:
        if step >= self.anneal_steps:
            return 1.0
        place = step * self.cycles / self.anneal_steps % 1
        return min(1.0, place / self.ramp)


SCHEDULES: dict[str, type[Schedule]] = {
    "constant": Constant,
    "linear": Linear,
    "sigmoid": Sigmoid,
    "cyclical": Cyclical,
}
