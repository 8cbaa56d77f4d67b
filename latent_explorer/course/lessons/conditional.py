"""Conditional generation: how much a latent code encodes the label that the model is given anyway."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float, Int

from latent_explorer.course.lessons.ground_truth import labels_of
from latent_explorer.ui.figures import FAINT, MARGIN, class_maps, colour
from vae_core.analysis.atlas import LatentAtlas
from vae_core.latent.label_leak import Leak, label_leak

SHOWN = 2000  # points on a map


@dataclass(frozen=True)
class LabelInformation:
    """Information on the label in the codes of one model."""

    leak: Leak
    between: float  # share of the codes' variance that lies between the classes, in [0, 1]
    kl: float  # mean KL(q(z|x) ‖ p(z)), nats: of all units together


def between_class_share(mean: Float[np.ndarray, "n latent"], labels: Int[np.ndarray, "n"]) -> float:
    """Share of the variance of the posterior means that lies between the class centres.

    0: all classes have the same centre. 1: each class is a single point.
    """
    centre = mean.mean(axis=0)
    between = sum(
        float((labels == c).sum() * ((mean[labels == c].mean(axis=0) - centre) ** 2).sum()) for c in np.unique(labels)
    )
    return float(between / ((mean - centre) ** 2).sum())


def measure_label_information(atlas: LatentAtlas) -> LabelInformation:
    """Measure the codes of an atlas, which are those of training images."""
    mean, labels = atlas.mean.astype(np.float64), labels_of(atlas)
    return LabelInformation(label_leak(mean, labels), between_class_share(mean, labels), float(atlas.kl.sum(axis=1).mean()))


def class_maps_figure(
    maps: Mapping[str, tuple[Float[np.ndarray, "n 2"], Int[np.ndarray, "n"]]], classes: tuple[str, ...]
) -> go.Figure:
    """Draw maps side by side, coloured by class, with one legend."""
    figure = class_maps(dict(maps), classes, most=SHOWN)
    figure.update_xaxes(title="first principal axis")
    figure.update_yaxes(title="second")
    return figure


def probe_accuracy_figure(found: Mapping[str, LabelInformation], *, height: int = 210) -> go.Figure:
    """Draw how often a probe reads the label correctly from the code, a bar per model, and chance."""
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
    figure.update_xaxes(title="labels read correctly from the latent code", range=[0, 1], tickformat=".0%", gridcolor=FAINT)
    figure.update_yaxes(autorange="reversed")
    return figure
