"""The discriminator between real and generated images, for VAE-GAN and for the plain GAN."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

Images = Float[Tensor, "batch channels height width"]


class Discriminator(nn.Module):
    """Strided convolutions to a grid of at most 4×4 and one logit, every layer of spectral norm 1.

    Miyato et al. 2018 (arXiv 1802.05957): a bounded slope keeps the game stable without a penalty's second derivatives.
    """

    def __init__(self, shape: tuple[int, int, int], channels: int):
        super().__init__()
        inputs, height, width = shape
        layers, outputs = [], channels
        while min(height, width) > 4:
            layers += [spectral_norm(nn.Conv2d(inputs, outputs, 4, 2, 1)), nn.LeakyReLU(0.2)]
            inputs, outputs, height, width = outputs, min(2 * outputs, 8 * channels), height // 2, width // 2
        self.layers = nn.ModuleList(layers)
        self.logit = spectral_norm(nn.Linear(inputs * height * width, 1))

    def forward(self, x: Images) -> tuple[Float[Tensor, "batch"], list[Tensor]]:
        """(logit of *real*, the activations on the way)."""
        features, h = [], 2 * x - 1
        for layer in self.layers:
            h = layer(h)
            if isinstance(layer, nn.LeakyReLU):
                features.append(h)
        return self.logit(h.flatten(1)).squeeze(1), features


def hinge_loss(real: Float[Tensor, "n"], fake: Float[Tensor, "m"]) -> Float[Tensor, ""]:
    """The discriminator's loss E[max(0, 1 − D(x))] + E[max(0, 1 + D(x̃))]; Lim & Ye 2017 (arXiv 1705.02894)."""
    return F.relu(1 - real).mean() + F.relu(1 + fake).mean()


def adversarial_adam(module: nn.Module, learning_rate: float) -> torch.optim.Optimizer:
    """Return Adam with β₁ = 0.5, as usual for GANs: less momentum, because the loss changes with the opponent."""
    return torch.optim.Adam(module.parameters(), lr=learning_rate, betas=(0.5, 0.99), fused=True)


def feature_distance(a: list[Tensor], b: list[Tensor]) -> Float[Tensor, ""]:
    """Σ_layers mean over positions of ½ ‖a − b‖² over channels, mean over the batch: no unit of information."""
    distances = (0.5 * ((p - q) ** 2).sum(1).mean() for p, q in zip(a, b))
    return sum(distances, start=torch.zeros(()))
