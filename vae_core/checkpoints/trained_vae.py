"""A trained model on disk and in memory: safetensors and JSON, NumPy at the border."""

import json
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Int
from safetensors.torch import save_file
from torch import Tensor

from vae_core.common.devices import describe_device
from vae_core.common.errors import BadInput
from vae_core.common.files import read_json, write_folder
from vae_core.common.scaling import scale_array
from vae_core.common.seeds import derive_seed
from vae_core.common.tensors import check_tensors, read_tensors
from vae_core.config import TrainConfig
from vae_core.data.dataset import Dataset
from vae_core.parts.condition import UNKNOWN, Condition
from vae_core.parts.networks import Shape
from vae_core.vae import VAE

Labels = int | Sequence | np.ndarray  # one for all images, one per image, or a row of several per image
FORMAT = 1
MAX_SIDE = 256  # pixels; also bounds what a hostile config.json can make us allocate
CHUNK = 1024  # images through a network at once: bounds memory, and is large enough for full speed


@dataclass(frozen=True)
class About:
    """Where a model comes from: what its card and its caption say."""

    dataset: str
    split: str
    n_train: int
    measured_on: str  # the split that the history's measured curve is of
    class_names: tuple[str, ...]
    factor_names: tuple[str, ...]
    factor_sizes: tuple[int, ...]
    device: str
    seconds: float
    torch: str
    python: str


def chunk_slices(n: int) -> list[slice]:
    """0 … n in parts that go through a network at once."""
    return [slice(start, start + CHUNK) for start in range(0, n, CHUNK)]


def provenance(config: TrainConfig, dataset: Dataset, device: torch.device, seconds: float, measured_on: str) -> About:
    return About(
        dataset=dataset.name,
        split=dataset.split,
        n_train=len(dataset),
        measured_on=measured_on,
        class_names=tuple(dataset.class_names),
        factor_names=tuple(dataset.factor_names),
        factor_sizes=tuple(dataset.factor_sizes),
        device=describe_device(device),
        seconds=round(seconds, 1),
        torch=torch.__version__,
        python=platform.python_version(),
    )


