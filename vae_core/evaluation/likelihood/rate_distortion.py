"""The rate-distortion curve of a multi-rate model, one model for a range of β."""

import numpy as np
import torch
from jaxtyping import UInt8

from vae_core.checkpoints.trained_vae import TrainedVAE
from vae_core.common.errors import BadInput
from vae_core.evaluation.likelihood.elbo import measure_elbo
from vae_core.parts.condition import Condition


def rate_distortion_curve(
    model: TrainedVAE, images: UInt8[np.ndarray, "n channels height width"], betas: list[float], *, seed: int = 0
) -> list[tuple[float, float]]:
    """(rate, distortion) in nats per image at each β of ``betas``; Bae et al. 2023 (arXiv 2212.03905).

    Raises:
        BadInput: the model was trained for one β only, or a β is outside the range it was trained for.
    """
    if model.beta_range is None:
        raise BadInput("this model has one β, so it has no rate-distortion curve; train a model with --objective multi-rate")
    low, high = model.beta_range
    if bad := [beta for beta in betas if not low <= beta <= high]:
        raise BadInput(f"β must lie between {low:g} and {high:g}, the range of the training; got {bad[0]:g}")
    x = torch.from_numpy(images)
    found = [measure_elbo(model.vae, x, condition=Condition(beta=beta), seed=seed) for beta in betas]
    return [(summary.kl, summary.reconstruction) for summary in found]
