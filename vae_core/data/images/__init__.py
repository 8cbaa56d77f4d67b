"""Your own images: a folder, a zip, a .npy or a .npz becomes a ``Dataset``, whatever lies in it."""

import warnings
from pathlib import Path

import numpy as np

from vae_core.common.errors import BadInput
from vae_core.data.dataset import Dataset
from vae_core.data.images.arrays import load_arrays
from vae_core.data.images.listing import Entry, classes_from_folders, list_folder, list_zip
from vae_core.data.images.pictures import SIZES, Unreadable, decode_picture, with_channels
from vae_core.data.source import Progress, with_progress
from vae_core.data.untrusted.archives import open_zip
from vae_core.data.untrusted.limits import Limits

__all__ = ["SIZES", "Limits", "load_images"]


def load_images(
    path: str | Path,
    *,
    size: int | None = None,
    channels: int | None = None,
    limits: Limits | None = None,
    on_progress: Progress | None = None,
) -> Dataset:
    """The images at ``path`` as squares of 28, 32 or 64 pixels (64, or an array's own), in 1 or 3 channels (1 if all are grey).

    In a folder or zip the first folder in which the pictures differ names their class. What cannot be read is left out and
    listed in ``skipped``. Raises ``BadInput`` where nothing can be read or the limits are passed; they are checked first.
    """
    path, limits = Path(path).absolute(), limits or Limits()
    if size not in (None, *SIZES):
        raise BadInput(f"images can be {', '.join(map(str, SIZES))} pixels wide, got {size!r}")
    if channels not in (None, 1, 3):
        raise BadInput(f"images can have 1 channel or 3, got {channels!r}")
    suffix = path.suffix.lower()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow and NumPy warn of oddities in files; what matters of them ends in `skipped`
        if path.is_dir():
            return _pictures(list_folder(path, limits), path.name, size, channels, limits, on_progress)
        if suffix in (".npy", ".npz") and path.is_file():
            return load_arrays(path, size, channels, limits, on_progress)
        if suffix == ".zip" and path.is_file():
            with open_zip(path, limits) as archive:
                return _pictures(list_zip(archive, path.name, limits), path.name, size, channels, limits, on_progress)
    raise BadInput(f"{path} is no folder, .zip, .npy or .npz of images" + ("" if path.exists() else ": there is no such file"))


def _pictures(
    entries: list[Entry], name: str, size: int | None, channels: int | None, limits: Limits, on_progress: Progress | None
) -> Dataset:
    size = size or max(SIZES)
    images = np.empty((len(entries), size, size, 3), np.uint8)
    names, skipped = [], []
    for entry in with_progress(entries, on_progress):
        try:
            with entry.open() as file:
                images[len(names)] = decode_picture(file, size, limits)
            names.append(entry.name)
        except Unreadable as why:
            skipped.append(f"{entry.name}: {why}")
    if not names:
        raise BadInput(f"{name} holds no picture that can be read" + "".join(f"; {why}" for why in skipped[:3]))
    labels = classes_from_folders(names)
    class_names = tuple(sorted(set(labels or ())))
    return Dataset(
        name=name,
        images=with_channels(images[: len(names)], channels),
        labels=np.array([class_names.index(label) for label in labels]) if labels else None,
        class_names=class_names,
        skipped=tuple(skipped),
    )
