"""The presets of the Train page: settings that give recognizable images within ten seconds on two cores."""

from vae_core.config import TrainConfig
from vae_core.parts.networks import MLP, Patch, Shape
from vae_core.parts.objectives import BetaVAE


def live_preset(dataset: str, shape: Shape, **fields) -> TrainConfig:
    """Return a preset: small batches, a high learning rate that rises over 30 steps and falls to 0, averaged weights.

    benchmarks/training.py compares it with the plain recipe (Adam 1e-3, default initialization) in the same ten seconds.
    """
    network = MLP(hidden=400) if max(shape[1:]) <= 28 else Patch()
    preset = {
        "dataset": dataset,
        "network": network,
        "objective": BetaVAE(beta=1),  # the VAE, with a weight that can be changed during training
        "latent_dim": 20,
        "batch_size": 64,
        "learning_rate": 4e-3,
        "n_steps": 1500,
    }
    return TrainConfig(**preset | fields)
