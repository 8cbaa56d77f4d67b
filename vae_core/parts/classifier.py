"""A small classifier of the same data set, for scores of samples and for perceptual losses.

Inception's weights would be a download, and its features are not meaningful on 28×28 grey images.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from safetensors.torch import save_file
from torch import Tensor, nn

from vae_core.common.errors import BadInput
from vae_core.common.files import write_atomically
from vae_core.common.scaling import scale_array
from vae_core.common.seeds import derive_seed, rng
from vae_core.common.tensors import check_tensors, read_tensors
from vae_core.data.dataset import Dataset
from vae_core.parts.networks import Shape

N_FEATURES = 64
N_IMAGES = 20_000  # at most; a tenth of them is held out to measure the accuracy
BATCH = 128
CHUNK = 1024


class ClassifierNetwork(nn.Module):
    """Three strided convolutions, 64 features, and a linear head for each target."""

    centre: Tensor  # mean of the features over the training images
    width: Tensor  # their standard deviation

    def __init__(self, shape: Shape, sizes: tuple[int, ...]):
        super().__init__()
        self.sizes = sizes
        channels, height, width = shape
        grid = math.prod(-(-side // 8) for side in (height, width))
        self.trunk = nn.Sequential(
            nn.Conv2d(channels, 16, 5, 2, 2), nn.BatchNorm2d(16), nn.ReLU(),
            nn.Conv2d(16, 32, 3, 2, 1), nn.BatchNorm2d(32), nn.ReLU(),
            nn.Conv2d(32, 64, 3, 2, 1), nn.BatchNorm2d(64), nn.ReLU(),
            nn.Flatten(), nn.Linear(64 * grid, N_FEATURES), nn.ReLU(),
        )  # fmt: skip
        self.heads = nn.ModuleList(nn.Linear(N_FEATURES, size) for size in sizes)
        self.register_buffer("centre", torch.zeros(N_FEATURES))
        self.register_buffer("width", torch.ones(N_FEATURES))

    def forward(self, x: Float[Tensor, "n channels height width"]) -> Float[Tensor, "n features"]:
        """Return features in standard deviations of the data, so that distances have a unit."""
        return (self.trunk(x) - self.centre) / self.width


@dataclass(frozen=True)
class Classifier:
    """A trained network; images in as uint8 or as floats in [0, 1], arrays out."""

    network: ClassifierNetwork
    names: tuple[str, ...]  # of the targets
    accuracy: tuple[float, ...]  # of each target on held-out images

    @torch.inference_mode()
    def features(self, images: np.ndarray) -> Float[np.ndarray, "n features"]:
        """Return the last hidden layer of each image, in standard deviations of the training images."""
        parts = np.array_split(images, max(1, -(-len(images) // CHUNK)))
        return torch.cat([self.network(scale_array(part)) for part in parts]).numpy()

    @torch.inference_mode()
    def confidence(self, images: np.ndarray) -> Float[np.ndarray, "n"]:
        """Return the largest class probability of the first target for each image."""
        return self._logits(images).softmax(-1).amax(-1).numpy()

    @torch.inference_mode()
    def classes(self, images: np.ndarray) -> Int[np.ndarray, "n"]:
        """Return the most likely class of the first target for each image."""
        return self._logits(images).argmax(-1).numpy()

    def _logits(self, images: np.ndarray) -> Float[Tensor, "n classes"]:
        return self.network.heads[0](torch.from_numpy(self.features(images)))


def classifier_targets(dataset: Dataset) -> tuple[tuple[str, ...], Int[np.ndarray, "n targets"]] | None:
    """Return names and values of the classifier's targets, labels first, then factors; None for a data set with neither."""
    columns = {}
    if dataset.labels is not None:
        columns["class label"] = dataset.labels
    if dataset.factors is not None:
        factors = zip(dataset.factor_names, dataset.factors.T)
        columns |= {
            name: values for name, values in factors if dataset.labels is None or not np.array_equal(values, dataset.labels)
        }
    return (tuple(columns), np.stack(list(columns.values()), axis=1)) if columns else None


