"""Posterior collapse: units that a model stops using, over a dataset, over β, and with a decoder that needs no code."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float
from plotly.subplots import make_subplots

from latent_explorer.ui.display_names import unit_name
from latent_explorer.ui.figures import FAINT, LEGEND, MARGIN, colour
from vae_core.analysis.atlas import LatentAtlas
from vae_core.latent.active_units import ACTIVE_VARIANCE


@dataclass(frozen=True)
class UnitUsage:
    """Use that a model makes of each unit of its latent code, over its training images."""

    kl: Float[np.ndarray, "latent"]  # mean over the images, nats
    variance: Float[np.ndarray, "latent"]  # Var_x(E[z_j|x])
    nll: float  # mean −log p(x|z), one sample of z per image, nats

    @property
    def active(self) -> np.ndarray:
        """(D,) bool: Var_x(E[z_j|x]) > 0.01; Burda et al. 2016 (arXiv 1509.00519)."""
        return self.variance > ACTIVE_VARIANCE

    @property
    def n_active(self) -> int:
        """Number of active units."""
        return int(self.active.sum())

    @property
    def elbo(self) -> float:
        """−(mean −log p(x|z) + Σ_j mean KL_j), nats."""
        return -self.nll - float(self.kl.sum())


def measure_usage(atlas: LatentAtlas) -> UnitUsage:
    """Average over the images of an atlas; the prior is N(0, I)."""
    return UnitUsage(atlas.kl.mean(axis=0), atlas.mean.astype(np.float64).var(axis=0), float(atlas.nll.mean()))


def unit_kl_figure(usage: UnitUsage, *, height: int = 280) -> go.Figure:
    """Draw the KL per unit, largest first. Inactive units have labels in another colour: their bars are too small to see."""
    order = np.argsort(-usage.kl, kind="stable")
    figure = go.Figure()
    for name, group, shade in (("active", usage.active, colour(0)), ("inactive", ~usage.active, colour(2))):
        rows = [int(u) for u in order if group[u]]
        figure.add_bar(
            x=[unit_name(u) for u in rows], y=usage.kl[rows], name=name, marker_color=shade,
            text=[f"{usage.kl[u]:.2f}" for u in rows], textposition="outside", cliponaxis=False, textfont={"size": 12},
            customdata=usage.variance[rows], showlegend=True,
            hovertemplate="%{x}: KL %{y:.3f} nats, variance of the mean %{customdata:.3f}<extra></extra>",
        )  # fmt: skip
    figure.update_layout(height=height, margin=MARGIN, legend=LEGEND)
    figure.update_xaxes(title="unit, by KL", categoryorder="array", categoryarray=[unit_name(int(u)) for u in order])
    figure.update_yaxes(title="mean KL, nats", range=[0, 3.4], gridcolor=FAINT)
    return figure


def active_units_figure(usage: Mapping[int, UnitUsage], beta: int, *, height: int = 280) -> go.Figure:
    """Draw the number of active units and the total KL over β; the chosen β has larger marks."""
    figure = make_subplots(specs=[[{"secondary_y": True}]])
    betas = list(usage)
    for name, values, shade, second in (
        ("active units", [u.n_active for u in usage.values()], colour(0), False),
        ("KL of all units", [float(u.kl.sum()) for u in usage.values()], colour(1), True),
    ):
        figure.add_scatter(
            x=betas, y=values, name=name, mode="lines+markers", line={"color": shade, "width": 2.5},
            marker={"size": [14 if b == beta else 7 for b in betas], "opacity": 1},
            hovertemplate=f"β = %{{x}}, {name}: %{{y:.3g}}<extra></extra>", secondary_y=second,
        )  # fmt: skip
    figure.update_layout(height=height, margin=MARGIN, legend={**LEGEND, "itemsizing": "trace"})
    figure.update_xaxes(title="β", type="log", tickvals=betas, gridcolor=FAINT)
    figure.update_yaxes(title="active units", range=[0, 10.5], gridcolor=FAINT, secondary_y=False)
    figure.update_yaxes(title="KL, nats", rangemode="tozero", tickmode="auto", showgrid=False, secondary_y=True)
    return figure


def image_kl_figure(kl: Float[np.ndarray, "n"], marked: int, unit: str, *, height: int = 230) -> go.Figure:
    """Draw a histogram of the images' KL in one unit, with lines at one image and at the mean."""
    top = max(0.5, float(np.percentile(kl, 99.9)))
    figure = go.Figure(
        go.Histogram(
            x=kl, xbins={"start": 0, "end": top, "size": top / 60}, marker_color=colour(0), name="images",
            hovertemplate="%{y} images have %{x} nats<extra></extra>",
        )
    )  # fmt: skip
    figure.add_vline(x=float(kl[marked]), line={"color": colour(1), "width": 3})
    figure.add_vline(x=float(kl.mean()), line={"color": colour(8), "width": 2, "dash": "dash"})
    figure.update_layout(height=height, margin=MARGIN)
    figure.update_xaxes(title=f"KL of one image in {unit}, nats", range=[-0.01 * top, top], gridcolor=FAINT)
    figure.update_yaxes(title="images", gridcolor=FAINT)
    return figure


def training_kl_figure(history_of: Mapping[str, list[dict]], free_bits: float, *, height: int = 300) -> go.Figure:
    """Draw the KL per unit over the training steps of each run on one scale, with a dashed line at the free bits."""
    figure = make_subplots(1, len(history_of), shared_yaxes=True, subplot_titles=list(history_of), horizontal_spacing=0.04)
    for column, entries in enumerate(history_of.values(), 1):
        held = [entry for entry in entries if "held_out" in entry]
        kl = np.array([entry["held_out"]["unit_kl"] for entry in held])
        for j in range(kl.shape[1]):
            figure.add_scatter(
                x=[entry["step"] for entry in held], y=kl[:, j], name=unit_name(j), legendgroup=unit_name(j), mode="lines",
                line={"color": colour(j), "width": 2}, showlegend=column == 1, row=1, col=column,
                hovertemplate=f"{unit_name(j)}, step %{{x}}: %{{y:.3f}} nats<extra></extra>",
            )  # fmt: skip
        figure.update_xaxes(title="step", gridcolor=FAINT, row=1, col=column)
    figure.add_hline(y=free_bits, line={"color": colour(8), "width": 1.5, "dash": "dash"})
    figure.update_annotations(font={"size": 13})
    figure.update_yaxes(rangemode="tozero", gridcolor=FAINT)
    figure.update_yaxes(title="KL per unit, nats", row=1, col=1)
    figure.update_layout(height=height, margin={**MARGIN, "t": 60}, legend={**LEGEND, "y": 1.12})
    return figure
