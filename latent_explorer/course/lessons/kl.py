"""The KL term: of one Gaussian in two parts, and of the sum of many, which is what the prior has to match."""

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
class Growing:
    """One unit's aggregate posterior over the first n images, for each n; KL in nats."""

    counts: tuple[int, ...]
    image_kl: Float[np.ndarray, "steps"]  # mean over the n images of KL(q(z_j|x) ‖ p(z_j))
    sum_kl: Float[np.ndarray, "steps"]  # KL(q(z_j) ‖ p(z_j)), q(z_j) the mixture of the n posteriors
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


def kl_of_the_sum(mean: Float[np.ndarray, "n"], std: Float[np.ndarray, "n"], *, n_samples: int = 4000, seed: int = 0) -> float:
    """KL(1/N Σ_n N(μ_n, σ_n²) ‖ N(0, 1)), nats: the dimension-wise KL of one unit (Chen et al. 2018, arXiv 1802.04942).

    A Monte-Carlo mean of log q(z) − log p(z) over samples of the mixture; log q(z) is the exact sum over all N.
    """
    draw = rng(seed, "sum")
    rows = np.resize(draw.permutation(len(mean)), n_samples)  # each image about as often as any other
    z = mean[rows] + std[rows] * draw.standard_normal(n_samples)
    return float((log_marginal(z, mean, std) - log_standard_normal(z[:, None])).mean())


def grow(mean: Float[np.ndarray, "n"], std: Float[np.ndarray, "n"], *, seed: int = 0) -> Growing:
    """Add the posteriors of one unit, in a random order, and measure the sum on the way."""
    order = rng(seed, "order").permutation(len(mean))
    mean, std = mean[order].astype(np.float64), std[order].astype(np.float64)
    place, width = split_kl(mean[:, None], std[:, None])
    counts = counts_up_to(len(mean))
    return Growing(
        counts,
        image_kl=np.array([(place + width)[:n].mean() for n in counts]),
        sum_kl=np.array([kl_of_the_sum(mean[:n], std[:n], seed=seed) for n in counts]),
        density=np.array([np.exp(log_marginal(GRID, mean[:n], std[:n])) for n in counts]),
    )


def over_prior(density: Float[np.ndarray, "grid"], name: str, axis: str, *, height: int = 300) -> go.Figure:
    """A density over GRID, filled, and the prior, dashed."""
    figure = go.Figure()
    figure.add_scatter(x=GRID, y=prior_density(GRID), name="prior N(0, 1)", line={"color": PRIOR, "dash": "dash", "width": 2})
    figure.add_scatter(x=GRID, y=density, name=name, line={"color": colour(0), "width": 2.5}, fill="tozeroy")
    figure.update_layout(height=height, margin=MARGIN, legend=LEGEND)
    figure.update_xaxes(title=axis, range=[-4, 4], gridcolor=FAINT)
    figure.update_yaxes(title="density", range=[0, max(0.6, 1.1 * float(density.max()))], gridcolor=FAINT)
    return figure


def one_gaussian(mu: float, sigma: float) -> go.Figure:
    """N(μ, σ²) over the prior."""
    density = np.exp(log_marginal(GRID, np.array([mu]), np.array([sigma])))
    return over_prior(density, "posterior q(z|x)", "z")


def parts(place: float, width: float, *, height: int = 300) -> go.Figure:
    """The KL of one Gaussian: the part of its width on that of its mean."""
    figure = go.Figure()
    for name, value, shade in (("mean", place, colour(1)), ("width", width, colour(4))):
        figure.add_bar(
            x=["KL"], y=[value], name=name, marker_color=shade, text=[f"{value:.2f}" if value > 0.3 else ""], width=0.5,
            textposition="inside", insidetextanchor="middle", textangle=0, textfont={"size": 13},
            hovertemplate=f"{name}: %{{y:.3f}} nats<extra></extra>",
        )  # fmt: skip
    figure.update_layout(height=height, margin=MARGIN, legend={**LEGEND, "traceorder": "normal"}, barmode="stack")
    figure.update_xaxes(title="this posterior", showticklabels=False)
    figure.update_yaxes(title="KL to the prior, nats", range=[0, max(5.0, 1.1 * (place + width))], gridcolor=FAINT)
    return figure


def both_kls(found: Growing, at: int, *, height: int = 300) -> go.Figure:
    """What an image pays on average and what the sum would, over the number of images; the number that is shown is marked."""
    figure = go.Figure()
    for name, values, shade in (("an image", found.image_kl, colour(1)), ("the sum", found.sum_kl, colour(4))):
        figure.add_scatter(
            x=found.counts, y=values, name=name, mode="lines+markers", line={"color": shade, "width": 2},
            marker={"size": [13 if i == at else 5 for i in range(len(values))], "opacity": 1},
            hovertemplate=f"{name}, %{{x:,}} images: %{{y:.3f}} nats<extra></extra>",
        )  # fmt: skip
    figure.update_layout(height=height, margin=MARGIN, legend={**LEGEND, "itemsizing": "trace"})
    figure.update_xaxes(title="images in the sum", type="log", dtick=1, gridcolor=FAINT)
    figure.update_yaxes(title="KL to the prior, nats", rangemode="tozero", gridcolor=FAINT)
    return figure
