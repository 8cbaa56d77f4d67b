"""The latent atlas: codes of many images of a data set as arrays, from which all maps are drawn."""

from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Bool, Float, Int

from vae_core.checkpoints.trained_vae import TrainedVAE, chunk_slices
from vae_core.common.errors import BadInput
from vae_core.common.files import write_npz
from vae_core.common.scaling import scale_bytes
from vae_core.common.seeds import derive_seed
from vae_core.data.dataset import Dataset
from vae_core.data.untrusted import Header, Limits, stored_arrays
from vae_core.latent.active_units import ACTIVE_VARIANCE
from vae_core.latent.gaussian import standard_normal_kl

LIMITS = Limits(total_bytes=256 << 20)
CODES = 10_000  # default number of images in an atlas: half a megabyte on disk, and enough points for a map


@dataclass(frozen=True)
class LatentAtlas:
    """q(z|x_n) for N images: index into the data set's split, mean and std (N, D), −log p(x|z) (N,), labels and factors."""

    index: Int[np.ndarray, "n"]
    mean: Float[np.ndarray, "n latent"]
    std: Float[np.ndarray, "n latent"]
    nll: Float[np.ndarray, "n"]  # one sample of z per image, nats
    labels: Int[np.ndarray, "n"] | None = None
    factors: Int[np.ndarray, "n factors"] | None = None
    xy: Float[np.ndarray, "n 2"] | None = None  # UMAP of the means, if it was computed

    def __len__(self) -> int:
        return len(self.mean)

    @cached_property
    def kl(self) -> Float[np.ndarray, "n latent"]:
        """KL(q(z_j|x_n) ‖ N(0, 1)) per unit, nats, also for models with another prior; Kingma & Welling 2014, app. B."""
        return standard_normal_kl(self.mean, self.std)

    @property
    def active(self) -> Bool[np.ndarray, "latent"]:
        """Units whose mean varies over the data, Var_x(E[z_j|x]) > 0.01 (Burda et al. 2016)."""
        return self.mean.var(axis=0) > ACTIVE_VARIANCE

    @property
    def order(self) -> Int[np.ndarray, "latent"]:
        """Units sorted by mean KL, the largest first."""
        return np.argsort(-self.kl.mean(axis=0), kind="stable")

    def _arrays(self) -> dict[str, np.ndarray]:
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return {name: value for name, value in values.items() if value is not None}

    def take(self, rows: np.ndarray) -> "LatentAtlas":
        """Select the points at ``rows``."""
        arrays = {name: value[rows] for name, value in self._arrays().items()}
        return replace(self, **arrays)

    def save(self, path: str | Path) -> None:
        """Write atlas.npz with codes as float16: half the size, with errors far below the width of a posterior."""
        small = {k: v.astype(np.float16) if v.dtype.kind == "f" else narrowest_integers(v) for k, v in self._arrays().items()}
        write_npz(Path(path), small)

    @classmethod
    def load(cls, path: str | Path) -> "LatentAtlas":
        """Read atlas.npz; sizes are checked before anything is unpacked, and pickles are refused.

        Raises:
            BadInput: the file is missing, too large, or its arrays do not form an atlas.
        """
        path = Path(path)
        if not path.is_file():
            raise BadInput(f"{path.parent} has no {path.name}; `python -m vae_core train` writes one")
        with stored_arrays(path, LIMITS) as stored:
            headers = {name: array.header() for name, array in stored.items()}
            _check_headers(headers, path.name)
            arrays = {name: array.read() for name, array in stored.items()}
        for name, values in arrays.items():
            if values.dtype.kind == "f" and not np.isfinite(values).all():
                raise BadInput(f"{path.name}: {name} holds numbers that are not finite")
        if not (arrays["std"] > 0).all():
            raise BadInput(f"{path.name}: std must be above 0 everywhere")
        return cls(**{k: v.astype(np.float32 if v.dtype.kind == "f" else np.int64) for k, v in arrays.items()})


def narrowest_integers(values: np.ndarray) -> np.ndarray:
    """Convert whole numbers to the smallest type that holds them."""
    return values.astype(np.min_scalar_type(int(values.max(initial=0))))


def _check_headers(headers: dict[str, Header], name: str) -> None:
    """Check the names, lengths and types of an atlas' arrays."""
    if unknown := headers.keys() - LatentAtlas.__dataclass_fields__.keys():
        raise BadInput(f"{name} holds {', '.join(sorted(unknown))}, which an atlas does not have")
    if missing := {"index", "mean", "std", "nll"} - headers.keys():
        raise BadInput(f"{name} lacks {', '.join(sorted(missing))}")
    n, latent = (*headers["mean"].shape, 0, 0)[:2]
    shapes = {"index": (n,), "nll": (n,), "labels": (n,), "xy": (n, 2), "mean": (n, latent), "std": (n, latent)}
    for key, header in headers.items():
        want = shapes.get(key, (n, *header.shape[1:2]))
        kinds = "iu" if key in ("index", "labels", "factors") else "f"
        if header.shape != want or header.dtype.kind not in kinds or n * latent == 0:
            raise BadInput(f"{name}: {key} is {header}, which does not fit an atlas of {n} points in {latent} units")


@torch.inference_mode()
def embed(model: TrainedVAE, dataset: Dataset, *, n: int | None = CODES, seed: int = 0) -> LatentAtlas:
    """Encode ``dataset``, or a seeded subset of n of its images.

    Raises:
        BadInput: the images have another shape than the model's, or lack the labels that it is conditioned on.
    """
    if dataset.shape != model.shape:
        raise BadInput(f"the model takes images of shape {model.shape}, dataset {dataset.name!r} has {dataset.shape}")
    everything = np.arange(len(dataset))
    index = everything if n is None or n >= len(dataset) else np.sort(np.random.default_rng(seed).permutation(everything)[:n])
    chosen = dataset.take(index)
    images, condition = torch.from_numpy(chosen.images), model.condition(chosen)
    generator = torch.Generator().manual_seed(derive_seed(seed, "embed"))
    parts = [
        model.vae(scale_bytes(images[rows]), generator, condition and condition.rows(rows))
        for rows in chunk_slices(len(images))
    ]
    return LatentAtlas(
        index=index,
        mean=torch.cat([forward.posterior.mean for forward in parts]).numpy(),
        std=torch.cat([forward.posterior.std for forward in parts]).numpy(),
        nll=torch.cat([forward.nll for forward in parts]).numpy(),
        labels=None if dataset.labels is None else dataset.labels[index],
        factors=None if dataset.factors is None else dataset.factors[index],
    )
