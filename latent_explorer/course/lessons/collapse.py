"""Units that a model stops using: over a data set, against β, and against a decoder that needs no code."""

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
class Use:
    """How much a model uses each unit of its code, over its training images."""

    kl: Float[np.ndarray, "latent"]  # mean over the images, nats
    variance: Float[np.ndarray, "latent"]  # Var_x(E[z_j|x])
    nll: float  # mean −log p(x|z), one sample of z per image, nats

    @property
    def dead(self) -> np.ndarray:
        """(D,) bool: Var_x(E[z_j|x]) ≤ 0.01; Burda et al. 2016 (arXiv 1509.00519)."""
        return self.variance <= ACTIVE_VARIANCE

    @property
    def active(self) -> int:
        return int((~self.dead).sum())

    @property
    def elbo(self) -> float:
        return -self.nll - float(self.kl.sum())


def use(atlas: LatentAtlas) -> Use:
    """Averages over the images; the prior is N(0, I)."""
    return Use(atlas.kl.mean(axis=0), atlas.mean.astype(np.float64).var(axis=0), float(atlas.nll.mean()))


def bars(found: Use, *, height: int = 280) -> go.Figure:
    """KL per unit, most first; dead ones are named in another colour, since their bars cannot be seen."""
    order = np.argsort(-found.kl, kind="stable")
    figure = go.Figure()
    for name, kept, shade in (("in use", ~found.dead, colour(0)), ("dead", found.dead, colour(2))):
        rows = [int(u) for u in order if kept[u]]
        figure.add_bar(
            x=[unit_name(u) for u in rows], y=found.kl[rows], name=name, marker_color=shade,
            text=[f"{found.kl[u]:.2f}" for u in rows], textposition="outside", cliponaxis=False, textfont={"size": 12},
            customdata=found.variance[rows], showlegend=True,
            hovertemplate="%{x}: KL %{y:.3f} nats, variance of the mean %{customdata:.3f}<extra></extra>",
        )  # fmt: skip
    figure.update_layout(height=height, margin=MARGIN, legend=LEGEND)
    figure.update_xaxes(title="unit, by KL", categoryorder="array", categoryarray=[unit_name(int(u)) for u in order])
    figure.update_yaxes(title="mean KL, nats", range=[0, 3.4], gridcolor=FAINT)
    return figure


def ladder(found: dict[int, Use], beta: int, *, height: int = 280) -> go.Figure:
    """Active units and the whole KL over β; the β that is shown is marked."""
    figure = make_subplots(specs=[[{"secondary_y": True}]])
    betas = list(found)
    for name, values, shade, second in (
        ("active units", [u.active for u in found.values()], colour(0), False),
        ("KL of all units", [float(u.kl.sum()) for u in found.values()], colour(1), True),
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


def images_of(kl: Float[np.ndarray, "n"], marked: int, name: str, *, height: int = 230) -> go.Figure:
    """How many images pay how much in one unit; one image is marked."""
    top = max(0.5, float(np.percentile(kl, 99.9)))
    figure = go.Figure(
        go.Histogram(
            x=kl, xbins={"start": 0, "end": top, "size": top / 60}, marker_color=colour(0), name="images",
            hovertemplate="%{y} images pay %{x} nats<extra></extra>",
        )
    )  # fmt: skip
    figure.add_vline(x=float(kl[marked]), line={"color": colour(1), "width": 3})
    figure.add_vline(x=float(kl.mean()), line={"color": colour(8), "width": 2, "dash": "dash"})
    figure.update_layout(height=height, margin=MARGIN)
    figure.update_xaxes(title=f"KL of one image in {name}, nats", range=[-0.01 * top, top], gridcolor=FAINT)
    figure.update_yaxes(title="images", gridcolor=FAINT)
    return figure


def twins(history: dict[str, list[dict]], floor: float, *, height: int = 300) -> go.Figure:
    """KL per unit over the steps of each run on one scale; the dashed line is the free bits' floor."""
    figure = make_subplots(1, len(history), shared_yaxes=True, subplot_titles=list(history), horizontal_spacing=0.04)
    for column, entries in enumerate(history.values(), 1):
        held = [entry for entry in entries if "held_out" in entry]
        kl = np.array([entry["held_out"]["unit_kl"] for entry in held])
        for j in range(kl.shape[1]):
            figure.add_scatter(
                x=[entry["step"] for entry in held], y=kl[:, j], name=unit_name(j), legendgroup=unit_name(j), mode="lines",
                line={"color": colour(j), "width": 2}, showlegend=column == 1, row=1, col=column,
                hovertemplate=f"{unit_name(j)}, step %{{x}}: %{{y:.3f}} nats<extra></extra>",
            )  # fmt: skip
        figure.update_xaxes(title="step", gridcolor=FAINT, row=1, col=column)
    figure.add_hline(y=floor, line={"color": colour(8), "width": 1.5, "dash": "dash"})
    figure.update_annotations(font={"size": 13})
    figure.update_yaxes(rangemode="tozero", gridcolor=FAINT)
    figure.update_yaxes(title="KL per unit, nats", row=1, col=1)
    figure.update_layout(height=height, margin={**MARGIN, "t": 60}, legend={**LEGEND, "y": 1.12})
    return figure
