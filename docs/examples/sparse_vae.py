"""An objective in a file of its own: the ELBO with a penalty on the size of the latent code."""

from dataclasses import dataclass

from vae_core.common.fields import option
from vae_core.parts.forward import Forward
from vae_core.parts.objectives import OBJECTIVES, Objective, Term


@dataclass(frozen=True)
class SparseVAE(Objective):
    """L = E[−log p(x|z)] + KL(q(z|x) ‖ p(z)) + λ E‖μ(x)‖₁: a unit that helps little is pulled to 0."""

    sparsity: float = option(1.0, "weight λ of the sum of |μ|", low=0, live=True)

    def terms(self, forward: Forward, *, step: int, n_train: int) -> dict[str, Term]:
        return {
            "reconstruction": Term(1.0, forward.nll.mean()),
            "kl": Term(1.0, forward.rate, annealed=True),
            "sparsity": Term(self.sparsity, forward.posterior.mean.abs().sum(-1).mean()),
        }


OBJECTIVES["sparse-vae"] = SparseVAE
