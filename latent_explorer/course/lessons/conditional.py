"""What the code keeps once the label is told: clusters, and how well the label is still read from it."""

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float, Int

from latent_explorer.ui.figures import FAINT, MARGIN, class_maps, colour
from vae_core.analysis.atlas import LatentAtlas
from vae_core.latent.label_leak import Leak, label_leak

SHOWN = 2000  # points of a map


@dataclass(frozen=True)
class Kept:
    """What one model's codes keep of the label."""

    leak: Leak
    between: float  # share of the codes' variance that lies between the classes, in [0, 1]
    kl: float  # mean KL(q(z|x) ‖ p(z)), nats: the whole code


def between_classes(mean: Float[np.ndarray, "n latent"], labels: Int[np.ndarray, "n"]) -> float:
    """Share of the variance of the posterior means that lies between the class centres: 0 one cloud, 1 points."""
    centre = mean.mean(axis=0)
    apart = sum((labels == c).sum() * ((mean[labels == c].mean(axis=0) - centre) ** 2).sum() for c in np.unique(labels))
    return float(apart / ((mean - centre) ** 2).sum())


def kept(atlas: LatentAtlas) -> Kept:
    """Measured on the codes of the map, the training images."""
    mean = atlas.mean.astype(np.float64)
    return Kept(label_leak(mean, atlas.labels), between_classes(mean, atlas.labels), float(atlas.kl.sum(axis=1).mean()))


def maps(planes: dict[str, tuple[Float[np.ndarray, "n 2"], Int[np.ndarray, "n"]]], classes: tuple[str, ...]) -> go.Figure:
    """Maps side by side, coloured by class; one legend for all."""
    figure = class_maps(planes, classes, most=SHOWN)
    figure.update_xaxes(title="first principal axis")
    figure.update_yaxes(title="second")
    return figure


def probes(found: dict[str, Kept], *, height: int = 210) -> go.Figure:
    """How often the label is read right from the code, a bar per model, and chance."""
    figure = go.Figure(
        go.Bar(
            x=[k.leak.accuracy for k in found.values()], y=list(found), orientation="h", showlegend=False,
            marker_color=[colour(i) for i in range(len(found))], text=[f"{k.leak.accuracy:.0%}" for k in found.values()],
            textposition="auto", textfont={"size": 13},
        )
    )  # fmt: skip
    chance = next(iter(found.values())).leak.chance
    figure.add_vline(chance, line={"dash": "dot", "color": "#717581"})
    figure.add_annotation(  # above the bars, which would hide it
        x=chance, y=1, yref="paper", yanchor="bottom", text="chance", showarrow=False, font={"size": 12}
    )
    figure.update_layout(height=height, margin=MARGIN | {"t": 24})
    figure.update_xaxes(title="label read right from the code", range=[0, 1], tickformat=".0%", gridcolor=FAINT)
    figure.update_yaxes(autorange="reversed")
    return figure
