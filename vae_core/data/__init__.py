"""Data sets: ``load_dataset`` takes a name of ``DATASETS`` or a path to your own images."""

import os
import string
from pathlib import Path

from vae_core.common.errors import BadInput
from vae_core.data.celeba import CelebA
from vae_core.data.dataset import Dataset, split_off
from vae_core.data.digits import Digits
from vae_core.data.images import Limits, load_images
from vae_core.data.olivetti import Olivetti
from vae_core.data.source import SPLITS, Progress, Request, Source, requested_part
from vae_core.data.sprites import SpriteGrid, Sprites
from vae_core.data.torchvision_sets import SVHN, EMNISTLetters, IdxSet

__all__ = ["DATASETS", "SPLITS", "Dataset", "Limits", "Source", "SpriteGrid", "load_dataset", "load_images", "split_off"]

DIGITS = tuple(string.digits)
CLOTHES = ("T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")
HIRAGANA = ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")

DATASETS: dict[str, Source] = {
    "sprites": Sprites("squares, ellipses and hearts with known factors, dSprites' grid drawn here"),
    "sprites32": Sprites("the sprites at half the size, for quick training", size=32, n_default=50_000),
    "sprites-colour": Sprites("the sprites with a hue as a further factor", colour=True),
    "digits": Digits("8×8 digits that come with scikit-learn"),
    "olivetti": Olivetti("400 faces of 40 people, AT&T Cambridge"),
    "mnist": IdxSet("70,000 handwritten digits", DIGITS, "MNIST"),
    "fashion-mnist": IdxSet("70,000 pieces of clothing from Zalando", CLOTHES, "FashionMNIST"),
    "kmnist": IdxSet("70,000 cursive hiragana from classical Japanese books", HIRAGANA, "KMNIST"),
    "emnist": EMNISTLetters("145,600 handwritten letters, both cases as one class", tuple(string.ascii_lowercase)),
    "svhn": SVHN("99,289 house numbers in colour, from street views", DIGITS),
    "celeba": CelebA("202,599 faces of celebrities with 40 attributes (its download needs gdown)"),
}


def load_dataset(
    name: str | Path,
    *,
    split: str = "train",
    root: str | Path | None = None,
    n_images: int | None = None,
    size: int | None = None,
    seed: int = 0,
    download: bool = False,
    limits: Limits | None = None,
    on_progress: Progress | None = None,
) -> Dataset:
    """Load a registered data set, or the images at a path (a folder, zip, npy or npz).

    Args:
        name: A name of ``DATASETS``, or a path.
        split: ``train``, ``test`` or ``all``: the official parts if there are any, else a tenth is held out, of every class.
        root: Folder of the downloads; by default $LATENT_EXPLORER_DATA, else data/.
        n_images: Size of a seeded subset; None takes all images, or the source's own number.
        size: Side in pixels, for your own images only.
        seed: Seed of the split and the subset.
        download: Whether to download files that are missing.
        limits: Limits on size and number, for your own images only.
        on_progress: Called with (done, total).

    Raises:
        DataMissing: The files are not on this machine, and ``download`` is false.
        BadInput: An unknown name, or images that cannot be read.
    """
    folder = os.path.expanduser(root or os.environ.get("LATENT_EXPLORER_DATA") or "data")
    request = Request(str(name), split, Path(folder), n_images, seed, download, on_progress)
    if source := DATASETS.get(request.name):
        if size not in (None, source.shape[-1]):
            raise BadInput(
                f"{name} has images of {source.shape[-1]}×{source.shape[-2]} pixels; only your own images take a size"
            )
        return source.load(request)
    path = os.path.expanduser(name)
    if not os.path.exists(path):
        raise BadInput(
            f"unknown dataset {str(name)!r}: choose from {', '.join(DATASETS)}, "
            "or give the path to a folder, .zip, .npy or .npz of images"
        )
    return requested_part(load_images(path, size=size, limits=limits, on_progress=on_progress), request)
