"""Reparameterization: fixed noise that moves with μ and σ, and the variance that the gradient through it saves."""

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float

from latent_explorer.ui.figures import FAINT, LEGEND, MARGIN, colour
from vae_core.analysis.gradients import GradientDraws, likelihood_gradients
from vae_core.checkpoints.trained_vae import TrainedVAE
from vae_core.common.seeds import rng

FIXED = 15  # noise values: few enough to follow each one
DRAWS = 400
ESTIMATORS = ("pathwise", "score function", "score function, baseline")


@dataclass(frozen=True)
class GradientComparison:
    """Three estimators of the gradient of one image's log p(x|z), in the order of ``ESTIMATORS``."""

    draws: tuple[Float[np.ndarray, "draws latent"], ...]
    variance: tuple[float, ...]  # of one draw's estimate, summed over units, nats² per unit²

    @property
    def ratios(self) -> tuple[float, ...]:
        """Variance over that of the first: the number of draws for the error of one draw of the first."""
        return tuple(v / self.variance[0] for v in self.variance)

    def mean_differences(self) -> tuple[float, ...]:
        """Distance of each mean from the first one's, in standard errors of the difference; the largest over units."""
        first = self.draws[0]
        found = []
        for draws in self.draws:
            difference = draws - first  # of the same ε
            error = difference.std(axis=0, ddof=1) / np.sqrt(len(first))
            found.append(float(np.max(np.abs(difference.mean(axis=0)) / np.maximum(error, 1e-12))))
        return tuple(found)


def compare_gradients(
    model: TrainedVAE, image: Float[np.ndarray, "channels height width"], *, n: int = DRAWS, seed: int = 0
) -> GradientComparison:
    """Estimate the gradient at the posterior of one image n times with each estimator."""
    found = likelihood_gradients(model, image, n=n, seed=seed)
    draws = (found.pathwise, found.score, found.baseline)
    return GradientComparison(draws, tuple(GradientDraws.variance(d) for d in draws))


def format_ratio(ratio: float) -> str:
    """Return a ratio with one or two significant digits.

    >>> format_ratio(3.456), format_ratio(123456), format_ratio(87)
    ('3.5', '120,000', '87')
    """
    return f"{ratio:.1f}" if ratio < 10 else f"{float(f'{ratio:.2g}'):,.0f}"


def fixed_noise(n: int = FIXED, seed: int = 0) -> Float[np.ndarray, "n"]:
    """ε ~ N(0, 1), drawn once."""
    return rng(seed, "frozen").standard_normal(n)


def noise_to_code_figure(epsilon: Float[np.ndarray, "n"], mu: float, sigma: float, *, height: int = 300) -> go.Figure:
    """Draw each ε below, its z = μ + σ ε above, and a line between the two; their densities behind."""
    z = mu + sigma * epsilon
    figure = go.Figure()
    grid = np.linspace(-6, 6, 481)
    for base, mean, width, shade, name in (
        (0, 0, 1, "#717581", "p(ε) = N(0, 1)"),
        (1, mu, sigma, colour(0), "q(z|x) = N(μ, σ²)"),
    ):
        bump = np.exp(-0.5 * ((grid - mean) / width) ** 2)  # height 1 for every width: a narrow density would be too high
        figure.add_scatter(
            x=grid, y=np.full_like(grid, base), mode="lines", line={"width": 0}, hoverinfo="skip", showlegend=False
        )
        figure.add_scatter(
            x=grid, y=base + 0.35 * bump, mode="lines", line={"color": shade, "width": 2}, fill="tonexty", name=name,
            hoverinfo="skip", opacity=0.5,
        )  # fmt: skip
    xs = np.column_stack([epsilon, z, np.full_like(z, np.nan)]).ravel()
    ys = np.tile([0, 1, np.nan], len(z))
    figure.add_scatter(x=xs, y=ys, mode="lines", line={"color": "rgba(128,128,128,0.6)", "width": 1.2}, showlegend=False,
                       hoverinfo="skip")  # fmt: skip
    order = np.argsort(np.argsort(epsilon)) / max(1, len(epsilon) - 1)
    for name, x, y in (("ε", epsilon, 0), ("z", z, 1)):
        figure.add_scatter(
            x=x, y=np.full(len(x), y), mode="markers", showlegend=False,
            marker={"size": 11, "color": order, "colorscale": "Cividis", "line": {"color": "white", "width": 1}},
            hovertemplate=f"{name} = %{{x:.2f}}<extra></extra>",
        )  # fmt: skip
    figure.update_layout(height=height, margin=MARGIN, legend=LEGEND)
    figure.update_xaxes(title="noise ε (below) and latent code z (above)", range=[-6, 6], zeroline=False, gridcolor=FAINT)
    figure.update_yaxes(tickvals=[0, 1], ticktext=["ε", "z"], range=[-0.08, 1.42], showgrid=False, zeroline=False,
                        tickfont={"size": 16})  # fmt: skip
    return figure


def variance_figure(found: GradientComparison, *, height: int = 240) -> go.Figure:
    """Draw the variance of one draw's gradient, a bar for each estimator, on a logarithmic axis."""
    figure = go.Figure()
    figure.add_bar(
        x=found.variance, y=[name.replace(", ", ",<br>") for name in ESTIMATORS], orientation="h",
        marker_color=[colour(0), colour(6), colour(1)], width=0.6,
        text=["× 1", *(f"× {format_ratio(r)}" for r in found.ratios[1:])], textposition="outside",
        cliponaxis=False, textfont={"size": 14},
        hovertemplate="%{y}: %{x:.3g}<extra></extra>",
    )  # fmt: skip
    low, high = np.log10(min(found.variance)), np.log10(max(found.variance))
    figure.update_layout(height=height, margin=MARGIN)
    figure.update_xaxes(
        title="variance, (nats per unit of z)²", type="log", range=[low - 1, high + 2.5], dtick=2,
        gridcolor=FAINT, exponentformat="power",
    )  # fmt: skip
    figure.update_yaxes(autorange="reversed", tickfont={"size": 13})
    return figure


def running_mean_figure(found: GradientComparison, unit: int, *, height: int = 300) -> go.Figure:
    """Draw the mean of the first n draws over n for one unit: all estimators reach the same value, some much later."""
    figure = go.Figure()
    n = np.arange(1, len(found.draws[0]) + 1)
    reach = 0.0
    for i, shade in ((2, colour(1)), (0, colour(0))):  # without a baseline the score function leaves the figure
        mean = np.cumsum(found.draws[i][:, unit]) / n
        reach = max(reach, float(np.abs(mean[9:]).max()))
        figure.add_scatter(x=n, y=mean, mode="lines", name=ESTIMATORS[i], line={"color": shade, "width": 2.5})
    figure.update_layout(height=height, margin=MARGIN, legend=LEGEND, hovermode="x unified")
    figure.update_xaxes(title="draws in the mean", gridcolor=FAINT, type="log", dtick=1)
    figure.update_yaxes(title="gradient, nats per unit of z", gridcolor=FAINT, range=[-1.1 * reach, 1.1 * reach])
    return figure
