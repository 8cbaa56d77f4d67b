"""Holes: places where the prior draws and the encoder puts no images, and two ways to fill them."""

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float

from latent_explorer.ui.figures import FAINT, LEGEND, MARGIN, colour
from vae_core.analysis.atlas import LatentAtlas
from vae_core.analysis.code_mixture import CodeMixture, fit_mixture
from vae_core.checkpoints.trained_vae import TrainedVAE
from vae_core.common.seeds import rng
from vae_core.evaluation.latent.aggregate import LogDensity, log_aggregate, log_density_ratio, log_prior_of, ratio_plane

GRID = np.linspace(-3, 3, 61)
COMPONENTS = 10  # of the mixture that is fitted after training: about a second, while the page loads
FITTED = 3000  # codes that it is fitted to


@dataclass(frozen=True)
class DensityRatio:
    """log q(z) − log p(z) over GRID × GRID in nats, and at draws of the prior."""

    ratio: Float[np.ndarray, "rows columns"]
    draws: Float[np.ndarray, "samples 2"]  # of the prior
    at_draws: Float[np.ndarray, "samples"]  # log q − log p there, nats

    def share_below(self, nats: float) -> float:
        """P_{z~p}[log q(z) − log p(z) < nats]"""
        return float((self.at_draws < nats).mean())

    def hole_and_dense_draws(self, nats: float, n: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the first n draws in holes (ratio below ``nats``), and the first n in dense places (ratio above 0)."""
        return self.draws[self.at_draws < nats][:n], self.draws[self.at_draws > 0][:n]


def measure_density_ratio(
    mean: Float[np.ndarray, "n 2"], std: Float[np.ndarray, "n 2"], *, n_samples: int = 2000, seed: int = 0
) -> DensityRatio:
    """Compute the density ratio of a model of two units against N(0, I)."""
    draws = rng(seed, "holes of the plane").standard_normal((n_samples, 2))
    return DensityRatio(ratio_plane(mean, std, (0, 1), GRID, GRID), draws, log_density_ratio(draws, mean, std))


def kl_to_priors(
    mean: Float[np.ndarray, "n latent"],
    std: Float[np.ndarray, "n latent"],
    densities: tuple[LogDensity, ...],
    *,
    n_samples: int = 1000,
    seed: int = 0,
) -> list[float]:
    """KL(q(z) ‖ p(z)) in nats for several p over the same samples of q(z) = 1/N Σ_n q(z|x_n).

    The term that Hoffman & Johnson 2016 split from the ELBO. q is the mixture of these N images, exactly: with many units
    the posteriors do not overlap, and ln N of the KL is only the number of images.
    """
    draw = rng(seed, "mismatch")
    rows = np.resize(draw.permutation(len(mean)), n_samples)
    z = mean[rows] + std[rows] * draw.standard_normal((n_samples, mean.shape[1]))
    inside = log_aggregate(z, mean, std)
    return [float((inside - log_p(z)).mean()) for log_p in densities]


def fit_code_mixture(atlas: LatentAtlas, *, seed: int = 0) -> CodeMixture:
    """Fit a mixture of Gaussians to a subset of the codes."""
    rows = rng(seed, "fitted").permutation(len(atlas))[:FITTED]
    return fit_mixture(atlas.take(rows), COMPONENTS, seed=seed)


def compare_priors(plain: tuple[TrainedVAE, LatentAtlas], vamp: tuple[TrainedVAE, LatentAtlas]) -> dict[str, float]:
    """Measure KL(q ‖ p) in nats for three priors p.

    Args:
        plain: a model with the prior N(0, I), and its atlas.
        vamp: a model trained with a VampPrior, and its atlas.

    Returns:
        The KL of the first model's codes to N(0, I) and to a mixture fitted after training, and the KL of the second
        model's codes to its VampPrior, by the prior's name.
    """
    (model, atlas), (vamp_model, vamp_atlas) = plain, vamp
    before, after = kl_to_priors(atlas.mean, atlas.std, (log_prior_of(model), fit_code_mixture(atlas).log_prob))
    (learned,) = kl_to_priors(vamp_atlas.mean, vamp_atlas.std, (log_prior_of(vamp_model),))
    return {"N(0, I)": before, "mixture, fitted afterwards": after, "VampPrior": learned}


def density_ratio_figure(found: DensityRatio, below: float, *, height: int = 520) -> go.Figure:
    """Draw the ratio over the plane, with the prior's draws where it is less than ``below``."""
    figure = go.Figure()
    figure.add_heatmap(
        x=GRID, y=GRID, z=found.ratio, zmin=-4, zmax=4, colorscale="RdBu", hovertemplate="%{z:.1f} nats<extra></extra>",
        colorbar={  # below: beside the map it would take a phone's width
            "title": {"text": "log q − log p, nats", "side": "top"}, "orientation": "h", "thickness": 12, "outlinewidth": 0,
            "y": -0.14, "yanchor": "top",
        },
    )  # fmt: skip
    inside = found.draws[found.at_draws < below]
    figure.add_scatter(
        x=inside[:, 0], y=inside[:, 1], mode="markers", name="draws of the prior that fall into holes", hoverinfo="skip",
        marker={"size": 5, "color": "#111111", "line": {"color": "#ffffff", "width": 1}}, showlegend=True,
    )  # fmt: skip
    for radius in (1, 2):  # circles of equal prior density
        angle = np.linspace(0, 2 * np.pi, 90)
        figure.add_scatter(
            x=radius * np.cos(angle), y=radius * np.sin(angle), mode="lines",
            line={"color": "#111111", "dash": "dot", "width": 1},
            hoverinfo="skip", name="prior, 1 and 2 σ", showlegend=radius == 1,
        )  # fmt: skip
    figure.update_layout(height=height, margin=MARGIN, legend=LEGEND | {"y": 1.02})
    figure.update_xaxes(title="z1", range=[-3, 3], showgrid=False, zeroline=False, constrain="domain")
    figure.update_yaxes(title="z2", range=[-3, 3], showgrid=False, zeroline=False, scaleanchor="x", constrain="domain")
    return figure


def prior_kl_figure(values: dict[str, float], *, height: int = 200) -> go.Figure:
    """Draw KL(q ‖ p) in nats, a bar per prior."""
    figure = go.Figure(
        go.Bar(
            x=list(values.values()), y=list(values), orientation="h", marker_color=[colour(i) for i in range(len(values))],
            text=[f"{v:.1f}" for v in values.values()], textposition="auto", textfont={"size": 13},
        )
    )  # fmt: skip
    figure.update_layout(height=height, margin=MARGIN)
    figure.update_xaxes(title="KL(q(z) ‖ p(z)), nats", rangemode="tozero", gridcolor=FAINT)
    figure.update_yaxes(autorange="reversed")
    return figure
