"""Figures of a run's history and frames; no streamlit calls, no torch.

What the live view draws each second is built in one call: Plotly checks a whole figure again with each update.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from latent_explorer.ui.display_names import unit_name
from latent_explorer.ui.figures.style import FAINT, LEGEND, MARGIN, colour
from vae_core.latent.active_units import ACTIVE_VARIANCE

if TYPE_CHECKING:
    from vae_core.config import TrainConfig

INACTIVE_COLOUR = "rgba(148,164,162,0.55)"
Arrays = dict[str, np.ndarray]  # a frame of a run, or its fixed images and labels
History = list[dict[str, Any]]


def lane_title(config: "TrainConfig") -> str:
    """Return the title of a lane of a race: its β."""
    return f"β = {config.to_json()['objective']['beta']:g}"


def held_out_at(history: History, step: int) -> dict[str, Any] | None:
    """Return the last measurement on the held-out images up to that step; None if there is none."""
    return next((h["held_out"] for h in reversed(history) if h["step"] <= step and "held_out" in h), None)


def unit_kl_bars(held_out: dict[str, Any], top: float, *, axis_title: str = "", height: int = 250) -> go.Figure:
    """Draw the KL of each unit, nats, in a fixed order, so that a collapse is visible; inactive units are grey.

    Args:
        held_out: A measurement, as ``held_out_at`` returns it.
        top: The largest KL on the axis; the same for all steps.
        axis_title: Text below the bars.
        height: In pixels.
    """
    values, variance = held_out["unit_kl"], held_out["mean_variance"]
    active = [v > ACTIVE_VARIANCE for v in variance]
    names = [unit_name(j) for j in range(len(values))]
    bars = {
        "type": "bar", "x": names, "y": values, "marker": {"color": [colour(0) if a else INACTIVE_COLOUR for a in active]},
        "customdata": [[v, "active" if a else "inactive"] for v, a in zip(variance, active)],
        "hovertemplate": "%{x}: %{y:.3f} nats<br>variance of its mean %{customdata[0]:.4f}, %{customdata[1]}<extra></extra>",
    }  # fmt: skip
    layout = {
        "height": height, "margin": MARGIN, "bargap": 0.2,
        "xaxis": {"type": "category", "tickangle": 0 if len(names) <= 10 else -90, "title": {"text": axis_title}},
        "yaxis": {"title": {"text": "KL, nats"}, "range": [0, max(top, 0.1) * 1.05], "gridcolor": FAINT},
    }  # fmt: skip
    return go.Figure([bars], layout)


def largest_unit_kl(history: History) -> float:
    """Return the largest KL of a unit at any step: the scale that the bars of all steps share."""
    return max((max(h["held_out"]["unit_kl"]) for h in history if "held_out" in h), default=1.0)


def axis_titles(frame: Arrays, latent_dim: int) -> tuple[str, str]:
    """Return the titles of the latent map's axes: the units themselves, or principal components."""
    if latent_dim == 1:
        return unit_name(0), ""
    if latent_dim == 2:
        return unit_name(0), unit_name(1)
    share = f"{100 * float(frame['explained']):.0f} % of the variance"
    return "first principal component", f"second (together {share})"


def latent_map(frame: Arrays, fixed: Arrays, latent_dim: int, *, titles: bool = True, height: int = 330) -> go.Figure:
    """Draw the posterior means of the fixed held-out images by class; a small map has no legend and no axis titles."""
    xy, labels, names = frame["xy"].astype(np.float32), fixed["labels"], fixed["class_names"]
    if len(labels) and len(names) <= 12:
        groups = [(str(names[c]), xy[labels == c]) for c in range(len(names))]
    else:
        groups = [("images", xy)]
    traces = [
        {
            "x": points[:, 0], "y": points[:, 1], "mode": "markers", "name": name, "hoverinfo": "name",
            "marker": {"size": 5, "color": colour(i), "opacity": 0.8},
        }
        for i, (name, points) in enumerate(groups)
    ]  # fmt: skip
    x_title, y_title = axis_titles(frame, latent_dim) if titles else ("", "")
    layout = {
        "height": height, "margin": MARGIN, "legend": LEGEND, "showlegend": titles and len(groups) > 1,
        "xaxis": {"title": {"text": x_title}, "zeroline": False, "gridcolor": FAINT},
        "yaxis": {"title": {"text": y_title}, "zeroline": False, "gridcolor": FAINT, "scaleanchor": "x"},
    }  # fmt: skip
    return go.Figure(traces, layout)


def rate_distortion_path(history: History, last_step: int | None = None) -> list[tuple[float, float]]:
    """Return (rate, distortion) of the held-out images, nats, at each measured step up to ``last_step``."""
    measured = [h for h in history if "held_out" in h and h["step"] > 0 and (last_step is None or h["step"] <= last_step)]
    return [(h["held_out"]["kl"], h["held_out"]["reconstruction"]) for h in measured]


def race_plane(lanes: dict[str, list[tuple[float, float]]], *, height: int = 380) -> go.Figure:
    """Draw each lane's path through (rate, distortion), nats, its newest point large; a dotted line joins points of one ELBO.

    Alemi et al. 2018 (arXiv 1711.00464).
    """
    figure = go.Figure()
    last = [points[-1] for points in lanes.values() if points]
    for i, (name, points) in enumerate(lanes.items()):
        rate, distortion = np.array(points).reshape(-1, 2).T
        sizes = [4] * max(len(points) - 1, 0) + [14] * bool(points)
        figure.add_scatter(
            x=rate, y=distortion, mode="lines+markers", name=name, line={"color": colour(i), "width": 1.5},
            marker={"size": sizes, "color": colour(i)},
            hovertemplate=f"{name}<br>rate %{{x:.2f}}, distortion %{{y:.2f}} nats<extra></extra>",
        )  # fmt: skip
    if last:
        distortions, top = [d for _, d in last], 1.25 * max(max(r for r, _ in last), 1.0)
        for rate, distortion in last:
            negative_elbo = rate + distortion
            figure.add_scatter(
                x=[0, top], y=[negative_elbo, negative_elbo - top], mode="lines", showlegend=False, hoverinfo="skip",
                line={"color": FAINT, "dash": "dot", "width": 1},
            )  # fmt: skip
        spread = max(0.35 * np.ptp(distortions), 0.12 * float(np.max(np.abs(distortions))), 1.0)
        figure.update_xaxes(range=[0, top])
        figure.update_yaxes(range=[min(distortions) - spread, max(distortions) + 2 * spread])
    figure.update_layout(height=height, margin=MARGIN, legend=LEGEND)
    figure.update_xaxes(title="rate KL(q(z|x) ‖ p(z)), nats", gridcolor=FAINT)
    figure.update_yaxes(title="distortion −log p(x|z), nats", gridcolor=FAINT)
    return figure
