"""Baselines: generative models other than VAEs, whose samples are compared with those of VAEs."""

from vae_core.baselines.baseline import train_baseline
from vae_core.baselines.diffusion import Diffusion
from vae_core.baselines.gan import GAN
from vae_core.baselines.recipe import Baseline
from vae_core.baselines.registry import BASELINES
from vae_core.baselines.trained_baseline import TrainedBaseline

__all__ = ["BASELINES", "GAN", "Baseline", "Diffusion", "TrainedBaseline", "train_baseline"]
