"""The aggregate posterior of a data set as plain arrays: what every map is drawn from."""

import zipfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Int

from vae_core.checkpoint import TrainedVAE, chunks
from vae_core.data.dataset import Dataset
from vae_core.errors import BadInput
from vae_core.evaluation.elbo import ACTIVE_VARIANCE, scale
from vae_core.files import write_atomically
from vae_core.seeds import derive

MAX_BYTES = 256 << 20


@dataclass(frozen=True)
class LatentAtlas:
    """q(z|x_n) for N images: index into the data set's split, mean and std (N, D), KL per unit (N, D), −log p(x|z) (N,)."""

    index: Int[np.ndarray, "n"]
    mean: Float[np.ndarray, "n latent"]
    std: Float[np.ndarray, "n latent"]
    kl: Float[np.ndarray, "n latent"]  # against N(0, 1), nats
    nll: Float[np.ndarray, "n"]  # one sample of z per image, nats
    labels: Int[np.ndarray, "n"] | None = None
    factors: Int[np.ndarray, "n factors"] | None = None
    xy: Float[np.ndarray, "n 2"] | None = None  # a UMAP of the means, where one was made

    def __len__(self) -> int:
        return len(self.mean)

    @property
    def active(self) -> np.ndarray:
        """(D,) bool: units whose mean varies over the data, Var_x(E[z_j|x]) > 0.01 (Burda et al. 2016)."""
        return self.mean.var(axis=0) > ACTIVE_VARIANCE

    @property
    def order(self) -> np.ndarray:
        """(D,) units by mean KL, the busiest first."""
        return np.argsort(-self.kl.mean(axis=0), kind="stable")

    def take(self, rows: np.ndarray) -> "LatentAtlas":
        """The points at ``rows``."""
        arrays = {name: value[rows] for name, value in self.__dict__.items() if value is not None}
        return replace(self, **arrays)

    def save(self, path: str | Path) -> None:
        """atlas.npz, codes as float16: half a map's bytes, and errors far below a posterior's width."""
        arrays = {name: value for name, value in self.__dict__.items() if value is not None}
        small = {k: v.astype(np.float16) if v.dtype.kind == "f" else smallest(v) for k, v in arrays.items()}

        def write(temporary: Path) -> None:
            with temporary.open("wb") as file:
                np.savez_compressed(file, **small)

        write_atomically(Path(path), write)

    @classmethod
    def load(cls, path: str | Path) -> "LatentAtlas":
        """Read atlas.npz; sizes are checked before anything is unpacked, and pickles are refused."""
        path = Path(path)
        try:
            with zipfile.ZipFile(path) as archive:
                if (size := sum(entry.file_size for entry in archive.infolist())) > MAX_BYTES:
                    raise BadInput(f"{path.name} unpacks to {size:,} bytes; at most {MAX_BYTES:,} are read")
            with np.load(path, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
        except FileNotFoundError:
            raise BadInput(f"{path.parent} has no {path.name}; `python -m vae_core train` writes one") from None
        except (OSError, ValueError, EOFError, zipfile.BadZipFile, zipfile.LargeZipFile) as error:
            raise BadInput(f"{path.name} is not a readable atlas: {error}") from None
        return cls(**_checked(arrays, path.name))


def smallest(values: np.ndarray) -> np.ndarray:
    """Whole numbers in the narrowest type that holds them."""
    return values.astype(np.min_scalar_type(int(values.max(initial=0))))


def _checked(arrays: dict[str, np.ndarray], name: str) -> dict[str, np.ndarray]:
    """The arrays of an atlas with the right names, lengths and types, floats as float32."""
    fields = LatentAtlas.__dataclass_fields__
    if unknown := arrays.keys() - fields.keys():
        raise BadInput(f"{name} holds {', '.join(sorted(unknown))}, which an atlas does not have")
    if missing := {"index", "mean", "std", "kl", "nll"} - arrays.keys():
        raise BadInput(f"{name} lacks {', '.join(sorted(missing))}")
    n, dims = len(arrays["index"]) if arrays["index"].ndim else 0, arrays["mean"].shape[1:]
    shapes = {"index": (n,), "nll": (n,), "labels": (n,), "xy": (n, 2), **dict.fromkeys(("mean", "std", "kl"), (n, *dims))}
    for key, value in arrays.items():
        want = shapes.get(key, (n, *value.shape[1:2]))
        kind = "iu" if key in ("index", "labels", "factors") else "f"
        if value.shape != want or len(dims) != 1 or n == 0 or value.dtype.kind not in kind:
            raise BadInput(f"{name}: {key} is {value.dtype} {value.shape}, which does not fit an atlas of {n} points")
        if kind == "f" and not np.isfinite(value).all():
            raise BadInput(f"{name}: {key} holds numbers that are not finite")
    return {k: v.astype(np.float32) if v.dtype.kind == "f" else v.astype(np.int64) for k, v in arrays.items()}


@torch.inference_mode()
def embed(model: TrainedVAE, dataset: Dataset, *, n: int | None = 10_000, seed: int = 0) -> LatentAtlas:
    """The posteriors of ``dataset``, or of a seeded subset of n of its images; means, never samples."""
    if dataset.shape != model.shape:
        raise BadInput(f"the model takes images of shape {model.shape}, dataset {dataset.name!r} has {dataset.shape}")
    everything = np.arange(len(dataset))
    index = everything if n is None or n >= len(dataset) else np.sort(np.random.default_rng(seed).permutation(everything)[:n])
    chosen = dataset.take(index)
    images, condition = torch.from_numpy(chosen.images), model.condition(chosen)
    generator = torch.Generator().manual_seed(derive(seed, "embed"))
    told = lambda rows: condition and condition.rows(rows)  # noqa: E731
    parts = [model.vae(scale(images[rows]), generator, told(rows)) for rows in chunks(len(images))]
    gather = lambda pick: torch.cat([pick(p) for p in parts]).numpy()  # noqa: E731
    return LatentAtlas(
        index=index,
        mean=gather(lambda f: f.posterior.mean),
        std=gather(lambda f: f.posterior.std),
        kl=gather(lambda f: f.posterior.kl()),
        nll=gather(lambda f: f.nll),
        labels=None if dataset.labels is None else dataset.labels[index],
        factors=None if dataset.factors is None else dataset.factors[index],
    )
