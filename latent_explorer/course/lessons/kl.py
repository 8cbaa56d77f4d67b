"""The KL term: the two parts of one Gaussian's KL, and the KL of the aggregate posterior of many images."""

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float

from latent_explorer.ui.figures import FAINT, LEGEND, MARGIN, colour
from vae_core.common.seeds import rng
from vae_core.evaluation.latent.decomposition import log_marginal
from vae_core.latent.gaussian import log_standard_normal, split_kl

GRID = np.linspace(-4, 4, 801)
PRIOR = "#717581"


@dataclass(frozen=True)
class AggregateGrowth:
    """One unit's aggregate posterior over the first n images, for each n; KL in nats."""

    counts: tuple[int, ...]
    image_kl: Float[np.ndarray, "steps"]  # mean over the n images of KL(q(z_j|x) ‖ p(z_j))
    aggregate_kl: Float[np.ndarray, "steps"]  # KL(q(z_j) ‖ p(z_j)), q(z_j) the mixture of the n posteriors
    density: Float[np.ndarray, "steps grid"]  # q(z_j) over GRID


def prior_density(z: Float[np.ndarray, "m"]) -> Float[np.ndarray, "m"]:
    """N(z; 0, 1)"""
    return np.exp(log_standard_normal(z[:, None]))


def counts_up_to(n: int) -> tuple[int, ...]:
    """1, 2, 5, 10, 20, … and n itself.

    >>> counts_up_to(60)
    (1, 2, 5, 10, 20, 50, 60)
    """
    rounds = [m * 10**power for power in range(len(str(n))) for m in (1, 2, 5)]
    return (*(r for r in rounds if r < n), n)


def aggregate_kl(mean: Float[np.ndarray, "n"], std: Float[np.ndarray, "n"], *, n_samples: int = 4000, seed: int = 0) -> float:
    """KL(1/N Σ_n N(μ_n, σ_n²) ‖ N(0, 1)), nats: the dimension-wise KL of one unit (Chen et al. 2018, arXiv 1802.04942).

    A Monte-Carlo mean of log q(z) − log p(z) over samples of the mixture; log q(z) is the exact sum over all N.
    """
    draw = rng(seed, "sum")
    rows = np.resize(draw.permutation(len(mean)), n_samples)  # each image about as often as any other
    z = mean[rows] + std[rows] * draw.standard_normal(n_samples)
    return float((log_marginal(z, mean, std) - log_standard_normal(z[:, None])).mean())


def measure_growth(mean: Float[np.ndarray, "n"], std: Float[np.ndarray, "n"], *, seed: int = 0) -> AggregateGrowth:
    """Add up the posteriors of one unit in a random order, and measure their mixture after each of ``counts_up_to(n)``."""
    order = rng(seed, "order").permutation(len(mean))
    mean, std = mean[order].astype(np.float64), std[order].astype(np.float64)
    of_mean, of_width = split_kl(mean[:, None], std[:, None])
    counts = counts_up_to(len(mean))
    return AggregateGrowth(
        counts,
        image_kl=np.array([(of_mean + of_width)[:n].mean() for n in counts]),
        aggregate_kl=np.array([aggregate_kl(mean[:n], std[:n], seed=seed) for n in counts]),
        density=np.array([np.exp(log_marginal(GRID, mean[:n], std[:n])) for n in counts]),
    )


def density_figure(density: Float[np.ndarray, "grid"], name: str, axis: str, *, height: int = 300) -> go.Figure:
    """Draw a density over GRID, filled, and the prior, dashed."""
    figure = go.Figure()
    figure.add_scatter(x=GRID, y=prior_density(GRID), name="prior N(0, 1)", line={"color": PRIOR, "dash": "dash", "width": 2})
    figure.add_scatter(x=GRID, y=density, name=name, line={"color": colour(0), "width": 2.5}, fill="tozeroy")
    figure.update_layout(height=height, margin=MARGIN, legend=LEGEND)
    figure.update_xaxes(title=axis, range=[-4, 4], gridcolor=FAINT)
    figure.update_yaxes(title="density", range=[0, max(0.6, 1.1 * float(density.max()))], gridcolor=FAINT)
    return figure


def gaussian_figure(mu: float, sigma: float) -> go.Figure:
    """Draw N(μ, σ²) and the prior."""
    density = np.exp(log_marginal(GRID, np.array([mu]), np.array([sigma])))
    return density_figure(density, "posterior q(z|x)", "z")


def kl_parts_figure(of_mean: float, of_width: float, *, height: int = 300) -> go.Figure:
    """Draw the KL of one Gaussian as a stacked bar of the parts of its mean and of its width."""
    figure = go.Figure()
    for name, value, shade in (("mean", of_mean, colour(1)), ("width", of_width, colour(4))):
        figure.add_bar(
            x=["KL"], y=[value], name=name, marker_color=shade, text=[f"{value:.2f}" if value > 0.3 else ""], width=0.5,
            textposition="inside", insidetextanchor="middle", textangle=0, textfont={"size": 13},
            hovertemplate=f"{name}: %{{y:.3f}} nats<extra></extra>",
        )  # fmt: skip
    figure.update_layout(height=height, margin=MARGIN, legend={**LEGEND, "traceorder": "normal"}, barmode="stack")
    figure.update_xaxes(title="this posterior", showticklabels=False)
    figure.update_yaxes(title="KL to the prior, nats", range=[0, max(5.0, 1.1 * (of_mean + of_width))], gridcolor=FAINT)
    return figure


def kl_growth_figure(growth: AggregateGrowth, at: int, *, height: int = 300) -> go.Figure:
    """Draw the mean KL of an image and the KL of the aggregate posterior over the number of images."""
    figure = go.Figure()
    for name, values, shade in (
        ("one image", growth.image_kl, colour(1)),
        ("aggregate posterior", growth.aggregate_kl, colour(4)),
    ):
        figure.add_scatter(
            x=growth.counts, y=values, name=name, mode="lines+markers", line={"color": shade, "width": 2},
            marker={"size": [13 if i == at else 5 for i in range(len(values))], "opacity": 1},
            hovertemplate=f"{name}, %{{x:,}} images: %{{y:.3f}} nats<extra></extra>",
        )  # fmt: skip
    figure.update_layout(height=height, margin=MARGIN, legend={**LEGEND, "itemsizing": "trace"})
    figure.update_xaxes(title="number of images", type="log", dtick=1, gridcolor=FAINT)
    figure.update_yaxes(title="KL to the prior, nats", rangemode="tozero", gridcolor=FAINT)
    return figure
