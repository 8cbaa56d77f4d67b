"""The importance-weighted bound."""

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.common.fields import option
from vae_core.parts.forward import Forward
from vae_core.parts.objectives.objective import Objective
from vae_core.parts.objectives.term import Term


@dataclass(frozen=True)
class IWAE(Objective):
    """L = −E[log (1/k) Σ_i w_i], w_i = p(x|z_i) p(z_i) / q(z_i|x); Burda et al. 2016 (arXiv 1509.00519).

    The k samples share one encoding. The log-weights are sampled throughout: with the analytic KL in them it would be no
    bound. At k = 1 it is the ELBO in expectation, and it tightens towards −log p(x) with k. As there is no KL term,
    schedules and free bits do not apply.
    """

    annealable: ClassVar[bool] = False
    has_rate: ClassVar[bool] = False
    samples: int = option(5, "samples k of z per image", low=1, high=500)

    def terms(self, forward: Forward, *, step: int, n_train: int) -> dict[str, Term]:
        bound = torch.logsumexp(log_weights(forward, self.samples), dim=0) - math.log(self.samples)
        return {"negative_iwae": Term(1.0, -bound.mean())}


def log_weights(forward: Forward, k: int) -> Float[Tensor, "k batch"]:
    """log p(x|z_i) + log p(z_i) − log q(z_i|x), nats; the first z is the pass' own."""
    posterior, model = forward.posterior, forward.model
    rows = [-forward.nll + forward.prior.log_prob(forward.z) - posterior.log_prob(forward.z)]
    for _ in range(k - 1):  # one at a time: the largest intermediate is a batch, not k of them
        z = posterior.sample(forward.generator)
        nll = model.distortion(forward.x, z, forward.condition)
        rows.append(-nll + forward.prior.log_prob(z) - posterior.log_prob(z))
    return torch.stack(rows)
