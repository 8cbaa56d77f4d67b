"""How models and parts are called on screen."""

from vae_core.checkpoints.trained_vae import TrainedVAE
from vae_core.config import PARTS, TrainConfig

TITLES = {
    "ae": "Autoencoder",
    "vae": "VAE",
    "beta-vae": "β-VAE",
    "mlp": "fully connected",
    "conv": "convolutional",
    "burgess": "Burgess 64×64",
    "patch": "patches",
    "pixelcnn": "autoregressive (PixelCNN)",
    "capacity": "β-VAE with a capacity",
    "iwae": "IWAE",
    "factor-vae": "FactorVAE",
    "beta-tcvae": "β-TCVAE",
    "dip-vae-1": "DIP-VAE I",
    "dip-vae-2": "DIP-VAE II",
    "info-vae": "InfoVAE (MMD)",
    "multi-rate": "Multi-rate VAE",
    "vae-gan": "VAE-GAN",
    "perceptual": "Perceptual VAE",
    "bernoulli": "Bernoulli",
    "continuous-bernoulli": "continuous Bernoulli",
    "gaussian": "Gaussian",
    "laplace": "Laplace",
    "discretized-logistic": "discretized logistic",
    "standard-normal": "standard normal",
    "mixture": "mixture of Gaussians",
    "vamp": "VampPrior",
    "flow": "normalizing flow",
    "labels": "on the class",
    "factors": "on the known factors",
}


def name_of(part: str, recipe) -> str:
    """The registered name of a recipe."""
    return next(name for name, cls in PARTS[part].items() if cls is type(recipe))


def title(name: str) -> str:
    return TITLES.get(name, name)


def objective(config: TrainConfig) -> str:
    """E.g. ``β-VAE, beta = 4``."""
    fields = ", ".join(f"{k} = {v:g}" for k, v in vars(config.objective).items() if isinstance(v, int | float))
    name = title(name_of("objective", config.objective))
    return f"{name}, {fields}" if fields else name


def summary(model: TrainedVAE) -> str:
    """One line: objective, units, network, data, steps, seed."""
    units = f"{model.latent_dim} unit" + "s" * (model.latent_dim != 1)
    network = title(name_of("network", model.config.network))
    return (
        f"{objective(model.config)} · {units} · {network} · {model.about.n_train:,} images of {model.about.dataset} · "
        f"{model.step:,} steps · seed {model.config.seed}"
    )


def captioned(name: str, model: TrainedVAE) -> str:
    """What stands under every decoded image: which model, at which step."""
    return f"{name}, step {model.step:,}"


def nats(value: float, digits: int = 1) -> str:
    """A number with a real minus sign."""
    return f"{value:.{digits}f}".replace("-", "−")


def unit(index: int) -> str:
    """The name of a latent unit on screen, counted from 1 as the canvas does."""
    return f"z{index + 1}"


def recipe(config: TrainConfig, about: dict) -> str:
    """One line on what a run trains, and what it is a duplicate of."""
    units = f"{config.latent_dim} unit" + "s" * (config.latent_dim != 1)
    network = title(name_of("network", config.network))
    text = f"**{config.dataset}** · {objective(config)} · {units} · {network} · seed {config.seed}"
    return text + (f" · duplicate with {about['changed']}" if about.get("changed") else "")
