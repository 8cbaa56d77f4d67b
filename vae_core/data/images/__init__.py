"""Your own images: a folder, a zip, a .npy or a .npz becomes a ``Dataset``; unreadable files are skipped."""

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
    """Load the images at ``path`` as squares.

    In a folder or zip, the first folder level in which the images differ names their class. Files that cannot be read are
    left out and listed in ``skipped``.

    Args:
        path: A folder, .zip, .npy or .npz.
        size: Side in pixels, 28, 32 or 64; by default 64, or an array's own.
        channels: 1 or 3; by default 1 if all images are grey.
        limits: Limits on size and number, checked before anything is decoded.
        on_progress: Called with (done, total).

    Raises:
        BadInput: Nothing can be read, or the limits are exceeded.
    """
    path, limits = Path(path).absolute(), limits or Limits()
    if size not in (None, *SIZES):
        raise BadInput(f"images can be {', '.join(map(str, SIZES))} pixels wide, got {size!r}")
    if channels not in (None, 1, 3):
        raise BadInput(f"images can have 1 channel or 3, got {channels!r}")
    suffix = path.suffix.lower()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow and NumPy warn about unusual files; those that fail are in `skipped`
        if path.is_dir():
            return _pictures(list_folder(path, limits), path.name, size, channels, limits, on_progress)
        if suffix in (".npy", ".npz") and path.is_file():
            return load_arrays(path, size, channels, limits, on_progress)
        if suffix == ".zip" and path.is_file():
            with open_zip(path, limits) as archive:
                return _pictures(list_zip(archive, path.name, limits), path.name, size, channels, limits, on_progress)
    raise BadInput(
        f"{path} is not a folder, .zip, .npy or .npz of images" + ("" if path.exists() else ": there is no such file")
    )


def _pictures(
    entries: list[Entry], name: str, size: int | None, channels: int | None, limits: Limits, on_progress: Progress | None
) -> Dataset:
    """Decode the entries; a picture that cannot be read is skipped."""
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
