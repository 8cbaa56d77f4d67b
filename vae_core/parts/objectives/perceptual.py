"""Reconstruction error in the features of a trained network, for sharper images than errors in pixels give."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, cast

import torch
from jaxtyping import Float
from torch import Tensor, nn

from vae_core.common.errors import DataMissing
from vae_core.common.fields import option
from vae_core.data.dataset import Dataset
from vae_core.parts.classifier import train_classifier
from vae_core.parts.discriminators import feature_distance
from vae_core.parts.forward import Forward
from vae_core.parts.objectives.critic import Critic
from vae_core.parts.objectives.objective import Objective
from vae_core.parts.objectives.term import Term
from vae_core.parts.objectives.vae_gan import reconstruction_image

CLASSIFIERS = Path("checkpoints/classifiers")  # written by the classifier command
VGG_LAYERS = (3, 8, 15)  # relu1_2, relu2_2, relu3_3


@dataclass(frozen=True)
class Perceptual(Objective):
    """L = E[−log p(x|z)] + β KL + γ Σ_l ½ ‖φ_l(x) − φ_l(x̃)‖², φ fixed features; Hou et al. 2017 (arXiv 1610.00291).

    φ are the convolutions of a small classifier of the same data, or of VGG-16 (Simonyan & Zisserman 2015) where its
    weights are on this machine. The distance is not part of a density: the displayed ELBO is without it.
    """

    kl_weight: float = option(1.0, "weight β of the KL", low=0, live=True)
    feature_weight: float = option(100.0, "weight γ of the distance in features", low=0, live=True)
    feature_source: str = option("classifier", "a classifier of the data set, or VGG-16", choices=("classifier", "vgg16"))
    needs_mean: ClassVar[bool] = True

    def terms(self, forward: Forward, *, step: int, n_train: int) -> dict[str, Term]:
        return {
            "reconstruction": Term(1.0, forward.nll.mean()),
            "kl": Term(self.kl_weight, forward.rate, annealed=True),
        }

    def critic(self, latent_dim: int, dataset: Dataset) -> Critic:
        return FixedFeatures(
            self.feature_weight, vgg16_features() if self.feature_source == "vgg16" else classifier_features(dataset)
        )


class FixedFeatures(Critic):
    """Activations of a trained network with fixed weights."""

    learns: ClassVar[bool] = False

    def __init__(self, weight: float, network: nn.Sequential):
        super().__init__()
        self.weight = weight
        self.network = network.eval().requires_grad_(False)

    def update(self, objective: Perceptual) -> None:
        self.weight = objective.feature_weight

    def terms(self, forward: Forward) -> dict[str, Term]:
        with torch.no_grad():
            real = self.activations(forward.x)
        return {"features": Term(self.weight, feature_distance(self.activations(reconstruction_image(forward)), real))}

    def activations(self, x: Float[Tensor, "batch channels height width"]) -> list[Tensor]:
        """Return the activations after each ReLU of a convolution."""
        found = []
        for layer in self.network:
            x = layer(x)
            if isinstance(layer, nn.ReLU):
                found.append(x)
        return found


def classifier_features(dataset: Dataset) -> nn.Sequential:
    """Return the convolutions of a classifier of this data set: stored by the ``classifier`` command, or a new one."""
    network = train_classifier(dataset, cache=CLASSIFIERS if CLASSIFIERS.is_dir() else None).network
    layers = list(network.trunk)
    return nn.Sequential(*layers[: next(i for i, layer in enumerate(layers) if isinstance(layer, nn.Flatten))])


def vgg16_features() -> nn.Sequential:
    """Return torchvision's VGG-16 up to relu3_3, with the weights in torch's cache; nothing is downloaded here.

    Raises:
        DataMissing: The weights are not in the cache.
    """
    from torchvision.models import VGG16_Weights, vgg16

    weights = VGG16_Weights.IMAGENET1K_FEATURES
    file = Path(torch.hub.get_dir()) / "checkpoints" / Path(weights.url).name
    if not file.is_file():
        raise DataMissing(f"feature_source 'vgg16' needs {file}, a download from {weights.url}; 'classifier' needs none")
    network = vgg16(weights=weights)
    kept = cast(nn.Sequential, network.features)[: VGG_LAYERS[-1] + 1]
    for i, layer in enumerate(kept):
        if isinstance(layer, nn.ReLU):
            kept[i] = nn.ReLU(inplace=False) if i in VGG_LAYERS else nn.LeakyReLU(0.0)  # the same function, not a feature
    return nn.Sequential(Imagenet(), *kept)


class Imagenet(nn.Module):
    """Images in [0, 1] to three channels, standardized as in the training of VGG."""

    def forward(self, x: Float[Tensor, "batch channels height width"]) -> Float[Tensor, "batch 3 height width"]:
        mean, std = (torch.tensor(v, device=x.device).view(3, 1, 1) for v in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
        return (x.expand(-1, 3, -1, -1) - mean) / std
