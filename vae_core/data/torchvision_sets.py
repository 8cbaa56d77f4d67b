"""Data sets that torchvision downloads and reads, turned into arrays at once."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Int, UInt8

from vae_core.data.dataset import Dataset
from vae_core.data.downloads import open_or_download
from vae_core.data.source import Request

PARTS = {"train": (True,), "test": (False,), "all": (True, False)}


@dataclass(frozen=True)
class TorchvisionSet(ABC):
    """A set with a train and a test part of its own; what differs is how a part is opened and where its arrays are."""

    summary: str
    class_names: tuple[str, ...]
    offline: ClassVar[bool] = False

    @abstractmethod
    def open(self, root: Path, *, train: bool, download: bool) -> Any:
        """torchvision's object; it raises where the files are absent or damaged."""

    @abstractmethod
    def arrays(self, part: Any) -> tuple[UInt8[np.ndarray, "n channels height width"], Int[np.ndarray, "n"]]:
        """Its images, and its labels counted from 0."""

    def load(self, request: Request) -> Dataset:
        def read(root: Path, *, download: bool):
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
    """MNIST and what was made in its format: 28×28 grey images; ``origin`` is torchvision's name."""

    origin: str
    shape: ClassVar[tuple[int, int, int]] = (1, 28, 28)

    def open(self, root: Path, *, train: bool, download: bool):
        from torchvision import datasets

        return getattr(datasets, self.origin)(root, train=train, download=download)

    def arrays(self, part):
        return part.data.numpy()[:, None], part.targets.numpy()


@dataclass(frozen=True)
class EMNISTLetters(TorchvisionSet):
    """The 26 letters, upper and lower case under one label (Cohen et al. 2017, arXiv 1702.05373)."""

    shape: ClassVar[tuple[int, int, int]] = (1, 28, 28)

    def open(self, root: Path, *, train: bool, download: bool):
        from torchvision import datasets

        return datasets.EMNIST(root, split="letters", train=train, download=download)

    def arrays(self, part):
        # The files hold each image with rows and columns exchanged, and count the letters from 1.
        return part.data.numpy().transpose(0, 2, 1)[:, None], part.targets.numpy() - 1


@dataclass(frozen=True)
class SVHN(TorchvisionSet):
    """House numbers, cropped to one digit (Netzer et al. 2011); torchvision has already given the digit 0 the label 0."""

    shape: ClassVar[tuple[int, int, int]] = (3, 32, 32)

    def open(self, root: Path, *, train: bool, download: bool):
        from torchvision import datasets

        return datasets.SVHN(root, split="train" if train else "test", download=download)

    def arrays(self, part):
        return part.data, part.labels
