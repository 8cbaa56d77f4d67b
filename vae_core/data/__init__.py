"""Images and where they come from: ``load_dataset`` takes a name of ``DATASETS`` or a path to your own."""

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
    """A registered data set, or the images at a path (a folder, zip, npy or npz).

    ``split`` is train, test or all: the official parts where there are such, else a tenth is held out by ``seed``, of every
    class alike. ``n_images`` takes a seeded subset. ``root`` is where downloads lie: else $LATENT_EXPLORER_DATA, else data/.
    ``size`` and ``limits`` are for images of your own; a registered set has its size.
    """
    folder = os.path.expanduser(root or os.environ.get("LATENT_EXPLORER_DATA") or "data")
    request = Request(str(name), split, Path(folder), n_images, seed, download, on_progress)
    if source := DATASETS.get(request.name):
        if size not in (None, source.shape[-1]):
            raise BadInput(f"{name} comes in {source.shape[-1]}×{source.shape[-2]} pixels; a size is for images of your own")
        return source.load(request)
    path = os.path.expanduser(name)
    if not os.path.exists(path):
        raise BadInput(
            f"unknown dataset {str(name)!r}: choose from {', '.join(DATASETS)}, "
            "or give the path to a folder, .zip, .npy or .npz of images"
        )
    return requested_part(load_images(path, size=size, limits=limits, on_progress=on_progress), request)
