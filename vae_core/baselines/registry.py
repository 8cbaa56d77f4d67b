"""The registry of baselines. To add one, write a recipe and add one entry here."""

from vae_core.baselines.diffusion import Diffusion
from vae_core.baselines.gan import GAN
from vae_core.baselines.recipe import Baseline

BASELINES: dict[str, type[Baseline]] = {
    "gan": GAN,
    "diffusion": Diffusion,
}