class TrainedVAE:
    """A model that is not trained any further: images and codes as NumPy arrays in, NumPy arrays out."""

    def __init__(self, config: TrainConfig, vae: VAE, shape: Shape, *, step: int, history: list[dict], about: About):
        self.config, self.vae, self.shape = config, vae.eval(), tuple(shape)
        self.step, self.history, self.about = step, history, about

    @property
    def latent_dim(self) -> int:
        return self.config.latent_dim

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many values each label has that the model is conditioned on; empty for an unconditional model."""
        return self.config.conditional.sizes(len(self.about.class_names), self.about.factor_sizes)

    @property
    def beta_range(self) -> tuple[float, float] | None:
        """The β that the model can be asked for; None for a model of one β."""
        return self.config.objective.beta_range

    @torch.inference_mode()
    def encode(
        self, images: np.ndarray, labels: Labels | None = None, *, beta: float | None = None
    ) -> tuple[Float[np.ndarray, "n latent"], Float[np.ndarray, "n latent"]]:
        """(mean, std) of q(z|x); images (N, C, H, W) as uint8, or as floats in [0, 1].

        A conditional model takes labels (one for all, or one per image; or a blend: floats, a weight for each value of each
        label), a multi-rate model a β; without, it works as with the label unknown, and as for β = 1.
        """
        x = self._tensor(images)
        condition = self._condition(len(x), labels, beta)
        parts = [self.vae.encode(x[rows], condition and condition.rows(rows)) for rows in chunk_slices(len(x))]
        return tuple(torch.cat([getattr(p, what) for p in parts]).numpy() for what in ("mean", "std"))

    @torch.inference_mode()
    def decode(
        self, z: np.ndarray, labels: Labels | None = None, *, beta: float | None = None, seed: int = 0
    ) -> Float[np.ndarray, "n channels height width"]:
        """E[x|z] in [0, 1] for codes (N, D); from an autoregressive decoder one sample of p(x|z), decided by ``seed``."""
        z = np.atleast_2d(np.asarray(z, dtype=np.float32))
        if z.ndim != 2 or z.shape[1] != self.latent_dim:
            raise BadInput(f"codes must be of shape (n, {self.latent_dim}), got {z.shape}")
        codes, generator = torch.from_numpy(z), torch.Generator().manual_seed(derive_seed(seed, "pixels"))
        condition = self._condition(len(z), labels, beta)
        parts = [self.vae.generate(codes[rows], condition and condition.rows(rows), generator) for rows in chunk_slices(len(z))]
        return torch.cat(parts).contiguous().numpy()

    @torch.inference_mode()
    def sample_codes(self, n: int, seed: int) -> Float[np.ndarray, "n latent"]:
        """n codes from the model's own prior."""
        return self.vae.sample_prior(n, torch.Generator().manual_seed(derive_seed(seed, "prior"))).numpy()

    def sample(
        self, n: int, seed: int, labels: Labels | None = None, *, beta: float | None = None
    ) -> Float[np.ndarray, "n channels height width"]:
        """n images: codes from the model's own prior, decoded as by ``decode``."""
        return self.decode(self.sample_codes(n, seed), labels, beta=beta, seed=seed)

    def condition(self, dataset: Dataset, *, beta: float | None = None) -> Condition | None:
        """What the model is told of a data set's images."""
        return self._condition(len(dataset), self.config.conditional.labels(dataset), beta)

    def _condition(self, n: int, labels: Labels | None, beta: float | None) -> Condition | None:
        """The condition of n images, checked against what the model was trained with."""
        blend = None
        if labels is not None:
            if not self.sizes:
                raise BadInput("this model is not conditioned on labels; train one with --conditional labels")
            labels = np.asarray(labels)
            if labels.dtype.kind == "f":
                labels, blend = None, self._blend(labels, n)
            else:
                labels = self._labels(labels.astype(np.int64), n)
        if beta is not None:
            if self.beta_range is None:
                raise BadInput("this model has one β; train one for all with --objective multi-rate")
            low, high = self.beta_range
            if not low <= beta <= high:
                raise BadInput(f"β must lie between {low:g} and {high:g}, the range that was trained; got {beta:g}")
        return None if labels is None and blend is None and beta is None else Condition(labels, beta, blend)

    def _labels(self, labels: np.ndarray, n: int) -> Int[Tensor, "n properties"]:
        labels = labels[:, None] if labels.ndim == 1 else labels
        if labels.ndim and labels.shape not in ((n, len(self.sizes)), (1, len(self.sizes))):
            raise BadInput(f"labels must be of shape ({n}, {len(self.sizes)}), got {labels.shape}")
        labels = np.broadcast_to(labels, (n, len(self.sizes)))
        if (labels < UNKNOWN).any() or (labels >= np.array(self.sizes)).any():
            allowed = " and ".join(f"0 to {size - 1}" for size in self.sizes)
            raise BadInput(f"labels must be {allowed}, or {UNKNOWN} for unknown; got {labels.min()} to {labels.max()}")
        return torch.from_numpy(labels.copy())

    def _blend(self, weights: np.ndarray, n: int) -> Float[Tensor, "n values"]:
        width = sum(self.sizes)
        weights = weights[None] if weights.ndim == 1 else weights
        if weights.shape not in ((n, width), (1, width)):
            raise BadInput(f"a blend of labels must be of shape ({n}, {width}), a weight for each value; got {weights.shape}")
        if not ((weights >= 0) & (weights <= 1)).all():
            raise BadInput(f"the weights of a blend must lie between 0 and 1, got {weights.min():g} to {weights.max():g}")
        return torch.from_numpy(np.broadcast_to(weights, (n, width)).astype(np.float32))

    def _tensor(self, images: np.ndarray) -> Float[Tensor, "n channels height width"]:
        images = np.asarray(images)
        if images.ndim != 4 or images.shape[1:] != self.shape:
            raise BadInput(f"images must be of shape (n, {', '.join(map(str, self.shape))}), got {images.shape}")
        return scale_array(images)

    @property
    def n_parameters(self) -> int:
        return sum(p.numel() for p in self.vae.parameters())

    def save(self, path: str | Path, *, replace: bool = False, training: dict[str, Tensor] | None = None) -> None:
        """Write the folder in one step; ``training`` (``Training.state()``) makes it one that can be continued."""
        write_folder(Path(path), lambda folder: self.write(folder, training), replace=replace)

    def write(self, folder: Path, training: dict[str, Tensor] | None = None) -> None:
        """The files of ``save``, into a folder that somebody else puts in place."""
        save_file({k: v.contiguous() for k, v in self.vae.state_dict().items()}, folder / "weights.safetensors")
        if training is not None:
            save_file({k: v.contiguous() for k, v in training.items()}, folder / "training.safetensors")
        (folder / "history.jsonl").write_text("".join(json.dumps(entry) + "\n" for entry in self.history))
        (folder / "config.json").write_text(json.dumps(self.description(), indent=1) + "\n")

    def description(self) -> dict:
        """config.json: what rebuilds the model, and where it comes from."""
        return {
            "format": FORMAT,
            "shape": list(self.shape),
            "step": self.step,
            "config": self.config.to_json(),
            "about": self.about.__dict__,
        }

    @classmethod
    def load(cls, path: str | Path) -> "TrainedVAE":
        """Read a checkpoint folder. Whatever is wrong with it is said in one sentence; nothing in it is executed."""
        folder = Path(path)
        if not folder.is_dir():
            raise BadInput(f"no checkpoint at {folder}; a checkpoint is a folder with config.json and weights.safetensors")
        config, shape, step, about = _parse_description(read_json(folder / "config.json"))
        sizes = config.conditional.sizes(len(about.class_names), about.factor_sizes)
        with torch.device("meta"):  # shapes are compared before any memory is taken
            vae = VAE(config, shape, sizes)
        weights = read_tensors(folder / "weights.safetensors")
        check_tensors(weights, vae.state_dict(), "weights.safetensors")
        vae.load_state_dict(weights, assign=True)
        if vae.convolutional:
            vae.to(memory_format=torch.channels_last)
        return cls(config, vae.requires_grad_(False), shape, step=step, history=_read_history(folder), about=about)


