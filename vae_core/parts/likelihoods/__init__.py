"""Likelihoods p(x|z): from a decoder's output to a density over images. A new one needs one class and one line here."""

from vae_core.parts.likelihoods.bernoulli import Bernoulli, ContinuousBernoulli
from vae_core.parts.likelihoods.likelihood import Likelihood
from vae_core.parts.likelihoods.location_scale import Gaussian, Laplace
from vae_core.parts.likelihoods.logistic import DiscretizedLogistic

LIKELIHOODS: dict[str, type[Likelihood]] = {
    "bernoulli": Bernoulli,
    "continuous-bernoulli": ContinuousBernoulli,
    "gaussian": Gaussian,
    "laplace": Laplace,
    "discretized-logistic": DiscretizedLogistic,
}

__all__ = ["LIKELIHOODS", "Bernoulli", "ContinuousBernoulli", "DiscretizedLogistic", "Gaussian", "Laplace", "Likelihood"]
