"""Code mixture: a density fitted to the codes after training, to sample from models whose codes do not follow the prior."""

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

from vae_core.analysis.atlas import LatentAtlas
from vae_core.common.errors import BadInput
from vae_core.common.files import write_npz
from vae_core.common.seeds import derive_seed, rng

MAX_BYTES = 64 << 20


@dataclass(frozen=True)
class CodeMixture:
    """q̂(z) = Σ_k w_k N(z; m_k, L_k L_kᵀ), fitted to the aggregate posterior by expectation maximization (scikit-learn).

    Ghosh et al. 2020 (arXiv 1903.12436): a sampler for any autoencoder. It is not the model's prior: its samples are labelled
    as such, and no ELBO is measured with it.
    """

    weights: Float[np.ndarray, "components"]
    means: Float[np.ndarray, "components latent"]
    factors: Float[np.ndarray, "components latent latent"]  # L_k, lower triangular

    def sample(self, n: int, seed: int) -> Float[np.ndarray, "n latent"]:
        """Draw n codes, for ``TrainedVAE.decode``."""
        draw = rng(seed, "posthoc")  # the name of the stream decides the numbers: it stays as it was
        chosen = draw.choice(len(self.weights), size=n, p=self.weights / self.weights.sum())
        noise = draw.standard_normal((n, self.means.shape[1]))
        return (self.means[chosen] + np.einsum("nij,nj->ni", self.factors[chosen], noise)).astype(np.float32)

    def log_prob(self, z: Float[np.ndarray, "n latent"]) -> Float[np.ndarray, "n"]:
        """log q̂(z), nats."""
        from scipy.linalg import solve_triangular
        from scipy.special import logsumexp

        rows = []
        for weight, mean, factor in zip(self.weights, self.means, self.factors):
            scaled = solve_triangular(factor, (z - mean).T, lower=True)
            constant = np.log(np.diag(factor)).sum() + 0.5 * len(mean) * np.log(2 * np.pi)
            rows.append(np.log(weight) - constant - 0.5 * (scaled**2).sum(0))
        return np.asarray(logsumexp(rows, axis=0))

    def save(self, path: str | Path) -> None:
        """Write the mixture to a .npz file."""
        write_npz(Path(path), {"weights": self.weights, "means": self.means, "factors": self.factors})

    @classmethod
    def load(cls, path: str | Path) -> "CodeMixture":
        """Read a file of ``save``; pickles are refused, and files that unpack to more than a mixture needs.

        Raises:
            BadInput: the file is missing, too large, or its arrays do not form a mixture.
        """
        path = Path(path)
        try:
            with zipfile.ZipFile(path) as archive:
                if (size := sum(entry.file_size for entry in archive.infolist())) > MAX_BYTES:
                    raise BadInput(f"{path.name} unpacks to {size:,} bytes; at most {MAX_BYTES:,} are read")
            with np.load(path, allow_pickle=False) as file:
                arrays = {name: file[name] for name in ("weights", "means", "factors")}
        except FileNotFoundError:
            raise BadInput(f"{path.parent} has no {path.name}; fit_mixture(atlas).save(…) writes one") from None
        except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
            raise BadInput(f"{path.name} is not a readable mixture: {error}") from None
        k, *latent = arrays["means"].shape if arrays["means"].ndim == 2 else (0, 0)
        fits = arrays["weights"].shape == (k,) and arrays["factors"].shape == (k, *latent * 2) and k > 0
        fits = fits and all(a.dtype.kind == "f" and np.isfinite(a).all() for a in arrays.values())
        if not fits or (arrays["weights"] < 0).any() or arrays["weights"].sum() <= 0:
            raise BadInput(f"{path.name} is not a mixture: its weights, means and factors do not fit together")
        return cls(**arrays)


def fit_mixture(atlas: LatentAtlas, components: int = 20, *, seed: int = 0) -> CodeMixture:
    """Fit a mixture to the aggregate posterior, by one sample of z per image; the means alone would be too concentrated.

    Raises:
        BadInput: there are more components than codes, or none.
    """
    from sklearn.mixture import GaussianMixture

    if not 1 <= components <= len(atlas):
        raise BadInput(f"a mixture of {len(atlas)} codes takes 1 to {len(atlas)} components, got {components}")
    z = atlas.mean + atlas.std * rng(seed, "posthoc codes").standard_normal(atlas.mean.shape)
    found = GaussianMixture(components, reg_covar=1e-5, random_state=derive_seed(seed, "posthoc fit") % 2**32).fit(z)
    weights, means, covariances = (np.asarray(a) for a in (found.weights_, found.means_, found.covariances_))
    return CodeMixture(weights, means, np.linalg.cholesky(covariances))
