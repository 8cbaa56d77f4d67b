"""InfoVAE: the distance of the aggregate posterior to the prior, measured on samples."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.common.errors import BadInput
from vae_core.common.fields import option
from vae_core.parts.forward import Forward
from vae_core.parts.objectives.objective import Objective
from vae_core.parts.objectives.term import Term

IMQ_SCALES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)  # as in the code of Tolstikhin et al.


@dataclass(frozen=True)
class InfoVAE(Objective):
    """L = E[−log p(x|z)] + (1 − α) KL(q(z|x) ‖ p(z)) + (α + λ − 1) MMD²(q(z), p(z)); Zhao et al. 2019 (arXiv 1706.02262).

    MMD² is the unbiased estimate between the batch's codes and as many samples of the model's own prior, with an inverse
    multiquadratic kernel (Tolstikhin et al. 2018, arXiv 1711.01558) or a Gaussian one; it has no unit and is at most of
    order 1, so its weight is large. α = 1 leaves only the aggregate posterior to the prior, λ = 1 − α only the KL.
    """

    min_batch: ClassVar[int] = 2
    alpha: float = option(0.5, "share of the per-image KL that is dropped", low=0, high=1, live=True)
    lambda_mmd: float = option(100.0, "weight λ; the MMD gets α + λ − 1", low=0, live=True)
    kernel: str = option("imq", "the kernel of the MMD", choices=("imq", "rbf"))

    def __post_init__(self):
        super().__post_init__()
        if self.alpha + self.lambda_mmd < 1:
            raise BadInput(
                f"lambda_mmd must be at least 1 − alpha = {1 - self.alpha:g}, got {self.lambda_mmd:g}: "
                "the weight of the MMD would be negative"
            )

    def terms(self, forward: Forward, *, step: int, n_train: int) -> dict[str, Term]:
        prior = forward.prior.sample(len(forward.z), require_generator(forward))
        return {
            "reconstruction": Term(1.0, forward.nll.mean()),
            "kl": Term(1 - self.alpha, forward.rate, annealed=True),
            "mmd": Term(self.alpha + self.lambda_mmd - 1, mmd(forward.z, prior, self.kernel)),
        }


def require_generator(forward: Forward) -> torch.Generator:
    """Return the generator of the pass, so that the objective's draws follow from the step's seed, as its noise does."""
    if forward.generator is None:
        raise TypeError("this objective draws from the prior, so the pass needs a generator: vae(x, generator)")
    return forward.generator


def mmd(a: Float[Tensor, "batch latent"], b: Float[Tensor, "batch latent"], kernel: str) -> Float[Tensor, ""]:
    """MMD² = E k(a, a′) + E k(b, b′) − 2 E k(a, b), over pairs of distinct samples: unbiased, so near 0 either sign."""
    n, latent = a.shape
    pairs = lambda k: (k.sum() - k.diagonal().sum()) / (n * (n - 1))  # noqa: E731
    similarity = {"imq": imq, "rbf": rbf}[kernel]
    return pairs(similarity(a, a, latent)) + pairs(similarity(b, b, latent)) - 2 * similarity(a, b, latent).mean()


def squared_distances(a: Float[Tensor, "n latent"], b: Float[Tensor, "m latent"]) -> Float[Tensor, "n m"]:
    return ((a[:, None] - b[None]) ** 2).sum(-1)


def imq(a: Float[Tensor, "n latent"], b: Float[Tensor, "m latent"], latent: int) -> Float[Tensor, "n m"]:
    """The mean over scales s of C/(C + ‖a − b‖²), C = 2 D s: 2 D is the expected ‖a − b‖² under N(0, I)."""
    squared = squared_distances(a, b)
    return torch.stack([2 * latent * s / (2 * latent * s + squared) for s in IMQ_SCALES]).mean(0)


def rbf(a: Float[Tensor, "n latent"], b: Float[Tensor, "m latent"], latent: int) -> Float[Tensor, "n m"]:
    """exp(−‖a − b‖² / 2D)"""
    return torch.exp(-squared_distances(a, b) / (2 * latent))
