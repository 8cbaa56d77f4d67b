"""Models that are no VAE, to compare samples with. A new one: one class with ``build`` and ``step``, and one line here."""

from vae_core.baselines.baseline import Baseline, TrainedBaseline, train_baseline
from vae_core.baselines.diffusion import Diffusion
from vae_core.baselines.gan import GAN

BASELINES = {
    "gan": GAN,
    "diffusion": Diffusion,
}

__all__ = ["BASELINES", "GAN", "Baseline", "Diffusion", "TrainedBaseline", "train_baseline"]