def _parse_description(data) -> tuple[TrainConfig, Shape, int, About]:
    """The parts of config.json, each checked."""
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        found = data.get("format") if isinstance(data, dict) else type(data).__name__
        raise BadInput(f"config.json has format {found!r}; this version reads format {FORMAT}")
    if missing := {"shape", "step", "config", "about"} - data.keys():
        raise BadInput(f"config.json lacks {', '.join(sorted(missing))}")
    shape, step = data["shape"], data["step"]
    sides = isinstance(shape, list) and len(shape) == 3 and all(type(n) is int and 1 <= n <= MAX_SIDE for n in shape)
    if not sides or shape[0] not in (1, 3):
        raise BadInput(f"config.json's shape must be [1 or 3, height, width] with sides up to {MAX_SIDE}, got {shape!r}")
    if type(step) is not int or step < 0:
        raise BadInput(f"config.json's step must be a whole number ≥ 0, got {step!r}")
    fields, about = About.__dataclass_fields__, data["about"]
    if not isinstance(about, dict) or about.keys() != fields.keys():
        raise BadInput(f"config.json's about must be an object with {', '.join(fields)}")
    kinds = {"n_train": int, "seconds": (int, float), "class_names": list, "factor_names": list, "factor_sizes": list}
    for name, value in about.items():
        if not isinstance(value, kinds.get(name, str)):
            raise BadInput(f"config.json's about.{name} is {value!r}, of the wrong type")
    about = {k: tuple(v) if isinstance(v, list) else v for k, v in about.items()}
    return TrainConfig.from_json(data["config"]), tuple(shape), step, About(**about)


def _read_history(folder: Path, limit: int = 16 << 20) -> list[dict]:
    path = folder / "history.jsonl"
    if not path.is_file():
        return []
    if (size := path.stat().st_size) > limit:
        raise BadInput(f"history.jsonl has {size:,} bytes; at most {limit:,} are read")
    try:
        entries = [json.loads(entry) for entry in path.read_text(encoding="utf-8").splitlines()]
    except (ValueError, RecursionError) as error:
        raise BadInput(f"history.jsonl is not readable: {error}") from None
    if not all(isinstance(e, dict) and type(e.get("step")) is int for e in entries):
        raise BadInput("history.jsonl must hold one object with a step per line")
    return entries


def load_training_state(path: str | Path) -> dict[str, Tensor]:
    """``Training.state()`` as it was saved; shipped checkpoints leave it out to stay small."""
    file = Path(path) / "training.safetensors"
    if not file.is_file():
        raise BadInput(f"{path} holds no training.safetensors, so it can be used but not continued; train it anew instead")
    return read_tensors(file)
