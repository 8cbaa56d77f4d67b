"""Two estimators of the gradient of an expectation: reparameterization (pathwise) and the score function (REINFORCE)."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.checkpoints.trained_vae import TrainedVAE, chunk_slices
from vae_core.common.seeds import derive_seed


@dataclass(frozen=True)
class GradientDraws:
    """Estimates of ∇_μ E_{q(z)}[f(z)], q = N(μ, diag σ²), each of one draw z = μ + σ ε; their mean is the gradient."""

    pathwise: Float[np.ndarray, "draws latent"]  # ∇_z f(z)
    score: Float[np.ndarray, "draws latent"]  # f(z) ∇_μ log q(z) = f(z) ε / σ
    baseline: Float[np.ndarray, "draws latent"]  # (f(z) − b) ε / σ, b the mean of f over all other draws

    @staticmethod
    def variance(estimates: Float[np.ndarray, "draws latent"]) -> float:
        """Variance of the estimate of one draw, summed over units."""
        return float(estimates.var(axis=0, ddof=1).sum())


def gradient_draws(
    f: Callable[[Float[Tensor, "draws latent"]], Float[Tensor, "draws"]],
    mean: Float[np.ndarray, "latent"],
    std: Float[np.ndarray, "latent"],
    *,
    n: int,
    seed: int = 0,
) -> GradientDraws:
    """Both gradients from the same n ≥ 2 draws. Kingma & Welling 2014 (arXiv 1312.6114); Williams 1992 for the score function.

    The baseline is the mean of f over the other draws. It does not change the mean of the estimate, because it does not
    depend on this draw's ε (Mnih & Rezende 2016, arXiv 1602.06725).
    """
    generator = torch.Generator().manual_seed(derive_seed(seed, "gradients"))
    mu, sigma = (torch.from_numpy(np.asarray(a, np.float32)) for a in (mean, std))
    epsilon = torch.randn((n, len(mu)), generator=generator)
    pathwise, values = [], []
    for rows in chunk_slices(n):
        z = (mu + sigma * epsilon[rows]).requires_grad_()
        value = f(z)
        pathwise.append(torch.autograd.grad(value.sum(), z)[0])
        values.append(value.detach())
    value = torch.cat(values).double()
    others = (value.sum() - value) / (n - 1)
    score = epsilon.double() / sigma.double()  # ∇_μ log q(z)
    return GradientDraws(
        torch.cat(pathwise).double().numpy(), (value[:, None] * score).numpy(), ((value - others)[:, None] * score).numpy()
    )


def likelihood_gradients(
    model: TrainedVAE, image: Float[np.ndarray, "channels height width"], *, n: int, seed: int = 0
) -> GradientDraws:
    """∇_μ E_{q(z|x)}[log p(x|z)] at the model's own q(z|x), nats per unit of z: the reconstruction's part of the ELBO's."""
    mean, std = model.encode(image[None])
    x = torch.from_numpy(np.asarray(image, np.float32))
    return gradient_draws(lambda z: -model.vae.distortion(x.expand(len(z), *x.shape), z), mean[0], std[0], n=n, seed=seed)
