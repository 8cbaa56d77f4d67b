"""Label leak: how well the label is predicted from the latent codes of a conditional model."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from vae_core.common.errors import BadInput
from vae_core.common.seeds import rng


@dataclass(frozen=True)
class Leak:
    """Held-out accuracy of y predicted from z, beside that of the most frequent class: equal if z is independent of y."""

    accuracy: float
    chance: float
    n_train: int
    n_test: int


def label_leak(mean: Float[np.ndarray, "n latent"], labels: Int[np.ndarray, "n"], *, seed: int = 0) -> Leak:
    """Fit a logistic regression on the posterior means, standardized, half of the images held out.

    A linear probe finds linear dependence only: an accuracy at chance does not rule out a nonlinear one.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    order = rng(seed, "leak").permutation(len(mean))
    half = len(mean) // 2
    fit, held = order[:half], order[half:]
    if len(np.unique(labels[fit])) < 2:
        raise BadInput("a label-leak probe needs images of at least two classes")
    probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(mean[fit], labels[fit])
    chance = np.bincount(labels[held]).max() / len(held)
    return Leak(float(probe.score(mean[held], labels[held])), float(chance), len(fit), len(held))
