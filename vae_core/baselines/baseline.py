"""What a baseline is: a recipe that builds a module, trains it by steps and samples it; safetensors and JSON on disk."""

import copy
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
from jaxtyping import Float
from safetensors.torch import save_file
from torch import Tensor, nn

from vae_core.checkpoints.checkpoint_files import MAX_SIDE
from vae_core.common.devices import choose_device
from vae_core.common.errors import BadInput
from vae_core.common.fields import Configurable, from_json, option, to_json
from vae_core.common.files import read_json, write_folder
from vae_core.common.scaling import scale_bytes
from vae_core.common.seeds import derive_seed, rng
from vae_core.common.tensors import check_tensors, read_tensors
from vae_core.data.dataset import Dataset
from vae_core.parts.networks import Shape
from vae_core.training.loop import Diverged

FORMAT = 1
CHUNK = 256  # samples through a network at once
Images = Float[Tensor, "batch channels height width"]


@dataclass(frozen=True)
class Baseline(Configurable):
    """A recipe; its fields are JSON, flags and widgets at once, as those of a VAE's parts."""

    sampler: ClassVar[str]  # the module of ``build`` that samples, whose averaged weights are kept
    n_steps: int = option(3000, "optimizer steps", low=1)
    batch_size: int = option(64, "images per step", low=1, high=4096)
    learning_rate: float = option(2e-4, "Adam's step size", above=0, high=1)
    ema: float = option(0.995, "exponential moving average of the weights, which is what is kept", low=0, below=1)
    seed: int = option(0, "decides initialization, batches and noise", low=0)

    def build(self, shape: Shape) -> nn.ModuleDict:
        """The modules that are trained."""
        raise TypeError(f"{type(self).__name__} builds nothing")

    def optimizers(self, modules: nn.ModuleDict) -> dict[str, torch.optim.Optimizer]:
        raise TypeError(f"{type(self).__name__} is not trained")

    def step(
        self, modules: nn.ModuleDict, optimizers: dict[str, torch.optim.Optimizer], x: Images, generator: torch.Generator
    ) -> dict[str, Float[Tensor, ""]]:
        """One step on a batch in [0, 1]: the losses by name."""
        raise TypeError(f"{type(self).__name__} is not trained")

    def sample(self, module: nn.Module, n: int, shape: Shape, generator: torch.Generator) -> Images:
        """n images in [0, 1]."""
        raise TypeError(f"{type(self).__name__} cannot be sampled")


class TrainedBaseline:
    """A finished baseline: NumPy at its border, as ``TrainedVAE``."""

    def __init__(self, recipe: Baseline, module: nn.Module, shape: Shape, *, dataset: str, history: list[dict]):
        self.recipe, self.module, self.shape = recipe, module.eval().requires_grad_(False), tuple(shape)
        self.dataset, self.history = dataset, history

    @property
    def step(self) -> int:
        """The optimizer steps behind the weights."""
        return self.recipe.n_steps

    @property
    def n_parameters(self) -> int:
        """Of what samples: a GAN's discriminator is not kept."""
        return sum(p.numel() for p in self.module.parameters())

    @torch.inference_mode()
    def sample(self, n: int, seed: int, **settings) -> Float[np.ndarray, "n channels height width"]:
        """n images in [0, 1]; ``settings`` replace fields of the recipe that concern sampling, such as ``sample_steps``."""
        recipe = type(self.recipe)(**{**self.recipe.__dict__, **settings})
        generator = torch.Generator().manual_seed(derive_seed(seed, "baseline"))
        sizes = [min(CHUNK, n - first) for first in range(0, n, CHUNK)]
        return torch.cat([recipe.sample(self.module, size, self.shape, generator) for size in sizes]).numpy()

    def save(self, path: str | Path, *, replace: bool = False, card: str | None = None) -> None:
        """Write the folder in one step; ``card`` becomes its README.md."""
        from vae_core.baselines import BASELINES  # the registry imports this module

        about = {
            "format": FORMAT,
            "baseline": to_json(self.recipe, BASELINES),
            "shape": list(self.shape),
            "dataset": self.dataset,
        }

        def fill(folder: Path) -> None:
            save_file({k: v.contiguous() for k, v in self.module.state_dict().items()}, folder / "weights.safetensors")
            (folder / "baseline.json").write_text(json.dumps(about, indent=1) + "\n")
            (folder / "history.jsonl").write_text("".join(json.dumps(entry) + "\n" for entry in self.history))
            if card is not None:
                (folder / "README.md").write_text(card)

        write_folder(Path(path), fill, replace=replace)

    @classmethod
    def load(cls, path: str | Path) -> "TrainedBaseline":
        """Read what ``save`` wrote; what is wrong with it is said in one sentence."""
        from vae_core.baselines import BASELINES

        folder = Path(path)
        about = read_json(folder / "baseline.json")
        if not isinstance(about, dict) or about.get("format") != FORMAT or {"baseline", "shape", "dataset"} - about.keys():
            raise BadInput(f"{folder / 'baseline.json'} does not describe a baseline of format {FORMAT}")
        shape = about["shape"]
        if not (isinstance(shape, list) and len(shape) == 3 and all(type(s) is int and 1 <= s <= MAX_SIDE for s in shape)):
            raise BadInput(f"baseline.json's shape must be three whole numbers up to {MAX_SIDE}, got {shape!r}")
        recipe = from_json(about["baseline"], BASELINES, "baseline")
        module = recipe.build(tuple(shape))[recipe.sampler]
        weights = read_tensors(folder / "weights.safetensors")
        check_tensors(weights, module.state_dict(), "weights.safetensors")
        module.load_state_dict(weights)
        history = folder / "history.jsonl"
        entries = [json.loads(entry) for entry in history.read_text().splitlines()] if history.is_file() else []
        return cls(recipe, module, tuple(shape), dataset=str(about["dataset"]), history=entries)


