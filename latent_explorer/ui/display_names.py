"""Names and one-line descriptions of models, runs and parts, as the pages show them."""

from typing import Protocol

from vae_core.checkpoints.trained_vae import About
from vae_core.common.fields import name_of
from vae_core.config import PARTS, TrainConfig


class NamedModel(Protocol):
    """The properties of an opened model that its descriptions need."""

    name: str

    @property
    def config(self) -> TrainConfig: ...
    @property
    def about(self) -> About: ...
    @property
    def step(self) -> int: ...
    @property
    def latent_dim(self) -> int: ...


PART_TITLES = {
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


def registered_name(part: str, choice: object) -> str:
    """Return the name under which the class of ``choice`` is registered.

    >>> from vae_core.parts.objectives import BetaVAE
    >>> registered_name("objective", BetaVAE(beta=4))
    'beta-vae'
    """
    return name_of(choice, PARTS[part])


def part_title(name: str) -> str:
    """Return a part's title, or its registered name if it has none."""
    return PART_TITLES.get(name, name)


def objective_text(config: TrainConfig) -> str:
    """Return the objective and its settings, such as ``β-VAE, beta = 4``."""
    fields = ", ".join(f"{k} = {v:g}" for k, v in vars(config.objective).items() if isinstance(v, int | float))
    title = part_title(registered_name("objective", config.objective))
    return f"{title}, {fields}" if fields else title


def units_text(latent_dim: int) -> str:
    """Return the number of latent units in words: ``1 unit``, ``2 units``."""
    return f"{latent_dim} unit" + "s" * (latent_dim != 1)


def network_text(config: TrainConfig) -> str:
    """Return the network's title."""
    return part_title(registered_name("network", config.network))


def model_summary(model: NamedModel) -> str:
    """Return one line: objective, units, network, data, steps, seed."""
    return (
        f"{objective_text(model.config)} · {units_text(model.latent_dim)} · {network_text(model.config)} · "
        f"{model.about.n_train:,} images of {model.about.dataset} · {model.step:,} steps · seed {model.config.seed}"
    )


def model_caption(model: NamedModel) -> str:
    """Return the caption below every decoded image: the model and its step."""
    return f"{model.name}, step {model.step:,}"


def run_summary(config: TrainConfig, changed: str = "") -> str:
    """Return one line on what a run trains; ``changed`` is the field in which a duplicate differs from its parent."""
    text = (
        f"**{config.dataset}** · {objective_text(config)} · {units_text(config.latent_dim)} · {network_text(config)} · "
        f"seed {config.seed}"
    )
    return text + (f" · duplicate with {changed}" if changed else "")


def number_text(value: float, digits: int = 1) -> str:
    """Return a number with a typographic minus sign."""
    return f"{value:.{digits}f}".replace("-", "−")


def unit_name(index: int) -> str:
    """Return the name of a latent unit on screen, counted from 1 as in the canvas."""
    return f"z{index + 1}"


def setting_name(name: str) -> str:
    """Return a setting's name on screen.

    >>> setting_name("objective.beta"), setting_name("objective.alpha"), setting_name("learning_rate")
    ('β', 'alpha', 'learning rate')
    """
    return "β" if name == "objective.beta" else name.removeprefix("objective.").replace("_", " ")
