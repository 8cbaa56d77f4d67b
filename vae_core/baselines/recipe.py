"""The baseline interface: a configurable class that builds modules, trains them step by step, and samples images."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from vae_core.common.fields import Configurable, option
from vae_core.parts.networks import Shape

Images = Float[Tensor, "batch channels height width"]


@dataclass(frozen=True)
class Baseline(Configurable):
    """A recipe of a baseline; its fields are its JSON, its flags and its widgets, as for the parts of a VAE."""

    sampler: ClassVar[str]  # the module of ``build`` that generates images; its averaged weights are stored
    n_steps: int = option(3000, "optimizer steps", low=1)
    batch_size: int = option(64, "images per step", low=1, high=4096)
    learning_rate: float = option(2e-4, "Adam's step size", above=0, high=1)
    ema: float = option(0.995, "exponential moving average of the weights, which are then stored", low=0, below=1)
    seed: int = option(0, "decides initialization, batches and noise", low=0)

    def build(self, shape: Shape) -> nn.ModuleDict:
        """Build the modules to train, by name."""
        raise TypeError(f"{type(self).__name__} does not define build()")

    def optimizers(self, modules: nn.ModuleDict) -> dict[str, torch.optim.Optimizer]:
        """Create an optimizer for each module."""
        raise TypeError(f"{type(self).__name__} does not define optimizers()")

    def step(
        self, modules: nn.ModuleDict, optimizers: dict[str, torch.optim.Optimizer], x: Images, generator: torch.Generator
    ) -> dict[str, Float[Tensor, ""]]:
        """Train on a batch of images in [0, 1]; returns the losses by name."""
        raise TypeError(f"{type(self).__name__} does not define step()")

    def noise_shape(self, shape: Shape) -> tuple[int, ...]:
        """Shape of the noise that one image is generated from."""
        raise TypeError(f"{type(self).__name__} does not define noise_shape()")

    def generate(self, module: nn.Module, noise: Tensor, generator: torch.Generator) -> Images:
        """Generate images in [0, 1] from noise, an image per row; ``generator`` is for any further random draws."""
        raise TypeError(f"{type(self).__name__} does not define generate()")

    def sample(self, module: nn.Module, n: int, shape: Shape, generator: torch.Generator) -> Images:
        """Draw n images in [0, 1]."""
        return self.generate(module, torch.randn(n, *self.noise_shape(shape), generator=generator), generator)
