"""8×8 digits that come with scikit-learn (UCI Optical Recognition of Handwritten Digits, its test part)."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from vae_core.data.dataset import Dataset
from vae_core.data.source import Request, requested_part


@dataclass(frozen=True)
class Digits:
    """1,797 digits in 17 grey levels, 0 … 16, here scaled to 0 … 255."""

    summary: str
    shape: tuple[int, int, int] = (1, 8, 8)
    offline: bool = True

    def load(self, request: Request) -> Dataset:
        """Load the digits of ``request``."""
        from sklearn.datasets import load_digits

        digits: Any = load_digits()
        images = np.rint(digits.images * (255 / 16)).astype(np.uint8)[:, None]
        dataset = Dataset(request.name, images, labels=digits.target, class_names=tuple(map(str, range(10))))
        return requested_part(dataset, request)
