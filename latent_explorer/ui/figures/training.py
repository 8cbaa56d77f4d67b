"""The history of a training."""

import numpy as np
import plotly.graph_objects as go

from latent_explorer.ui.display_names import unit_name
from latent_explorer.ui.figures.style import COLOURS, FAINT, LEGEND, MARGIN, colour


def training_curves(history: list[dict], *, height: int = 300, steps: int | None = None) -> go.Figure:
    """ELBO over steps: of the training batches, faint, and measured on a whole split; nats per image."""
    figure = go.Figure()
    batch = [(h["step"], -(h["reconstruction"] + h["kl"])) for h in history]
    held = [(h["step"], h["held_out"]) for h in history if "held_out" in h]
    figure.add_scatter(
        x=[s for s, _ in batch], y=[v for _, v in batch], name="training batch", mode="lines",
        line={"color": "rgba(148,164,162,0.7)", "width": 1},
    )  # fmt: skip
    figure.add_scatter(
        x=[s for s, _ in held], y=[h["elbo"] for _, h in held], name="measured", mode="lines+markers",
        line={"color": colour(0), "width": 2.5}, marker={"size": 5},
    )  # fmt: skip
    values = [v for _, v in batch] + [h["elbo"] for _, h in held]
    if values:  # the first steps are off the scale of everything that follows
        low, high = np.percentile(values, [8, 100])
        figure.update_yaxes(range=[low - 0.05 * (high - low), high + 0.08 * (high - low)])
    figure.update_layout(height=height, margin=MARGIN, legend=LEGEND, hovermode="x unified")
    figure.update_xaxes(title="step", range=[0, steps] if steps else None, gridcolor=FAINT)
    figure.update_yaxes(title="ELBO, nats", gridcolor=FAINT)
    return figure


def unit_kl_curves(history: list[dict], *, height: int = 300) -> go.Figure:
    """KL of each unit over steps, nats: one sees units come alive, or die."""
    held = [h for h in history if "held_out" in h]
    figure = go.Figure()
    units = np.array([h["held_out"]["unit_kl"] for h in held])
    for j in np.argsort(-units[-1]) if held else []:
        figure.add_scatter(
            x=[h["step"] for h in held], y=units[:, j], name=unit_name(j), mode="lines",
            line={"color": colour(int(j)), "width": 2, "dash": "solid" if j < len(COLOURS) else "dot"},
        )  # fmt: skip
    figure.update_layout(height=height, margin=MARGIN, legend=LEGEND, hovermode="x unified")
    figure.update_layout(showlegend=len(figure.data) <= len(COLOURS))  # twenty names would be larger than their figure
    figure.update_xaxes(title="step", gridcolor=FAINT)
    figure.update_yaxes(title="KL per unit, nats", rangemode="tozero", gridcolor=FAINT)
    return figure
