"""A trained baseline on disk and in memory: safetensors and JSON files, NumPy arrays as outputs."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from safetensors.torch import save_file
from torch import nn

from vae_core.baselines.recipe import Baseline
from vae_core.baselines.registry import BASELINES
from vae_core.checkpoints.checkpoint_files import MAX_SIDE
from vae_core.common.errors import BadInput
from vae_core.common.fields import from_json, to_json
from vae_core.common.files import read_json, write_folder
from vae_core.common.seeds import derive_seed
from vae_core.common.tensors import check_tensors, read_tensors
from vae_core.parts.networks import Shape

FORMAT = 1
CHUNK = 256  # samples per forward pass


class TrainedBaseline:
    """A trained baseline that samples images; NumPy arrays as outputs, as for ``TrainedVAE``."""

    def __init__(self, recipe: Baseline, module: nn.Module, shape: Shape, *, dataset: str, history: list[dict]):
        channels, height, width = shape
        self.recipe, self.module = recipe, module.eval().requires_grad_(False)
        self.shape = channels, height, width
        self.dataset, self.history = dataset, history

    @property
    def step(self) -> int:
        """Optimizer steps of its training."""
        return self.recipe.n_steps

    @property
    def n_parameters(self) -> int:
        """Number of weights that are used for sampling; a GAN's discriminator is not stored."""
        return sum(p.numel() for p in self.module.parameters())

    @torch.inference_mode()
    def sample(self, n: int, seed: int, **settings: object) -> Float[np.ndarray, "n channels height width"]:
        """Draw n images in [0, 1]; ``settings`` replace fields of the recipe that concern sampling, e.g. ``sample_steps``."""
        recipe = replace(self.recipe, **settings)
        generator = torch.Generator().manual_seed(derive_seed(seed, "baseline"))
        sizes = [min(CHUNK, n - first) for first in range(0, n, CHUNK)]
        return torch.cat([recipe.sample(self.module, size, self.shape, generator) for size in sizes]).numpy()

    def save(self, path: str | Path, *, replace: bool = False, card: str | None = None) -> None:
        """Write the folder in one step.

        Args:
            path: The folder.
            replace: Replace a folder that exists.
            card: Text of README.md.

        Raises:
            BadInput: the folder exists and must not be replaced.
        """
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
        """Read a folder of ``save``.

        Raises:
            BadInput: a file is missing or malformed, or the weights do not belong to the recipe.
        """
        folder = Path(path)
        about = read_json(folder / "baseline.json")
        if not isinstance(about, dict) or about.get("format") != FORMAT or {"baseline", "shape", "dataset"} - about.keys():
            raise BadInput(f"{folder / 'baseline.json'} does not describe a baseline of format {FORMAT}")
        shape = about["shape"]
        if not (isinstance(shape, list) and len(shape) == 3 and all(type(s) is int and 1 <= s <= MAX_SIDE for s in shape)):
            raise BadInput(f"baseline.json's shape must be three whole numbers up to {MAX_SIDE}, got {shape!r}")
        channels, height, width = shape
        recipe = from_json(about["baseline"], BASELINES, "baseline")
        if not isinstance(recipe, Baseline):
            raise BadInput(f"baseline.json's baseline must be one of {', '.join(BASELINES)}, got {about['baseline']!r}")
        module = recipe.build((channels, height, width))[recipe.sampler]
        weights = read_tensors(folder / "weights.safetensors")
        check_tensors(weights, module.state_dict(), "weights.safetensors")
        module.load_state_dict(weights)
        history = folder / "history.jsonl"
        entries = [json.loads(entry) for entry in history.read_text().splitlines()] if history.is_file() else []
        return cls(recipe, module, (channels, height, width), dataset=str(about["dataset"]), history=entries)
