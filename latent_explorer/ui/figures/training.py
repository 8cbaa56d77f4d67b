"""The history of a training: the ELBO and the KL of each unit over steps."""

from typing import Any

import numpy as np
import plotly.graph_objects as go

from latent_explorer.ui.display_names import setting_name, unit_name
from latent_explorer.ui.figures.style import COLOURS, FAINT, LEGEND, MARGIN, colour


def training_curves(
    history: list[dict[str, Any]],
    *,
    measured_name: str = "measured",
    changes: list[dict[str, Any]] | None = None,
    n_steps: int | None = None,
    shown_step: int | None = None,
    height: int = 300,
) -> go.Figure:
    """Draw the ELBO over steps, nats per image: of the training batches, faint, and measured on a whole split.

    The figure is built in one call: Plotly checks a whole figure again with each update, and a live view draws it each second.

    Args:
        history: The records of a model or of a run.
        measured_name: Name of the measured curve in the legend.
        changes: Changes of settings during the training; each is marked with a dashed line.
        n_steps: The last step of the axis; by default the last one recorded.
        shown_step: A step to mark with a solid line.
        height: In pixels.
    """
    batches = [(h["step"], -(h["reconstruction"] + h["kl"])) for h in history if "reconstruction" in h]
    measured = [(h["step"], h["held_out"]["elbo"]) for h in history if "held_out" in h]
    traces = [
        {
            "x": [step for step, _ in batches], "y": [elbo for _, elbo in batches], "name": "training batch", "mode": "lines",
            "line": {"color": "rgba(148,164,162,0.7)", "width": 1},
        },
        {
            "x": [step for step, _ in measured], "y": [elbo for _, elbo in measured], "name": measured_name,
            "mode": "lines+markers", "line": {"color": colour(0), "width": 2.5}, "marker": {"size": 5},
        },
    ]  # fmt: skip
    values = [elbo for step, elbo in batches + measured if step > 0] or [elbo for _, elbo in measured]
    layout = {
        "height": height, "margin": MARGIN, "legend": LEGEND, "hovermode": "x unified",
        "xaxis": {"title": {"text": "step"}, "range": [0, n_steps] if n_steps else None, "gridcolor": FAINT},
        "yaxis": {"title": {"text": "ELBO, nats"}, "range": _elbo_range(values), "gridcolor": FAINT},
    }  # fmt: skip
    figure = go.Figure(traces, layout)
    _mark_changes(figure, changes or [])
    if shown_step is not None:
        figure.add_vline(x=shown_step, line={"color": COLOURS[1], "width": 2})
    return figure


def _elbo_range(values: list[float]) -> list[float] | None:
    """Return the range of the ELBO's axis; the first steps are far below all others, so the lowest values are cut off."""
    if not values:
        return None
    low, high = np.percentile(values, [8 if len(values) > 20 else 0, 100])
    return [low - 0.05 * (high - low) - 0.1, high + 0.08 * (high - low) + 0.1]


def _mark_changes(figure: go.Figure, changes: list[dict[str, Any]]) -> None:
    """Draw a dashed line where settings were changed, with their new values."""
    for entry in changes:
        text = ", ".join(f"{setting_name(name)} → {value:g}" for name, value in entry["change"].items())
        figure.add_vline(
            x=entry["step"], line={"color": COLOURS[2], "width": 1.5, "dash": "dash"},
            annotation={"text": text, "font": {"size": 12}, "textangle": -90, "xanchor": "right", "yanchor": "top"},
        )  # fmt: skip


def unit_kl_curves(history: list[dict[str, Any]], *, height: int = 300) -> go.Figure:
    """Draw the KL of each unit over steps, nats: it shows when a unit becomes active or collapses."""
    held_out = [h for h in history if "held_out" in h]
    figure = go.Figure()
    kl = np.array([h["held_out"]["unit_kl"] for h in held_out])
    for j in np.argsort(-kl[-1]) if held_out else []:
        figure.add_scatter(
            x=[h["step"] for h in held_out], y=kl[:, j], name=unit_name(int(j)), mode="lines",
            line={"color": colour(int(j)), "width": 2, "dash": "solid" if j < len(COLOURS) else "dot"},
        )  # fmt: skip
    figure.update_layout(height=height, margin=MARGIN, legend=LEGEND, hovermode="x unified")
    few_units = not held_out or kl.shape[1] <= len(COLOURS)
    figure.update_layout(showlegend=few_units)  # twenty names would be larger than their figure
    figure.update_xaxes(title="step", gridcolor=FAINT)
    figure.update_yaxes(title="KL per unit, nats", rangemode="tozero", gridcolor=FAINT)
    return figure
