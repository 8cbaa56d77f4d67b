"""β-TCVAE: the KL in three weighted parts, with q(z) estimated from the batch."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.common.fields import option
from vae_core.parts.forward import Forward
from vae_core.parts.objectives.objective import Objective
from vae_core.parts.objectives.term import Term
from vae_core.parts.posterior import Posterior, log_normal


@dataclass(frozen=True)
class BetaTCVAE(Objective):
    """L = E[−log p(x|z)] + α I(x; z) + β TC(z) + γ KL(Π_j q(z_j) ‖ p(z)); Chen et al. 2018 (arXiv 1802.04942).

    log q(z) and log q(z_j) by minibatch stratified sampling (their appendix C.2): a biased estimate, good enough to train
    on. Evaluation reports the value over the full data. α = β = γ = 1 is the ELBO, with a sampled KL. The last term is
    dimension-wise for a factorized prior; for another it is what remains of the KL.
    """

    has_rate: ClassVar[bool] = False
    min_batch: ClassVar[int] = 2
    alpha: float = option(1.0, "weight of the mutual information", low=0, live=True)
    beta: float = option(6.0, "weight of the total correlation", low=0, live=True)
    gamma: float = option(1.0, "weight of the dimension-wise KL", low=0, live=True)

    def terms(self, forward: Forward, *, step: int, n_train: int) -> dict[str, Term]:
        posterior, z = forward.posterior, forward.z
        log_q_zx, log_p = posterior.log_prob(z), forward.prior.log_prob(z)
        log_q, log_q_units = aggregate_log_prob(posterior, z, stratified_log_weights(len(z), n_train, z.device))
        log_product = log_q_units.sum(-1)
        return {
            "reconstruction": Term(1.0, forward.nll.mean()),
            "mutual_information": Term(self.alpha, (log_q_zx - log_q).mean(), annealed=True),
            "total_correlation": Term(self.beta, (log_q - log_product).mean(), annealed=True),
            "dimension_kl": Term(self.gamma, (log_product - log_p).mean(), annealed=True),
        }


def stratified_log_weights(batch: int, n_train: int, device: torch.device) -> Float[Tensor, "batch batch"]:
    """log W_ij, the weight of q(z_i|x_j) in the estimate of q(z_i): each row sums to 1.

    With M = batch − 1: 1/N on the diagonal (the image that z_i came from, one of N), (N − M)/(N M) for one other image,
    which stands for all those outside the batch, 1/M for the rest.
    """
    n, m = max(n_train, batch), batch - 1
    weights = torch.full((batch, batch), 1 / m, device=device)
    rows = torch.arange(batch, device=device)
    weights[rows, (rows + 1) % batch] = (n - m) / (n * m)
    weights[rows, rows] = 1 / n
    return weights.log()


def aggregate_log_prob(
    posterior: Posterior, z: Float[Tensor, "batch latent"], log_weights: Float[Tensor, "batch batch"]
) -> tuple[Float[Tensor, "batch"], Float[Tensor, "batch latent"]]:
    """(log q(z_i), log q(z_ij)) of each sample under the weighted mixture of the batch's posteriors, nats."""
    log_density = log_normal(z[:, None], posterior.mean, posterior.log_var)  # (i, j, unit): log q(z_i,unit | x_j)
    joint = torch.logsumexp(log_density.sum(-1) + log_weights, dim=1)
    # the same weights for every unit: they belong to the image, and are not multiplied by the number of units
    units = torch.logsumexp(log_density + log_weights[:, :, None], dim=1)
    return joint, units
