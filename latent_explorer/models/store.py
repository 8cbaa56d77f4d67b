"""Old functions by name; to be deleted once no page calls them."""

from latent_explorer import home
from latent_explorer.background.shared import evaluations, warm_worker  # noqa: F401
from latent_explorer.models import opening
from latent_explorer.models.caches import on_thread, training_images  # noqa: F401
from latent_explorer.models.caches import shared as drawn  # noqa: F401
from latent_explorer.models.library import path_of as checkpoint_path  # noqa: F401
from latent_explorer.models.opening import names as model_names  # noqa: F401
from latent_explorer.models.picker import favourite_of as first_of  # noqa: F401
from latent_explorer.training.datasets import trainable_datasets  # noqa: F401

CHECKPOINTS = home.checkpoints()


def load_model(name):
    return opening.open(name).trained


def load_atlas(name):
    return opening.open(name).atlas


def stamp_of(name):
    return opening.open(name).files.stamp


def decode(name, z, labels=None, *, beta=None):
    return opening.open(name).decode(z, labels, beta=beta)


def encode(name, images, labels=None, *, beta=None):
    return opening.open(name).encode(images, labels, beta=beta)


def samples(name, n, seed, *, beta=None):
    return opening.open(name).samples(n, seed, beta=beta)


def load_images(name, split="train"):
    return opening.open(name).images(split)


def images_or_none(name, split="train"):
    return opening.open(name).images_or_none(split)
