"""Priors p(z): densities for sampling latent codes and for the KL. A new one needs one class and one line here."""

from vae_core.parts.priors.flow import Flow
from vae_core.parts.priors.mixture import GaussianMixture, VampPrior
from vae_core.parts.priors.prior import Density, Prior, StandardNormal

PRIORS: dict[str, type[Prior]] = {
    "standard-normal": StandardNormal,
    "mixture": GaussianMixture,
    "vamp": VampPrior,
    "flow": Flow,
}

__all__ = ["PRIORS", "Density", "Flow", "GaussianMixture", "Prior", "StandardNormal", "VampPrior"]
