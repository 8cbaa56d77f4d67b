"""Training objectives. A new one needs one class with ``terms`` and one line here."""

from vae_core.parts.objectives.capacity import Capacity
from vae_core.parts.objectives.critic import Critic
from vae_core.parts.objectives.dip import DIPVAE1, DIPVAE2
from vae_core.parts.objectives.elbo import ELBO, Autoencoder, BetaVAE
from vae_core.parts.objectives.factor import FactorVAE
from vae_core.parts.objectives.importance import IWAE
from vae_core.parts.objectives.info import InfoVAE
from vae_core.parts.objectives.multi_rate import MultiRate
from vae_core.parts.objectives.objective import Objective
from vae_core.parts.objectives.perceptual import Perceptual
from vae_core.parts.objectives.term import Term
from vae_core.parts.objectives.total_correlation import BetaTCVAE
from vae_core.parts.objectives.vae_gan import VAEGAN

OBJECTIVES: dict[str, type[Objective]] = {
    "ae": Autoencoder,
    "vae": ELBO,
    "beta-vae": BetaVAE,
    "capacity": Capacity,
    "iwae": IWAE,
    "factor-vae": FactorVAE,
    "beta-tcvae": BetaTCVAE,
    "dip-vae-1": DIPVAE1,
    "dip-vae-2": DIPVAE2,
    "info-vae": InfoVAE,
    "multi-rate": MultiRate,
    "vae-gan": VAEGAN,
    "perceptual": Perceptual,
}

__all__ = [
    "DIPVAE1",
    "DIPVAE2",
    "ELBO",
    "IWAE",
    "OBJECTIVES",
    "VAEGAN",
    "Autoencoder",
    "BetaTCVAE",
    "BetaVAE",
    "Capacity",
    "Critic",
    "FactorVAE",
    "InfoVAE",
    "MultiRate",
    "Objective",
    "Perceptual",
    "Term",
]  # fmt: skip
