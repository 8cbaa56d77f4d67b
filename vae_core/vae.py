"""The variational autoencoder as a torch module: encode, decode, forward."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from vae_core.config import TrainConfig
from vae_core.parts.condition import Condition, Conditioner
from vae_core.parts.forward import Forward
from vae_core.parts.networks import Shape
from vae_core.parts.posterior import Posterior
from vae_core.parts.priors import Density

Images = Float[Tensor, "batch channels height width"]
Codes = Float[Tensor, "batch latent"]


class VAE(nn.Module):
    """p(x|z) p(z) and q(z|x), composed from the recipes of a configuration; Kingma & Welling 2014 (arXiv 1312.6114).

    ``sizes`` are the numbers of values of each label that the model is conditioned on. Without a condition a conditional
    model works as if all labels were unknown.
    """

    def __init__(self, config: TrainConfig, shape: Shape, sizes: tuple[int, ...] = ()):
        super().__init__()
        self.likelihood = config.likelihood
        self.prior = config.prior
        self.deterministic = config.objective.deterministic
        self.free_bits = config.free_bits
        self.latent_dim = config.latent_dim
        inject, beta_range = config.conditional.inject, config.objective.beta_range
        self.conditioner = Conditioner(config.conditional, sizes, beta_range) if sizes or beta_range else None
        context = self.conditioner.width if self.conditioner else 0
        self.encoder, self.decoder = config.network.build(
            shape, config.latent_dim, context=context if inject == "concat" else 0
        )
        if self.conditioner:
            self.encoder.add_context(context, inject, shape)
            self.decoder.add_context(context, inject)
        self.likelihood_state = config.likelihood.parameters()
        self.prior_state = config.prior.parameters(config.latent_dim, shape)
        self.convolutional = config.network.convolutional
        if self.convolutional:
            self.to(memory_format=torch.channels_last)

    def reset(self, mean_image: Float[Tensor, "channels height width"], examples: Images) -> None:
        """Initialize the weights from torch's global generator, so that the first decoded image is ``mean_image``."""
        self.encoder.reset()
        # half a grey level away from 0 and 1, so that a pixel that is black in all images does not start at a logit of −∞
        self.decoder.reset(self.likelihood.inverse_mean(mean_image.clamp(0.5 / 255, 1 - 0.5 / 255)))
        self.prior.reset(self.prior_state, examples)

    def _context(self, condition: Condition | None, like: Tensor) -> Float[Tensor, "batch context"] | None:
        return self.conditioner(self.conditioner.to_vector(condition, len(like), like.device)) if self.conditioner else None

    def binarize_input(self, x: Images, generator: torch.Generator | None = None) -> Images:
        """Return the x that p(x|z) is a density of: binary draws of the grey values if the likelihood asks for them."""
        return self.likelihood.binarize_input(x, generator)

    def encode(self, x: Images, condition: Condition | None = None) -> Posterior:
        """Return q(z|x)."""
        if self.convolutional:
            x = x.contiguous(memory_format=torch.channels_last)
        return self.encoder(x, self._context(condition, x))

    def decode(self, z: Codes, condition: Condition | None = None, x: Images | None = None) -> Images:
        """Return the parameters of p(x|z), for ``likelihood.mean``. An autoregressive decoder needs x as well."""
        context = self._context(condition, z)
        return self.decoder(z, context, x) if self.decoder.autoregressive else self.decoder(z, context)

    def nll(self, params: Float[Tensor, "*sample batch channels height width"], x: Images) -> Float[Tensor, "*sample batch"]:
        """−log p(x|z) of a decoder's output, nats."""
        return self.likelihood.nll(params, x, self.likelihood_state)

    def distortion(self, x: Images, z: Codes, condition: Condition | None = None) -> Float[Tensor, "batch"]:
        """Return −log p(x|z), nats, for any decoder."""
        return self.nll(self.decode(z, condition, x), x)

    def density(self) -> Density:
        """Return p(z) with the current weights; pseudo-images of a VampPrior are encoded once per call."""
        return self.prior.density(self.prior_state, self.latent_dim, self.encode)

    def forward(self, x: Images, generator: torch.Generator | None = None, condition: Condition | None = None) -> Forward:
        """Encode, sample z, decode, and return all results."""
        x = self.binarize_input(x, generator)
        posterior = self.encode(x, condition)
        z = posterior.mean if self.deterministic else posterior.sample(generator)
        params = self.decode(z, condition, x)
        prior = self.density()
        kl = prior.kl(posterior, z)
        return Forward(x, posterior, z, params, self.nll(params, x), kl, prior, condition, self, generator)

    def generate(self, z: Codes, condition: Condition | None = None, generator: torch.Generator | None = None) -> Images:
        """Return images in [0, 1]: E[x|z]; from an autoregressive decoder, which has no such mean, one sample of p(x|z)."""
        if not self.decoder.autoregressive:
            return self.likelihood.mean(self.decode(z, condition))
        draw = lambda params: self.likelihood.sample(params, self.likelihood_state, generator)  # noqa: E731
        return self.decoder.generate(z, self._context(condition, z), draw).clamp(0, 1)

    def sample_prior(self, n: int, generator: torch.Generator) -> Float[Tensor, "n latent"]:
        """Draw n latent codes from the model's own prior."""
        return self.density().sample(n, generator)
