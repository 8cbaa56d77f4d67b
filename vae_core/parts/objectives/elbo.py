"""The evidence lower bound (ELBO), and its variants with a heavier KL (β-VAE) or none (autoencoder)."""

from dataclasses import dataclass
from typing import ClassVar

from vae_core.common.fields import option
from vae_core.parts.forward import Forward
from vae_core.parts.objectives.objective import Objective
from vae_core.parts.objectives.term import Term


@dataclass(frozen=True)
class Autoencoder(Objective):
    """L = E[−log p(x|z)] with z = μ(x): reconstruction only, a deterministic code; no density over images."""

    deterministic: ClassVar[bool] = True
    annealable: ClassVar[bool] = False
    has_rate: ClassVar[bool] = False
    trains_prior: ClassVar[bool] = False

    def terms(self, forward: Forward, *, step: int, n_train: int) -> dict[str, Term]:
        return {"reconstruction": Term(1.0, forward.nll.mean())}


@dataclass(frozen=True)
class ELBO(Objective):
    """L = E[−log p(x|z)] + KL(q(z|x) ‖ p(z)), the negative ELBO; Kingma & Welling 2014 (arXiv 1312.6114)."""

    def terms(self, forward: Forward, *, step: int, n_train: int) -> dict[str, Term]:
        return {"reconstruction": Term(1.0, forward.nll.mean()), "kl": Term(1.0, forward.rate, annealed=True)}


@dataclass(frozen=True)
class BetaVAE(Objective):
    """L = E[−log p(x|z)] + β KL(q(z|x) ‖ p(z)); Higgins et al. 2017. β = 1 is the VAE; both terms are sums, in nats."""

    beta: float = option(4.0, "weight of the KL term", low=0, live=True)

    def terms(self, forward: Forward, *, step: int, n_train: int) -> dict[str, Term]:
        return {"reconstruction": Term(1.0, forward.nll.mean()), "kl": Term(self.beta, forward.rate, annealed=True)}
