"""β: what a larger weight of the KL changes, and which β a loss has that uses means instead of sums."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import plotly.graph_objects as go

from latent_explorer.ui.figures import FAINT, LEGEND, MARGIN, colour

Reduction = Literal["sums", "means", "mixed"]
REDUCTIONS: dict[Reduction, str] = {
    "sums": "sums over pixels and units",
    "means": "means over pixels and units",
    "mixed": "a mean over pixels, a sum over units",
}
SHORT_NAMES: dict[Reduction, str] = {"sums": "sums", "means": "means", "mixed": "mean, sum"}  # over pixels, over units
RECONSTRUCTION, KL = "reconstruction", "KL"
READABLE = {"minsize": 12, "mode": "hide"}  # a number that does not fit its bar is shown only on hover
SHADES = {RECONSTRUCTION: colour(1), KL: colour(0)}


@dataclass(frozen=True)
class ReducedLoss:
    """A β-VAE's loss as an implementation computes it: β, and how it reduces over pixels and units."""

    beta: float
    reduction: Reduction
    pixels: int
    units: int

    @property
    def divisors(self) -> tuple[int, int]:
        """The numbers that divide the summed reconstruction and the summed KL."""
        return {"sums": (1, 1), "means": (self.pixels, self.units), "mixed": (self.pixels, 1)}[self.reduction]

    @property
    def effective_beta(self) -> float:
        """The β of D + β R in sums with the same minimum: β · pixels / units where both are means.

        >>> ReducedLoss(4, "means", 1024, 10).effective_beta
        409.6
        """
        by_pixels, by_units = self.divisors
        return self.beta * by_pixels / by_units

    def terms(self, distortion: float, rate: float) -> tuple[float, float]:
        """Return both terms of the reduced loss for a distortion and a rate in nats per image."""
        by_pixels, by_units = self.divisors
        return distortion / by_pixels, self.beta * rate / by_units


def loss_terms_figure(beta: float, rate: float, distortion: float, *, most: float, height: int = 230) -> go.Figure:
    """Draw −ELBO = D + R and the loss D + β R as stacked bars, nats per image on an axis up to ``most``."""
    figure = go.Figure()
    rows = ["−ELBO", f"loss, β = {beta:.3g}"]
    for name, values in ((RECONSTRUCTION, [distortion, distortion]), (KL, [rate, beta * rate])):
        figure.add_bar(
            x=values, y=rows, orientation="h", name=name, marker_color=SHADES[name], text=[f"{v:.1f}" for v in values],
            textposition="inside", insidetextanchor="middle", textfont={"size": 14, "color": "#111111"}, textangle=0,
            hovertemplate=f"%{{y}}, {name}: %{{x:.2f}} nats<extra></extra>",
        )  # fmt: skip
    figure.update_layout(
        height=height, margin=MARGIN, legend={**LEGEND, "traceorder": "normal"}, barmode="stack", uniformtext=READABLE
    )
    figure.update_xaxes(title="nats per image", range=[0, most], gridcolor=FAINT)
    return figure


def loss_shares_figure(losses: dict[str, tuple[float, float]], *, height: int = 230) -> go.Figure:
    """Draw the shares of reconstruction and KL in each loss, a bar of length 1 per loss."""
    figure = go.Figure()
    names = list(losses)
    for i, name in enumerate(SHADES):
        values = [terms[i] for terms in losses.values()]
        parts = [terms[i] / sum(terms) for terms in losses.values()]
        figure.add_bar(
            x=parts, y=names, orientation="h", name=name, marker_color=SHADES[name], textangle=0,
            text=[f"{v:.3g}" if part > 0.08 else "" for v, part in zip(values, parts)], customdata=values,
            textposition="inside", insidetextanchor="middle", textfont={"size": 14, "color": "#111111"},
            hovertemplate=f"%{{y}}, {name}: %{{customdata:.3g}}, %{{x:.1%}} of the loss<extra></extra>",
        )  # fmt: skip
    figure.update_layout(
        height=height, margin=MARGIN, legend={**LEGEND, "traceorder": "normal"}, barmode="stack", uniformtext=READABLE
    )
    figure.update_xaxes(title="share of the loss", tickformat=".0%", range=[0, 1], gridcolor=FAINT)
    figure.update_yaxes(autorange="reversed")
    return figure


def terms_over_beta_figure(
    points: dict[int, tuple[float, float]], effective_beta: float, *, height: int = 300
) -> go.Figure:  # fmt: skip
    """Draw (rate, distortion) of the models trained at each β, and a vertical line at an effective β."""
    figure = go.Figure()
    betas = sorted(points)
    for name, i in ((RECONSTRUCTION, 1), (KL, 0)):
        figure.add_scatter(
            x=betas, y=[points[beta][i] for beta in betas], name=name, mode="lines+markers",
            line={"color": SHADES[name], "width": 2.5}, marker={"size": 8},
            hovertemplate=f"β = %{{x:g}}: {name} %{{y:.2f}} nats<extra></extra>",
        )  # fmt: skip
    figure.add_vline(x=effective_beta, line={"color": colour(2), "width": 3})
    side, shift = ("left", 6) if effective_beta < 1 else ("right", -6)  # away from the curves
    figure.add_annotation(
        x=np.log10(effective_beta), y=0.97, yref="paper", text=f"β = {effective_beta:.3g}", showarrow=False,
        xanchor=side, xshift=shift, font={"size": 13, "color": colour(2)},
    )  # fmt: skip
    figure.update_layout(height=height, margin=MARGIN, legend=LEGEND)
    figure.update_xaxes(title="β of the sums", type="log", dtick=1, range=[-2, 4.3], gridcolor=FAINT)
    figure.update_yaxes(title="nats per image", rangemode="tozero", gridcolor=FAINT)
    return figure
