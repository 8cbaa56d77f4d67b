"""The Olivetti faces (AT&T Laboratories Cambridge, 1992–1994), as scikit-learn fetches them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vae_core.data.dataset import Dataset
from vae_core.data.downloads import open_or_download
from vae_core.data.source import Request, requested_part


@dataclass(frozen=True)
class Olivetti:
    """400 faces: 40 people, 10 pictures each."""

    summary: str
    shape: tuple[int, int, int] = (1, 64, 64)
    offline: bool = False

    def load(self, request: Request) -> Dataset:
        """Load the faces of ``request``."""
        faces: Any = open_or_download(self._open, request)
        images = np.rint(faces.images * 255).astype(np.uint8)[:, None]
        names = tuple(f"person {k + 1}" for k in range(faces.target.max() + 1))
        return requested_part(Dataset(request.name, images, labels=faces.target, class_names=names), request)

    def _open(self, root: Path, *, download: bool) -> Any:
        """Open scikit-learn's file, the only pickle read here: it lies in the data folder and is never an upload."""
        from sklearn.datasets import fetch_olivetti_faces

        if not download and not root.is_dir():
            raise FileNotFoundError(root)  # scikit-learn would create the folder
        return fetch_olivetti_faces(data_home=root, download_if_missing=download, n_retries=1)
