"""One forward pass of a small linear VAE with fixed, asymmetric weights, and its numbers as NumPy arrays."""

import math
from dataclasses import dataclass

import numpy as np
import torch

from vae_core.checkpoints.about import About
from vae_core.checkpoints.trained_vae import TrainedVAE
from vae_core.config import TrainConfig
from vae_core.parts.condition import Condition
from vae_core.parts.forward import Forward
from vae_core.parts.likelihoods import Gaussian
from vae_core.parts.networks import MLP
from vae_core.vae import VAE

SHAPE, BATCH, LATENT, SIGMA = (1, 2, 3), 6, 3, 0.3


@dataclass(frozen=True)
class Numbers:
    """The tensors of a pass in float64: x and params (B, pixels), mean, log_var and z (B, D), nll (B,)."""

    x: np.ndarray
    params: np.ndarray
    mean: np.ndarray
    log_var: np.ndarray
    z: np.ndarray
    nll: np.ndarray

    @property
    def unit_kl(self) -> np.ndarray:
        """KL(N(μ, σ²) ‖ N(0, 1)) = ½ (μ² + σ² − 1 − log σ²), (B, D)."""
        return 0.5 * (self.mean**2 + np.exp(self.log_var) - 1 - self.log_var)


def linear_vae(seed: int = 0, shape: tuple[int, int, int] = SHAPE, **fields) -> VAE:
    """A linear VAE whose units have unequal means and widths; ``fields`` are those of ``TrainConfig``."""
    settings = {"network": MLP(layers=0), "likelihood": Gaussian(sigma=SIGMA), "latent_dim": LATENT}
    config = TrainConfig(**settings | fields)
    draw = torch.Generator().manual_seed(seed)
    vae = VAE(config, shape)
    with torch.no_grad():
        for parameter in vae.parameters():
            parameter.copy_(0.6 * torch.randn(parameter.shape, generator=draw))
        latent = config.latent_dim
        vae.encoder.head.bias[latent:] = torch.linspace(-1.5, 0.4, latent)
    return vae


ABOUT = About("noise", "train", 0, "train", (), (), (), "cpu", 0.0, "", "")


def opened(vae: VAE, shape: tuple[int, int, int] = SHAPE, **fields) -> TrainedVAE:
    """A linear VAE as a trained model; ``fields`` are those that it was made with."""
    settings = {"network": MLP(layers=0), "likelihood": Gaussian(sigma=SIGMA), "latent_dim": LATENT}
    return TrainedVAE(TrainConfig(**settings | fields), vae.eval(), shape, step=0, history=[], about=ABOUT)


def images(seed: int = 0, batch: int = BATCH, shape: tuple[int, int, int] = SHAPE) -> torch.Tensor:
    return torch.rand(batch, *shape, generator=torch.Generator().manual_seed(100 + seed))


def fixed_pass(seed: int = 0, *, batch: int = BATCH, condition: Condition | None = None, **fields) -> Forward:
    """One pass of ``linear_vae(**fields)``; its generator goes on from the state after the noise of z."""
    vae = linear_vae(seed, **fields)
    return vae(images(seed, batch), torch.Generator().manual_seed(7 + seed), condition)


def numbers(forward: Forward) -> Numbers:
    to = lambda tensor: tensor.detach().double().numpy()  # noqa: E731
    return Numbers(
        to(forward.x.flatten(1)),
        to(forward.params.flatten(1)),
        to(forward.posterior.mean),
        to(forward.posterior.log_var),
        to(forward.z),
        to(forward.nll),
    )


def next_normals(forward: Forward, *shapes: tuple[int, ...]) -> list[np.ndarray]:
    """The next standard normal draws of the pass' generator, from a copy: the generator itself stays where it is."""
    copy = torch.Generator()
    copy.set_state(forward.generator.get_state())
    return [torch.randn(shape, generator=copy).double().numpy() for shape in shapes]


def log_normal(z: np.ndarray, mean: np.ndarray | float, log_var: np.ndarray | float) -> np.ndarray:
    """log N(z; mean, exp(log_var)) of every entry, nats."""
    return -0.5 * ((z - mean) ** 2 / np.exp(log_var) + log_var + math.log(2 * math.pi))