class BaselineTraining:
    """A run in memory: iterate for the losses of each step, look at ``model`` whenever you like."""

    def __init__(self, recipe: Baseline, dataset: Dataset, *, device: str = "auto"):
        self.recipe, self.dataset, self.device = recipe, dataset, choose_device(device)
        self.images = torch.from_numpy(dataset.images).to(self.device)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(derive_seed(recipe.seed, "weights"))
            self.modules = recipe.build(dataset.shape).to(self.device)
        self.averaged = copy.deepcopy(self.modules[recipe.sampler]).requires_grad_(False)
        self.optimizers = recipe.optimizers(self.modules)
        self.history: list[dict] = []

    def __iter__(self) -> Iterator[dict[str, float]]:
        recipe, generator = self.recipe, torch.Generator(self.device)
        size = min(recipe.batch_size, len(self.images))
        for step in range(recipe.n_steps):
            rows = rng(recipe.seed, "batch", step).integers(len(self.images), size=size)
            x = scale_bytes(self.images[torch.from_numpy(rows).to(self.device)])
            generator.manual_seed(derive_seed(recipe.seed, "noise", step))
            losses = {name: v.item() for name, v in recipe.step(self.modules, self.optimizers, x, generator).items()}
            if bad := next((name for name, value in losses.items() if not math.isfinite(value)), None):
                raise Diverged(step + 1, bad, losses[bad])
            self._average(step)
            if step % max(1, recipe.n_steps // 200) == 0 or step + 1 == recipe.n_steps:
                self.history.append({"step": step + 1, **{k: float(f"{v:.6g}") for k, v in losses.items()}})
            yield losses

    @torch.no_grad()
    def _average(self, step: int) -> None:
        source, decay = self.modules[self.recipe.sampler], min(self.recipe.ema, (1 + step) / (10 + step))
        torch._foreach_lerp_(list(self.averaged.parameters()), list(source.parameters()), 1 - decay)
        for kept, now in zip(self.averaged.buffers(), source.buffers()):
            kept.copy_(now)

    @property
    def model(self) -> TrainedBaseline:
        module = copy.deepcopy(self.averaged).cpu()
        return TrainedBaseline(self.recipe, module, self.dataset.shape, dataset=self.dataset.name, history=list(self.history))


def train_baseline(recipe: Baseline, dataset: Dataset, *, device: str = "auto") -> BaselineTraining:
    """A run over ``dataset``: iterate for the losses of each step, then take ``.model``."""
    return BaselineTraining(recipe, dataset, device=device)
