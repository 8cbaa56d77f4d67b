"""Arrays → plotly figures; no streamlit calls, no torch."""

import base64
import io

import numpy as np
import plotly.graph_objects as go
from PIL import Image

from latent_explorer.pictures import mosaic
from latent_explorer.words import unit

# ten colours that stay apart for colour-blind eyes and on both backgrounds; Petroff 2021 (arXiv 2107.02270).
# The canvas has the same in src/maths/colour.ts: a class looks alike wherever it is drawn.
COLOURS = ("#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6", "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd")
FAINT = "rgba(128,128,128,0.28)"
LEGEND = {"orientation": "h", "yanchor": "bottom", "y": 1.0, "x": 0, "itemsizing": "constant", "font": {"size": 13}}
MARGIN = {"l": 0, "r": 0, "t": 8, "b": 0}


def colour(i: int) -> str:
    return COLOURS[i % len(COLOURS)]


def png(picture: np.ndarray) -> str:
    """A picture as a data URI."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, format="PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def decoded_plane(images: np.ndarray, side: int, extent: float, *, axes: tuple[str, str], height: int = 520) -> go.Figure:
    """side × side decoded images over [−extent, extent]², each at its code's place."""
    picture = mosaic(images, side, gap=0)
    factor = max(1, round(1200 / len(picture)))
    half = extent * (1 + 1 / (side - 1))  # a cell is centred on its code, so the picture reaches half a cell further
    figure = go.Figure()
    figure.add_layout_image(
        source=png(picture.repeat(factor, axis=0).repeat(factor, axis=1)), xref="x", yref="y", x=-half, y=half,
        sizex=2 * half, sizey=2 * half, sizing="stretch", layer="below",
    )  # fmt: skip
    figure.update_xaxes(range=[-half, half], title=axes[0], showgrid=False, zeroline=False, constrain="domain")
    figure.update_yaxes(
        range=[-half, half], title=axes[1], showgrid=False, zeroline=False, scaleanchor="x", constrain="domain",
        constraintoward="top",
    )  # fmt: skip
    figure.update_layout(height=height, margin=MARGIN, hovermode=False, dragmode="pan")
    return figure


def kl_bars(unit_kl: dict[str, np.ndarray], *, height: int = 260) -> go.Figure:
    """Mean KL per unit in nats, each model's units sorted: bars that vanish are units that died."""
    figure = go.Figure()
    for i, (name, values) in enumerate(unit_kl.items()):
        values = np.sort(values)[::-1]
        figure.add_bar(
            x=np.arange(1, len(values) + 1), y=values, name=name, marker_color=colour(i),
            hovertemplate=f"{name}<br>rank %{{x}}: %{{y:.2f}} nats<extra></extra>",
        )  # fmt: skip
    figure.update_layout(height=height, margin=MARGIN, legend=LEGEND, barmode="group", bargap=0.25)
    figure.update_xaxes(title="unit, by KL", dtick=1)
    figure.update_yaxes(title="KL, nats", gridcolor=FAINT)
    return figure


def curves(history: list[dict], *, height: int = 300, steps: int | None = None) -> go.Figure:
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


def unit_curves(history: list[dict], *, height: int = 300) -> go.Figure:
    """KL of each unit over steps, nats: one sees units come alive, or die."""
    held = [h for h in history if "held_out" in h]
    figure = go.Figure()
    units = np.array([h["held_out"]["unit_kl"] for h in held])
    for j in np.argsort(-units[-1]) if held else []:
        figure.add_scatter(
            x=[h["step"] for h in held], y=units[:, j], name=unit(j), mode="lines",
            line={"color": colour(int(j)), "width": 2, "dash": "solid" if j < len(COLOURS) else "dot"},
        )  # fmt: skip
    figure.update_layout(height=height, margin=MARGIN, legend=LEGEND, hovermode="x unified")
    figure.update_layout(showlegend=len(figure.data) <= len(COLOURS))  # twenty names would be larger than their figure
    figure.update_xaxes(title="step", gridcolor=FAINT)
    figure.update_yaxes(title="KL per unit, nats", rangemode="tozero", gridcolor=FAINT)
    return figure


def rate_distortion(points: dict[str, tuple[float, float]], *, height: int = 360) -> go.Figure:
    """Each model at (rate, distortion) in nats; a grey line joins all points of one ELBO (Alemi et al. 2018, 1711.00464)."""
    figure = go.Figure()
    rates, distortions = np.array(list(points.values())).T
    top = 1.25 * max(rates.max(), 1.0)
    for elbo in sorted({round(r + d) for r, d in points.values()}):
        figure.add_scatter(
            x=[0, top], y=[elbo, elbo - top], mode="lines", line={"color": FAINT, "dash": "dot", "width": 1},
            showlegend=False, hoverinfo="skip",
        )  # fmt: skip
    for i, (name, (rate, distortion)) in enumerate(points.items()):
        hover = f"{name}<br>rate %{{x:.2f}}, distortion %{{y:.2f}}<br>ELBO {-(rate + distortion):.2f} nats<extra></extra>"
        marker = {"size": 13, "color": colour(i)}
        figure.add_scatter(x=[rate], y=[distortion], mode="markers", marker=marker, name=name, hovertemplate=hover)
    spread = max(np.ptp(distortions), 0.1 * np.abs(distortions).max())
    figure.update_layout(height=height, margin=MARGIN, legend=LEGEND)
    figure.update_xaxes(title="rate KL(q(z|x) ‖ p(z)), nats", range=[0, top], gridcolor=FAINT)
    figure.update_yaxes(
        title="distortion −log p(x|z), nats", range=[distortions.min() - spread, distortions.max() + spread], gridcolor=FAINT
    )
    return figure


def heat_map(table: np.ndarray, rows: list[str], columns: list[str], unit: str, *, height: int | None = None) -> go.Figure:
    """A matrix with its numbers in its cells, from 0 to its largest."""
    figure = go.Figure(
        go.Heatmap(
            z=table, x=columns, y=rows, texttemplate="%{z:.2f}", colorscale="Blues", zmin=0, zmax=max(1e-9, table.max()),
            colorbar={"title": unit, "thickness": 12, "outlinewidth": 0}, xgap=2, ygap=2,
        )
    )  # fmt: skip
    figure.update_yaxes(autorange="reversed", showgrid=False)
    figure.update_xaxes(side="top", showgrid=False)
    figure.update_layout(height=height or 60 + 34 * len(rows), margin=MARGIN)
    return figure


def counts(by_class: dict[str, int], *, height: int = 180) -> go.Figure:
    """A bar per class, in the map's colours."""
    names = list(by_class)
    figure = go.Figure(go.Bar(x=names, y=list(by_class.values()), marker_color=[colour(i) for i in range(len(names))]))
    figure.update_layout(height=height, margin=MARGIN)
    figure.update_xaxes(type="category")
    figure.update_yaxes(title="images", gridcolor=FAINT)
    return figure
