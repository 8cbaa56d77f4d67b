"""One model for a range of β."""

import math
from dataclasses import dataclass

from vae_core.common.errors import BadInput
from vae_core.common.fields import option
from vae_core.common.seeds import rng
from vae_core.parts.forward import Forward
from vae_core.parts.objectives.objective import Objective
from vae_core.parts.objectives.term import Term


@dataclass(frozen=True)
class MultiRate(Objective):
    """L(β) = E[−log p(x|z)] + β KL(q(z|x) ‖ p(z)), the model conditioned on β; Bae et al. 2023 (arXiv 2212.03905).

    Every step draws log β uniformly, and the model scales its hidden layers by it: one training gives the whole
    rate-distortion curve. A schedule scales the drawn β.
    """

    beta_low: float = option(0.1, "smallest β", above=0)
    beta_high: float = option(10.0, "largest β", above=0)

    def __post_init__(self):
        super().__post_init__()
        if self.beta_low >= self.beta_high:
            raise BadInput(f"beta_low must be below beta_high, got {self.beta_low:g} and {self.beta_high:g}")

    @property
    def beta_range(self) -> tuple[float, float]:
        return self.beta_low, self.beta_high

    def draw_beta(self, seed: int, step: int) -> float:
        return math.exp(rng(seed, "beta", step).uniform(math.log(self.beta_low), math.log(self.beta_high)))

    def terms(self, forward: Forward, *, step: int, n_train: int) -> dict[str, Term]:
        if forward.condition is None or forward.condition.beta is None:
            raise TypeError("objective 'multi-rate' needs a pass with a β: vae(x, generator, Condition(beta=…))")
        return {
            "reconstruction": Term(1.0, forward.nll.mean()),
            "kl": Term(forward.condition.beta, forward.rate, annealed=True),
        }
