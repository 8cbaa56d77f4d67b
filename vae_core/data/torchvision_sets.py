"""Data sets that torchvision downloads and reads, converted to arrays."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int, UInt8

from vae_core.data.dataset import Dataset
from vae_core.data.downloads import open_or_download
from vae_core.data.source import Request

PARTS = {"train": (True,), "test": (False,), "all": (True, False)}


@dataclass(frozen=True)
class TorchvisionSet(ABC):
    """A data set with official train and test parts; subclasses open a part and extract its arrays."""

    summary: str
    class_names: tuple[str, ...]

    @property
    def offline(self) -> bool:
        return False

    @property
    @abstractmethod
    def shape(self) -> tuple[int, int, int]:
        """(channels, height, width)"""

    @abstractmethod
    def open(self, root: Path, *, train: bool, download: bool) -> Any:
        """Return torchvision's data set object; it raises if the files are missing or damaged."""

    @abstractmethod
    def arrays(self, part: Any) -> tuple[UInt8[np.ndarray, "n channels height width"], Int[np.ndarray, "n"]]:
        """Return its images, and its labels counted from 0."""

    def load(self, request: Request) -> Dataset:
        """Load the images of ``request``."""

        def read(root: Path, *, download: bool) -> list[tuple[np.ndarray, np.ndarray]]:
            return [self.arrays(self.open(root, train=train, download=download)) for train in PARTS[request.split]]

        images, labels = zip(*open_or_download(read, request))
        dataset = Dataset(
            name=request.name,
            images=np.ascontiguousarray(np.concatenate(images)),
            labels=np.concatenate(labels),
            class_names=self.class_names,
            split=request.split,
        )
        return dataset.subset(request.n_images, seed=request.seed)


@dataclass(frozen=True)
class IdxSet(TorchvisionSet):
    """MNIST and data sets in its format: 28×28 grey images; ``origin`` is torchvision's name."""

    origin: str

    @property
    def shape(self) -> tuple[int, int, int]:
        return 1, 28, 28

    def open(self, root: Path, *, train: bool, download: bool) -> Any:
        from torchvision import datasets

        return getattr(datasets, self.origin)(root, train=train, download=download)

    def arrays(self, part: Any) -> tuple[UInt8[np.ndarray, "n channels height width"], Int[np.ndarray, "n"]]:
        return part.data.numpy()[:, None], part.targets.numpy()


@dataclass(frozen=True)
class EMNISTLetters(TorchvisionSet):
    """The 26 letters, upper and lower case under one label (Cohen et al. 2017, arXiv 1702.05373)."""

    @property
    def shape(self) -> tuple[int, int, int]:
        return 1, 28, 28

    def open(self, root: Path, *, train: bool, download: bool) -> Any:
        from torchvision import datasets

        return datasets.EMNIST(root, split="letters", train=train, download=download)

    def arrays(self, part: Any) -> tuple[UInt8[np.ndarray, "n channels height width"], Int[np.ndarray, "n"]]:
        # The files hold each image with rows and columns exchanged, and count the letters from 1.
        return part.data.numpy().transpose(0, 2, 1)[:, None], part.targets.numpy() - 1


@dataclass(frozen=True)
class SVHN(TorchvisionSet):
    """House numbers, cropped to one digit (Netzer et al. 2011); torchvision has already given the digit 0 the label 0."""

    @property
    def shape(self) -> tuple[int, int, int]:
        return 3, 32, 32

    def open(self, root: Path, *, train: bool, download: bool) -> Any:
        from torchvision import datasets

        return datasets.SVHN(root, split="train" if train else "test", download=download)

    def arrays(self, part: Any) -> tuple[UInt8[np.ndarray, "n channels height width"], Int[np.ndarray, "n"]]:
        return part.data, part.labels
