"""What is minimized. A new objective: one class with ``terms``, and one line here."""

from vae_core.objectives.elbo import ELBO, Autoencoder, BetaVAE
from vae_core.objectives.term import Objective, Term

OBJECTIVES = {
    "ae": Autoencoder,
    "vae": ELBO,
    "beta-vae": BetaVAE,
}

__all__ = ["ELBO", "OBJECTIVES", "Autoencoder", "BetaVAE", "Objective", "Term"]
