"""VAE-GAN: reconstruction error in a discriminator's features, and an adversarial term."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.common.fields import option
from vae_core.data.dataset import Dataset
from vae_core.parts.discriminators import Discriminator, adversarial_adam, feature_distance, hinge_loss
from vae_core.parts.forward import Forward
from vae_core.parts.objectives.critic import Critic
from vae_core.parts.objectives.info import require_generator
from vae_core.parts.objectives.objective import Objective
from vae_core.parts.objectives.term import Term


@dataclass(frozen=True)
class VAEGAN(Objective):
    """L = β KL + γ D_features(x, x̃) + π E[−log p(x|z)] − w E[D(x̃_p)]; Larsen et al. 2016 (arXiv 1512.09300).

    The discriminator D sees data, reconstructions x̃ and decoded samples x̃_p of the prior. Its features measure the
    reconstruction, for encoder and decoder; its logit trains the decoder alone, through x̃_p. With a hinge loss and spectral
    norm for stability. This loss is not a bound on log p(x); the displayed ELBO is measured separately on the same model.
    """

    needs_mean: ClassVar[bool] = True
    kl_weight: float = option(1.0, "weight β of the KL", low=0, live=True)
    feature_weight: float = option(200.0, "weight γ of the distance in the discriminator's features", low=0, live=True)
    pixel_weight: float = option(0.2, "weight π of −log p(x|z); the published objective has none", low=0, live=True)
    adversarial_weight: float = option(10.0, "weight w of the discriminator's logit", low=0, live=True)
    critic_channels: int = option(32, "channels of the discriminator's first layer", low=1, high=256)
    critic_rate: float = option(4e-4, "the discriminator's learning rate", above=0, high=1)

    def terms(self, forward: Forward, *, step: int, n_train: int) -> dict[str, Term]:
        return {
            "reconstruction": Term(self.pixel_weight, forward.nll.mean()),
            "kl": Term(self.kl_weight, forward.rate, annealed=True),
        }

    def critic(self, latent_dim: int, dataset: Dataset) -> Critic:
        return ImageCritic(self, dataset.shape)


class ImageCritic(Critic):
    """D of ``VAEGAN``. It is trained on the images of ``terms``, detached."""

    def __init__(self, recipe: VAEGAN, shape: tuple[int, int, int]):
        super().__init__()
        self.recipe = recipe
        self.discriminator = Discriminator(shape, recipe.critic_channels)

    def update(self, objective: VAEGAN) -> None:
        self.recipe = objective

    def terms(self, forward: Forward) -> dict[str, Term]:
        _, real = self.discriminator(forward.x)
        _, features = self.discriminator(reconstruction_image(forward))
        logit, _ = self.discriminator(prior_images(forward))
        return {
            "features": Term(self.recipe.feature_weight, feature_distance(features, [f.detach() for f in real])),
            "adversarial": Term(self.recipe.adversarial_weight, -logit.mean()),
        }

    def loss(
        self, forward: Forward, second: Float[Tensor, "batch latent"] | None, generator: torch.Generator
    ) -> Float[Tensor, ""]:
        with torch.no_grad():
            fake = torch.cat([reconstruction_image(forward), prior_images(forward)])
        real, _ = self.discriminator(forward.x)
        fake, _ = self.discriminator(fake)
        return hinge_loss(real, fake)

    def optimizer(self) -> torch.optim.Optimizer:
        return adversarial_adam(self, self.recipe.critic_rate)


def reconstruction_image(forward: Forward) -> Float[Tensor, "batch channels height width"]:
    """Return the reconstruction E[x|z] as an image."""
    return forward.model.likelihood.mean(forward.params)


def prior_images(forward: Forward) -> Float[Tensor, "batch channels height width"]:
    """Return images of as many codes of the model's own prior, with the batch's own labels."""
    model = forward.model
    codes = forward.prior.sample(len(forward.z), require_generator(forward))
    return model.likelihood.mean(model.decode(codes, forward.condition))
