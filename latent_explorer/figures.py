"""Arrays → plotly figures; no streamlit calls, no torch."""

import base64
import io

import numpy as np
import plotly.graph_objects as go
from PIL import Image

from latent_explorer.pictures import mosaic

# ten colours that stay apart for colour-blind eyes and on both backgrounds; Petroff 2021 (arXiv 2107.02270)
COLOURS = ("#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6", "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd")
SCALE = "Viridis"
FAINT = "rgba(128,128,128,0.28)"
LEGEND = {"orientation": "h", "yanchor": "bottom", "y": 1.0, "x": 0, "itemsizing": "constant", "font": {"size": 13}}
MARGIN = {"l": 0, "r": 0, "t": 8, "b": 0}


def colour(i: int) -> str:
    return COLOURS[i % len(COLOURS)]


def scatter(
    xy: np.ndarray,
    *,
    classes: np.ndarray | None = None,
    names: tuple[str, ...] = (),
    values: np.ndarray | None = None,
    value_name: str = "",
    axes: tuple[str, str] = ("", ""),
    rings: bool = False,
    height: int = 520,
) -> go.Figure:
    """A map of N points: a trace per class, or one coloured by value; ``rings`` draws the prior's 1, 2 and 3 σ."""
    figure = go.Figure()
    size = 4 if len(xy) > 3000 else 6
    if classes is not None:
        # one trace per class draws 60,000 points in 1.9 s, one trace with a colour array in 4.5 s
        for c in np.unique(classes):
            rows = np.flatnonzero(classes == c)
            label = names[c] if c < len(names) else str(c)
            marker = {"size": size, "color": colour(int(c)), "opacity": 0.75}
            figure.add_scattergl(
                x=xy[rows, 0], y=xy[rows, 1], customdata=rows, mode="markers", marker=marker, name=label,
                hovertemplate=f"{label}<br>%{{x:.2f}}, %{{y:.2f}}<extra></extra>",
            )  # fmt: skip
    else:
        low, high = np.percentile(values, [1, 99])
        bar = {"title": {"text": value_name, "side": "right"}, "thickness": 12, "outlinewidth": 0}
        marker = {
            "size": size,
            "color": values,
            "colorscale": SCALE,
            "cmin": low,
            "cmax": high,
            "colorbar": bar,
            "opacity": 0.8,
        }
        figure.add_scattergl(
            x=xy[:, 0], y=xy[:, 1], customdata=np.arange(len(xy)), mode="markers", marker=marker, name=value_name,
            text=[f"{v:.2f}" for v in values], hovertemplate=f"{value_name} %{{text}}<extra></extra>", showlegend=False,
        )  # fmt: skip
    if rings:
        for r in (1, 2, 3):
            circle = {"type": "circle", "x0": -r, "x1": r, "y0": -r, "y1": r, "layer": "below"}
            figure.add_shape(**circle, line={"color": "rgba(128,128,128,0.7)", "width": 1, "dash": "dot"})
            figure.add_annotation(x=r * 0.71, y=r * 0.71, text=f"{r}σ", showarrow=False, font={"size": 12})
    figure.update_layout(height=height, margin=MARGIN, legend=LEGEND, dragmode="pan", hovermode="closest")
    figure.update_xaxes(title=axes[0], zeroline=False, showgrid=True, gridcolor=FAINT)
    figure.update_yaxes(title=axes[1], zeroline=False, showgrid=True, gridcolor=FAINT, scaleanchor="x", scaleratio=1)
    return figure


def png(picture: np.ndarray) -> str:
    """A picture as a data URI."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, format="PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def image_matrix(
    images: np.ndarray, columns: int, *, row_names: list[str], column_names: list[str], x_title: str = "", cell: int = 46
) -> go.Figure:
    """Rows × columns of images with a name at each row and each column; pixels stay pixels."""
    rows, tile, gap = len(images) // columns, images.shape[-1], 1
    picture = mosaic(images, columns, gap=gap)
    factor = max(1, round(2 * cell / tile))  # drawn at twice its size on screen, so that a browser's smoothing hides nothing
    picture = picture.repeat(factor, axis=0).repeat(factor, axis=1)
    step = tile + gap
    figure = go.Figure()
    # images on axes in units of the small picture's pixels: ticks sit at the middle of each cell
    figure.add_layout_image(
        source=png(picture), xref="x", yref="y", x=0, y=0, sizex=columns * step - gap, sizey=rows * step - gap,
        sizing="stretch", layer="below",
    )  # fmt: skip
    centres = lambda n: [(i + 0.5) * step - gap / 2 for i in range(n)]  # noqa: E731
    shared = {"showgrid": False, "zeroline": False, "fixedrange": True, "ticks": "", "tickfont": {"size": 12}}
    figure.update_xaxes(
        range=[0, columns * step], tickvals=centres(columns), ticktext=column_names, title=x_title, **shared, constrain="domain"
    )
    figure.update_yaxes(
        range=[rows * step, 0], tickvals=centres(rows), ticktext=row_names, **shared, scaleanchor="x", constrain="domain",
        constraintoward="top",
    )  # fmt: skip
    figure.update_layout(height=rows * cell + 70, margin={"l": 0, "r": 0, "t": 4, "b": 0}, hovermode=False)
    return figure


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
    units = np.array([h["held_out"]["unit_kl"] for h in held]).reshape(len(held), -1)
    for j in np.argsort(-units[-1]) if len(held) else []:
        figure.add_scatter(
            x=[h["step"] for h in held], y=units[:, j], name=f"z{j}", mode="lines",
            line={"color": colour(int(j)), "width": 2, "dash": "solid" if j < len(COLOURS) else "dot"},
        )  # fmt: skip
    figure.update_layout(height=height, margin=MARGIN, legend=LEGEND, hovermode="x unified")
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
