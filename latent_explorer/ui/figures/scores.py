"""Measured scores: rate and distortion, matrices, class counts, label leak."""

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float

from latent_explorer.ui.figures.style import FAINT, GREY, LEGEND, MARGIN, colour


def rate_distortion_plane(
    points: dict[str, tuple[float, float]], *, curve: list[tuple[float, float, float]] | None = None, height: int = 360
) -> go.Figure:
    """Draw models at (rate, distortion), nats; a dotted line joins points of equal ELBO (Alemi et al. 2018, 1711.00464).

    Args:
        points: (rate, distortion) by the model's name.
        curve: (β, rate, distortion) of a model that was trained for a range of β.
        height: In pixels.
    """
    figure = go.Figure()
    # the axes: the rate from 0, the distortion with room for the labels of the lines
    drawn = list(points.values()) + [point[1:] for point in curve or ()]
    rates, distortions = np.array(drawn).T
    top = 1.25 * max(rates.max(), 1.0)
    spread = max(np.ptp(distortions), 0.1 * np.abs(distortions).max())
    floor, ceiling = distortions.min() - 0.6 * spread, distortions.max() + 0.6 * spread
    # lines of equal ELBO
    for negative_elbo in round_levels(floor, ceiling + top):
        figure.add_scatter(
            x=[0, top], y=[negative_elbo, negative_elbo - top], mode="lines", showlegend=False, hoverinfo="skip",
            line={"color": FAINT, "dash": "dot", "width": 1},
        )  # fmt: skip
        x = min(0.82 * top, negative_elbo - floor - 0.03 * (ceiling - floor))  # right of the points, or below them
        if 0.02 * top < x and negative_elbo - x < ceiling:
            figure.add_annotation(
                x=x, y=negative_elbo - x, text=f"ELBO {-negative_elbo:g}".replace("-", "−"), showarrow=False,
                font={"size": 12, "color": "#888"}, xanchor="left", yanchor="bottom",
            )  # fmt: skip
    if curve:
        betas, xs, ys = zip(*curve)
        figure.add_scatter(
            x=xs, y=ys, customdata=betas, mode="lines+markers", line={"color": GREY, "width": 2}, marker={"size": 5},
            name="one model, every β",
            hovertemplate="β = %{customdata:.3g}<br>rate %{x:.2f}, distortion %{y:.2f} nats<extra></extra>",
        )  # fmt: skip
    for i, (name, (rate, distortion)) in enumerate(points.items()):
        hover = f"{name}<br>rate %{{x:.2f}}, distortion %{{y:.2f}}<br>ELBO {-(rate + distortion):.2f} nats<extra></extra>"
        marker = {"size": 14, "color": colour(i)}
        figure.add_scatter(
            x=[rate], y=[distortion], mode="markers", marker=marker, name=name, hovertemplate=hover, customdata=[name]
        )
    figure.update_layout(height=height, margin=MARGIN, legend=LEGEND, clickmode="event+select")
    figure.update_xaxes(title="rate KL(q(z|x) ‖ p(z)), nats", range=[0, top], gridcolor=FAINT)
    figure.update_yaxes(title="distortion −log p(x|z), nats", range=[floor, ceiling], gridcolor=FAINT)
    return figure


def round_levels(low: float, high: float, most: int = 9) -> list[float]:
    """Return round numbers between ``low`` and ``high``, about ``most`` of them or fewer."""
    raw = max(high - low, 1e-9) / most
    power = 10 ** np.floor(np.log10(raw))
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= raw)
    return [float(v) for v in np.arange(np.ceil(low / step), high / step + 1e-9) * step]


def heat_map(table: Float[np.ndarray, "rows columns"], rows: list[str], columns: list[str]) -> go.Figure:
    """Draw a heat map in which 0 is white; up to 200 cells show their number."""
    signed = {"colorscale": "RdBu", "zmid": 0}
    figure = go.Figure(
        go.Heatmap(
            z=table, x=columns, y=rows, texttemplate="%{z:.2f}" if table.size <= 200 else None, textfont={"size": 12}, xgap=2,
            ygap=2, colorbar={"thickness": 12, "outlinewidth": 0}, hovertemplate="%{y}, %{x}: %{z:.3f}<extra></extra>",
            **signed if table.min() < 0 else {"colorscale": "Blues", "zmin": 0, "zmax": float(table.max()) or 1.0},
        )
    )  # fmt: skip
    figure.update_yaxes(autorange="reversed", showgrid=False)
    figure.update_xaxes(side="top", showgrid=False)
    figure.update_layout(height=90 + 30 * len(rows), margin=MARGIN)
    return figure


def class_counts(by_class: dict[str, int], *, height: int = 180) -> go.Figure:
    """Draw the number of images per class, in the colours of the map."""
    names = list(by_class)
    figure = go.Figure(go.Bar(x=names, y=list(by_class.values()), marker_color=[colour(i) for i in range(len(names))]))
    figure.update_layout(height=height, margin=MARGIN)
    figure.update_xaxes(type="category")
    figure.update_yaxes(title="images", gridcolor=FAINT)
    return figure


def label_leaks(found: dict[str, tuple[float, float]], first: str) -> go.Figure:
    """Draw how well a linear classifier reads the label from the latent code, a bar per model.

    Args:
        found: (accuracy, chance level) on held-out images, by the model's name.
        first: Name of the model to highlight.
    """
    names = list(found)
    figure = go.Figure()
    figure.add_bar(
        x=[accuracy for accuracy, _ in found.values()], y=names, orientation="h", name="from the latent code",
        marker_color=[colour(0) if n == first else GREY for n in names], text=[f"{a:.0%}" for a, _ in found.values()],
        textposition="outside", cliponaxis=False,
    )  # fmt: skip
    figure.add_scatter(
        x=[chance for _, chance in found.values()], y=names, mode="markers", name="chance",
        marker={"symbol": "line-ns", "size": 18, "line": {"width": 3, "color": colour(1)}},
    )  # fmt: skip
    figure.update_layout(height=110 + 40 * len(names), margin=MARGIN, legend=LEGEND)
    figure.update_yaxes(autorange="reversed")
    figure.update_xaxes(range=[0, 1.08], tickformat=".0%", title="accuracy on held-out images", gridcolor=FAINT)
    return figure
