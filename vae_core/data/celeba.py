"""Faces of celebrities with 40 attributes each (Liu et al. 2015, arXiv 1411.7766)."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from vae_core.common.errors import DataMissing
from vae_core.data.dataset import Dataset, draw_rows
from vae_core.data.downloads import open_or_download
from vae_core.data.images.pictures import crop_to_square
from vae_core.data.source import Request, with_progress


@dataclass(frozen=True)
class CelebA:
    """The aligned pictures of 178×218, cropped to the central 178×178; the attributes are binary factors."""

    summary: str
    shape: tuple[int, int, int] = (3, 64, 64)
    offline: bool = False

    def load(self, request: Request) -> Dataset:
        """Load the images of ``request``; only the drawn ones are decoded. CelebA's validation part is in ``all`` alone."""

        def open_part(root: Path, *, download: bool) -> Any:
            from torchvision import datasets

            return datasets.CelebA(root, split=request.split, download=download)

        part = open_or_download(open_part, request)
        total = len(part.filename)
        index = draw_rows(request.n_images or total, total, seed=request.seed)
        folder = request.root / "celeba" / "img_align_celeba"
        size = self.shape[-1]
        images = np.empty((len(index), size, size, 3), np.uint8)
        for row, k in enumerate(with_progress(index, request.on_progress)):
            try:
                with Image.open(folder / part.filename[k]) as picture:
                    images[row] = np.asarray(crop_to_square(picture.convert("RGB"), size))
            except OSError as why:
                raise DataMissing(f"CelebA's picture {folder / part.filename[k]} cannot be read: {why}") from why
        names = tuple(filter(None, part.attr_names))  # the file's header ends in a space, which torchvision reads as a name
        return Dataset(
            name=request.name,
            images=np.ascontiguousarray(images.transpose(0, 3, 1, 2)),
            factors=part.attr.numpy()[index],
            factor_names=names,
            factor_sizes=(2,) * len(names),
            split=request.split,
        )
