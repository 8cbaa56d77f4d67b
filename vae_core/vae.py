"""The model: encode, decode, forward."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from vae_core.config import TrainConfig
from vae_core.forward import Forward
from vae_core.networks import Shape
from vae_core.posterior import Posterior


class VAE(nn.Module):
    """p(x|z) p(z) and q(z|x), put together from the recipes of a configuration; Kingma & Welling 2014 (arXiv 1312.6114)."""

    def __init__(self, config: TrainConfig, shape: Shape):
        super().__init__()
        self.likelihood = config.likelihood
        self.prior = config.prior
        self.deterministic = config.objective.deterministic
        self.latent_dim = config.latent_dim
        self.encoder, self.decoder = config.network.build(shape, config.latent_dim)
        self.likelihood_state = config.likelihood.learned()
        self.prior_state = config.prior.learned(config.latent_dim, shape)
        self.convolutional = config.network.convolutional
        if self.convolutional:
            self.to(memory_format=torch.channels_last)

    def reset(self, mean_image: Float[Tensor, "channels height width"]) -> None:
        """The initial conditions, drawn from torch's generator: the first decoded image is ``mean_image``."""
        self.encoder.reset()
        # half a grey level away from 0 and 1: a pixel that is black in all images must not start at a logit of −∞
        self.decoder.reset(self.likelihood.raw(mean_image.clamp(0.5 / 255, 1 - 0.5 / 255)))

    def encode(self, x: Float[Tensor, "batch channels height width"]) -> Posterior:
        if self.convolutional:
            x = x.contiguous(memory_format=torch.channels_last)
        return self.encoder(x)

    def decode(self, z: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch channels height width"]:
        """Parameters of p(x|z); ``likelihood.mean`` makes the image of them."""
        return self.decoder(z)

    def nll(
        self, params: Float[Tensor, "*sample batch channels height width"], x: Float[Tensor, "batch channels height width"]
    ) -> Float[Tensor, "*sample batch"]:
        """−log p(x|z), nats."""
        return self.likelihood.nll(params, x, self.likelihood_state)

    def forward(self, x: Float[Tensor, "batch channels height width"], generator: torch.Generator | None = None) -> Forward:
        posterior = self.encode(x)
        z = posterior.mean if self.deterministic else posterior.sample(generator)
        params = self.decode(z)
        kl = self.prior.kl(posterior, z, self.prior_state)
        return Forward(x, posterior, z, params, self.nll(params, x), kl)

    def sample_prior(self, n: int, generator: torch.Generator) -> Float[Tensor, "n latent"]:
        """n codes from the model's own prior."""
        return self.prior.sample(n, self.latent_dim, self.prior_state, generator)
