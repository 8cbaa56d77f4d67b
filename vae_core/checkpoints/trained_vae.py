"""A trained VAE on disk and in memory: safetensors and JSON files, NumPy arrays as inputs and outputs."""

import json
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from safetensors.torch import save_file
from torch import Tensor

from vae_core.checkpoints.about import About
from vae_core.checkpoints.checkpoint_files import Description, read_description, read_history
from vae_core.checkpoints.condition_input import Labels, make_condition
from vae_core.common.errors import BadInput
from vae_core.common.files import write_folder
from vae_core.common.scaling import scale_array
from vae_core.common.seeds import derive_seed
from vae_core.common.tensors import check_tensors, read_tensors
from vae_core.config import TrainConfig
from vae_core.data.dataset import Dataset
from vae_core.parts.condition import Condition
from vae_core.parts.networks import Shape
from vae_core.vae import VAE

CHUNK = 1024  # images per forward pass, which bounds the memory and is large enough for full speed


def chunk_slices(n: int) -> list[slice]:
    """Split n images into slices of at most ``CHUNK``."""
    return [slice(start, start + CHUNK) for start in range(0, n, CHUNK)]


class TrainedVAE:
    """A trained VAE that encodes, decodes and samples: NumPy arrays in, NumPy arrays out."""

    def __init__(self, config: TrainConfig, vae: VAE, shape: Shape, *, step: int, history: list[dict], about: About):
        channels, height, width = shape
        self.config, self.vae, self.shape = config, vae.eval(), (channels, height, width)
        self.step, self.history, self.about = step, history, about

    @property
    def latent_dim(self) -> int:
        """Number of latent units."""
        return self.config.latent_dim

    @property
    def sizes(self) -> tuple[int, ...]:
        """Number of values of each label that the model is conditioned on; empty for an unconditional model."""
        return self.config.conditional.sizes(len(self.about.class_names), self.about.factor_sizes)

    @property
    def beta_range(self) -> tuple[float, float] | None:
        """The range of β that a multi-rate model was trained for; None for a model of one β."""
        return self.config.objective.beta_range

    @property
    def n_parameters(self) -> int:
        """Number of trained weights."""
        return sum(p.numel() for p in self.vae.parameters())

    @torch.inference_mode()
    def encode(
        self, images: np.ndarray, labels: Labels | None = None, *, beta: float | None = None
    ) -> tuple[Float[np.ndarray, "n latent"], Float[np.ndarray, "n latent"]]:
        """(mean, std) of q(z|x).

        Args:
            images: (N, C, H, W), as uint8 or as floats in [0, 1].
            labels: For a conditional model: one for all images, one per image, or a blend (floats, one weight for each value
                of each label). None: unknown.
            beta: For a multi-rate model. None: 1.

        Raises:
            BadInput: the images have another shape, or the model is not conditioned on labels or β.
        """
        x = self._to_tensor(images)
        condition = self._make_condition(len(x), labels, beta)
        parts = [self.vae.encode(x[rows], condition and condition.rows(rows)) for rows in chunk_slices(len(x))]
        return torch.cat([p.mean for p in parts]).numpy(), torch.cat([p.std for p in parts]).numpy()

    @torch.inference_mode()
    def decode(
        self, z: np.ndarray, labels: Labels | None = None, *, beta: float | None = None, seed: int = 0
    ) -> Float[np.ndarray, "n channels height width"]:
        """E[x|z] in [0, 1] for codes (N, D); from an autoregressive decoder one sample of p(x|z), decided by ``seed``.

        Raises:
            BadInput: the codes have another shape, or the model is not conditioned on labels or β.
        """
        z = np.atleast_2d(np.asarray(z, dtype=np.float32))
        if z.ndim != 2 or z.shape[1] != self.latent_dim:
            raise BadInput(f"codes must be of shape (n, {self.latent_dim}), got {z.shape}")
        codes, generator = torch.from_numpy(z), torch.Generator().manual_seed(derive_seed(seed, "pixels"))
        condition = self._make_condition(len(z), labels, beta)
        parts = [self.vae.generate(codes[rows], condition and condition.rows(rows), generator) for rows in chunk_slices(len(z))]
        return torch.cat(parts).contiguous().numpy()

    @torch.inference_mode()
    def sample_codes(self, n: int, seed: int) -> Float[np.ndarray, "n latent"]:
        """Draw n codes from the model's own prior."""
        return self.vae.sample_prior(n, torch.Generator().manual_seed(derive_seed(seed, "prior"))).numpy()

    def sample(
        self, n: int, seed: int, labels: Labels | None = None, *, beta: float | None = None
    ) -> Float[np.ndarray, "n channels height width"]:
        """Draw n codes from the model's own prior and decode them."""
        return self.decode(self.sample_codes(n, seed), labels, beta=beta, seed=seed)

    def condition(self, dataset: Dataset, *, beta: float | None = None) -> Condition | None:
        """Build the conditioning inputs of a data set's images; None for an unconditional model.

        Raises:
            BadInput: the data set does not have the labels or factors that the model is conditioned on.
        """
        return self._make_condition(len(dataset), self.config.conditional.labels(dataset), beta)

    def _make_condition(self, n: int, labels: Labels | None, beta: float | None) -> Condition | None:
        return make_condition(n, labels, beta, sizes=self.sizes, beta_range=self.beta_range)

    def _to_tensor(self, images: np.ndarray) -> Float[Tensor, "n channels height width"]:
        images = np.asarray(images)
        if images.ndim != 4 or images.shape[1:] != self.shape:
            raise BadInput(f"images must be of shape (n, {', '.join(map(str, self.shape))}), got {images.shape}")
        return scale_array(images)

    def save(self, path: str | Path, *, replace: bool = False, training: dict[str, Tensor] | None = None) -> None:
        """Write the checkpoint folder in one step.

        Args:
            path: The folder.
            replace: Replace a folder that exists.
            training: ``Training.state()``, with which the training can be continued.

        Raises:
            BadInput: the folder exists and must not be replaced.
        """
        write_folder(Path(path), lambda folder: self.write_files(folder, training), replace=replace)

    def write_files(self, folder: Path, training: dict[str, Tensor] | None = None) -> None:
        """Write the files of ``save`` into a folder that exists."""
        save_file({k: v.contiguous() for k, v in self.vae.state_dict().items()}, folder / "weights.safetensors")
        if training is not None:
            save_file({k: v.contiguous() for k, v in training.items()}, folder / "training.safetensors")
        (folder / "history.jsonl").write_text("".join(json.dumps(entry) + "\n" for entry in self.history))
        description = Description(self.config, self.shape, self.step, self.about)
        (folder / "config.json").write_text(json.dumps(description.to_json(), indent=1) + "\n")

    @classmethod
    def load(cls, path: str | Path) -> "TrainedVAE":
        """Read a checkpoint folder; nothing in it is executed.

        Raises:
            BadInput: a file is missing or malformed, or the weights do not belong to the configuration.
        """
        folder = Path(path)
        if not folder.is_dir():
            raise BadInput(f"no checkpoint at {folder}; a checkpoint is a folder with config.json and weights.safetensors")
        found = read_description(folder)
        sizes = found.config.conditional.sizes(len(found.about.class_names), found.about.factor_sizes)
        with torch.device("meta"):  # shapes are compared before any memory is allocated
            vae = VAE(found.config, found.shape, sizes)
        weights = read_tensors(folder / "weights.safetensors")
        check_tensors(weights, vae.state_dict(), "weights.safetensors")
        vae.load_state_dict(weights, assign=True)
        if vae.convolutional:
            vae.to(memory_format=torch.channels_last)
        vae.requires_grad_(False)
        return cls(found.config, vae, found.shape, step=found.step, history=read_history(folder), about=found.about)