def train_classifier(dataset: Dataset, *, seed: int = 0, n_steps: int = 600, cache: Path | None = None) -> Classifier:
    """Train a classifier of the data set's labels and factors, or load it from ``cache``; deterministic in images and seed.

    All factors are targets, not only the class: features without the position would rate samples at a wrong position as good.

    Args:
        dataset: Images with labels, factors or both.
        seed: Seed of the rows, the initialization and the batches.
        n_steps: Optimizer steps.
        cache: Folder of trained classifiers; None trains anew.

    Raises:
        BadInput: The data set has no targets, or too few images.
    """
    found = classifier_targets(dataset)
    if found is None:
        raise BadInput(f"data set {dataset.name!r} has neither labels nor factors that a classifier could learn")
    names, targets = found
    rows = rng(seed, "classifier").permutation(len(dataset))[:N_IMAGES]
    images, targets = dataset.images[rows], targets[rows]
    sizes = tuple(int(t) + 1 for t in targets.max(axis=0))
    n_test = len(images) // 10
    if n_test == 0 or len(images) - n_test < 20:
        raise BadInput(f"a classifier needs at least 22 images to learn from, data set {dataset.name!r} has {len(images)}")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive_seed(seed, "classifier"))
        network = ClassifierNetwork(dataset.shape, sizes)
    # the key depends on all inputs that decide the weights
    key = derive_seed(seed, "classifier", dataset.name, dataset.split, int(images.sum(dtype=np.int64)), len(dataset), n_steps)
    file = None if cache is None else cache / f"classifier-{key:016x}.safetensors"
    if file is not None and file.is_file():
        weights = read_tensors(file)
        check_tensors(weights, network.state_dict(), file.name)
        network.load_state_dict(weights)
    else:
        fit_network(network, images[n_test:], targets[n_test:], seed=seed, n_steps=n_steps)
        if file is not None:
            write_atomically(file, lambda temporary: save_file(network.state_dict(), temporary))
    network.eval().requires_grad_(False)
    classifier = Classifier(network, names, ())
    with torch.inference_mode():
        features = torch.from_numpy(classifier.features(images[:n_test]))
        guesses = np.stack([head(features).argmax(-1).numpy() for head in network.heads], axis=1)
    return Classifier(network, names, tuple(float(a) for a in (guesses == targets[:n_test]).mean(axis=0)))


def fit_network(network: ClassifierNetwork, images: np.ndarray, targets: np.ndarray, *, seed: int, n_steps: int) -> None:
    """Minimize the cross-entropy relative to chance, summed over the targets, by Adam with a one-cycle learning rate."""
    optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=3e-3, total_steps=n_steps)
    y = torch.from_numpy(targets.astype(np.int64))
    draw = rng(seed, "classifier batches")
    for _ in range(n_steps):
        rows = draw.integers(len(images), size=min(BATCH, len(images)))
        features = network(scale_array(images[rows]))
        losses = [F.cross_entropy(head(features), y[rows, k]) for k, head in enumerate(network.heads)]
        relative = (value / math.log(max(2, size)) for value, size in zip(losses, network.sizes))
        loss = sum(relative, start=torch.zeros(()))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        schedule.step()
    standardize_features(network.eval(), images)


@torch.no_grad()
def standardize_features(network: ClassifierNetwork, images: np.ndarray) -> None:
    """Set the features' centre and width to those of the images, and adapt the heads so that their logits stay equal."""
    features = torch.cat([network(scale_array(part)) for part in np.array_split(images, -(-len(images) // CHUNK))])
    network.centre.copy_(features.mean(dim=0))
    width = features.std(dim=0)
    network.width.copy_(torch.where(width > 1e-4, width, 1.0))  # a feature that is constant on the data keeps its scale
    for head in cast(list[nn.Linear], list(network.heads)):
        head.bias.add_(head.weight @ network.centre)
        head.weight.mul_(network.width)
