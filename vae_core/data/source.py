"""Sources of images: the request, the protocol, and helpers that they share."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from vae_core.common.errors import BadInput
from vae_core.data.dataset import Dataset, split_off

SPLITS = ("train", "test", "all")
Progress = Callable[[int, int], None]  # (done, total)
Item = TypeVar("Item")


@dataclass(frozen=True)
class Request:
    """Arguments of a source's ``load``; each source uses those that concern it.

    ``seed`` draws the split and the subset. It is separate from a model's seed: models of several seeds share their images.
    """

    name: str
    split: str = "train"
    root: Path = Path("data")
    n_images: int | None = None
    seed: int = 0
    download: bool = False
    on_progress: Progress | None = None

    def __post_init__(self) -> None:
        if self.split not in SPLITS:
            raise BadInput(f"unknown split {self.split!r}; choose from {', '.join(SPLITS)}")
        if self.n_images is not None and self.n_images < 1:
            raise BadInput(f"n_images must be at least 1 (or none, for the source's own number), got {self.n_images}")


class Source(Protocol):
    """An entry of ``DATASETS``."""

    @property
    def summary(self) -> str:
        """One-line description for users."""
        ...

    @property
    def offline(self) -> bool:
        """Whether it loads without any download."""
        ...

    @property
    def shape(self) -> tuple[int, int, int]:
        """(channels, height, width)"""
        ...

    def load(self, request: Request) -> Dataset:
        """Return the images of ``request.split``.

        Raises:
            DataMissing: They are not on this machine.
        """
        ...


def requested_part(dataset: Dataset, request: Request) -> Dataset:
    """Return the requested part of a data set without an official split: a seeded, stratified tenth is the test part."""
    if request.split != "all":
        train, test = split_off(dataset, seed=request.seed)
        dataset = train if request.split == "train" else test
    return dataset.subset(request.n_images, seed=request.seed)


def with_progress(items: Collection[Item], on_progress: Progress | None) -> Iterator[Item]:
    """Iterate over ``items``, and report (done, total) about a hundred times and at the end."""
    total = len(items)
    for done, item in enumerate(items, start=1):
        yield item
        if on_progress and (done == total or done % (total // 100 + 1) == 0):
            on_progress(done, total)
