"""The importance-weighted bound."""

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.common.fields import option
from vae_core.parts.forward import Forward
from vae_core.parts.importance_weights import log_weights
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
        bound = torch.logsumexp(forward_log_weights(forward, self.samples), dim=0) - math.log(self.samples)
        return {"negative_iwae": Term(1.0, -bound.mean())}


def forward_log_weights(forward: Forward, k: int) -> Float[Tensor, "k batch"]:
    """log p(x|z_i) + log p(z_i) − log q(z_i|x) for k samples z_i ~ q(z|x), nats; the first is the z of ``forward``."""
    posterior, prior, model = forward.posterior, forward.prior, forward.model
    rows = [log_weights(forward.nll, forward.z, posterior, prior)]
    for _ in range(k - 1):  # one at a time: the largest intermediate is a batch, not k of them
        z = posterior.sample(forward.generator)
        rows.append(log_weights(model.distortion(forward.x, z, forward.condition), z, posterior, prior))
    return torch.stack(rows)
