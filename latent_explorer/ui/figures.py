"""Arrays → plotly figures; no streamlit calls, no torch."""

import base64
import io
import re

import numpy as np
import plotly.graph_objects as go
from PIL import Image, ImageDraw
from plotly.subplots import make_subplots

from latent_explorer.ui.display_names import unit
from latent_explorer.ui.pictures import COLOURS, mosaic
from vae_core.common.seeds import rng

FAINT = "rgba(128,128,128,0.28)"
LEGEND = {"orientation": "h", "yanchor": "bottom", "y": 1.0, "x": 0, "itemsizing": "constant", "font": {"size": 13}}
MARGIN = {"l": 0, "r": 0, "t": 8, "b": 0}
DOTS_SIDE = 800  # pixels of a picture of points: about twice what a map has on screen


def colour(i: int) -> str:
    return COLOURS[i % len(COLOURS)]


def class_dots(figure: go.Figure, xy: np.ndarray, labels: np.ndarray, names: tuple[str, ...], *, legend: bool, **where) -> None:
    """Points (N, 2) by class, and a legend that names the colours; ``where`` is the row and col of a subplot.

    They are painted here and lie in the figure as a picture: a browser without a GPU takes most of a second over as many marks.
    Both axes get one scale, or the dots would not be round.
    """
    middle, reach = (xy.min(axis=0) + xy.max(axis=0)) / 2, 1.02 * float(np.ptp(xy, axis=0).max())
    picture = Image.new("RGBA", (DOTS_SIDE, DOTS_SIDE))
    draw = ImageDraw.Draw(picture, "RGBA")
    at = (xy - middle) / reach + 0.5
    for (x, y), label in zip(np.column_stack([at[:, 0], 1 - at[:, 1]]) * DOTS_SIDE, labels):
        draw.ellipse((x - 4, y - 4, x + 4, y + 4), fill=f"{colour(int(label))}e0")
    left, top = middle[0] - reach / 2, middle[1] + reach / 2
    figure.add_layout_image(
        source=png(np.asarray(picture)), x=left, y=top, sizex=reach, sizey=reach, sizing="stretch", layer="below",
        **(where or {"xref": "x", "yref": "y"}),
    )  # fmt: skip
    # a picture has no say in the range: two marks that nobody sees have
    (x0, y0), (x1, y1) = xy.min(axis=0), xy.max(axis=0)
    figure.add_scatter(x=[x0, x1], y=[y0, y1], mode="markers", opacity=0, hoverinfo="skip", showlegend=False, **where)
    across = figure.data[-1].xaxis or "x"
    figure.update_xaxes(constrain="range", **where)
    figure.update_yaxes(constrain="range", scaleanchor=across, **where)
    if legend:
        for i, name in enumerate(names):
            figure.add_scatter(x=[None], y=[None], mode="markers", name=name, marker={"size": 8, "color": colour(i)}, **where)
        figure.update_layout(legend={"itemclick": False, "itemdoubleclick": False})


def class_maps(maps: dict[str, tuple[np.ndarray, np.ndarray]], classes: tuple[str, ...], *, most: int) -> go.Figure:
    """Points (N, 2) with their labels (N,) by class, maps side by side under one legend; of each at most ``most``, seeded."""
    titles = [re.sub("([,:]) (?=[^,:]*$)", r"\1<br>", title) for title in maps]  # two lines fit half of a phone's width
    figure = make_subplots(1, len(maps), subplot_titles=titles, horizontal_spacing=0.14)
    for column, (xy, labels) in enumerate(maps.values(), start=1):
        rows = rng(0, "shown").permutation(len(xy))[:most]
        class_dots(figure, xy[rows], labels[rows], classes, legend=column == 1, row=1, col=column)
    figure.update_annotations(font={"size": 13})
    figure.update_layout(height=430, margin=MARGIN | {"t": 88}, legend=LEGEND | {"y": 1.14})
    figure.update_xaxes(zeroline=False, gridcolor=FAINT)
    figure.update_yaxes(zeroline=False, gridcolor=FAINT)
    return figure


def png(picture: np.ndarray) -> str:
    """A picture as a data URI."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, format="PNG", compress_level=1)  # quick: it travels once
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


def rate_distortion(
    points: dict[str, tuple[float, float]], *, curve: list[tuple[float, float, float]] | None = None, height: int = 360
) -> go.Figure:
    """Each model at (rate, distortion) in nats; a dotted line joins all points of one ELBO (Alemi et al. 2018, 1711.00464).

    ``curve`` holds (β, rate, distortion) of one model of many β.
    """
    figure = go.Figure()
    drawn = list(points.values()) + [point[1:] for point in curve or ()]
    rates, distortions = np.array(drawn).T
    top = 1.25 * max(rates.max(), 1.0)
    spread = max(np.ptp(distortions), 0.1 * np.abs(distortions).max())
    floor, ceiling = distortions.min() - 0.6 * spread, distortions.max() + 0.6 * spread
    for sum_ in _round_steps(floor, ceiling + top):
        figure.add_scatter(
            x=[0, top], y=[sum_, sum_ - top], mode="lines", line={"color": FAINT, "dash": "dot", "width": 1},
            showlegend=False, hoverinfo="skip",
        )  # fmt: skip
        x = min(0.82 * top, sum_ - floor - 0.03 * (ceiling - floor))  # right of the points, or below them
        if 0.02 * top < x and sum_ - x < ceiling:
            figure.add_annotation(
                x=x, y=sum_ - x, text=f"ELBO {-sum_:g}".replace("-", "−"), showarrow=False, font={"size": 12, "color": "#888"},
                xanchor="left", yanchor="bottom",
            )  # fmt: skip
    if curve:
        betas, xs, ys = zip(*curve)
        figure.add_scatter(
            x=xs, y=ys, customdata=betas, mode="lines+markers", line={"color": "#94a4a2", "width": 2}, marker={"size": 5},
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


def _round_steps(low: float, high: float, most: int = 9) -> list[float]:
    """Round numbers between low and high, at most about ``most``."""
    raw = max(high - low, 1e-9) / most
    power = 10 ** np.floor(np.log10(raw))
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= raw)
    return [float(v) for v in np.arange(np.ceil(low / step), high / step + 1e-9) * step]


def counts(by_class: dict[str, int], *, height: int = 180) -> go.Figure:
    """A bar per class, in the map's colours."""
    names = list(by_class)
    figure = go.Figure(go.Bar(x=names, y=list(by_class.values()), marker_color=[colour(i) for i in range(len(names))]))
    figure.update_layout(height=height, margin=MARGIN)
    figure.update_xaxes(type="category")
    figure.update_yaxes(title="images", gridcolor=FAINT)
    return figure


def cloud(xy: np.ndarray, labels: np.ndarray | None, names: tuple[str, ...], *, height: int = 520) -> go.Figure:
    """The map without a decoder: a trace per class, so that each is drawn at once; ``customdata`` is the point's row."""
    figure = go.Figure()
    groups = (
        [("images", np.arange(len(xy)))] if labels is None else [(n, np.flatnonzero(labels == i)) for i, n in enumerate(names)]
    )
    for i, (name, rows) in enumerate(groups):
        figure.add_scattergl(
            x=xy[rows, 0], y=xy[rows, 1], customdata=rows, mode="markers", name=name, hoverinfo="name",
            marker={"size": 4, "color": colour(i), "opacity": 0.7}, unselected={"marker": {"color": "#bbbbbb", "opacity": 0.3}},
        )  # fmt: skip
    figure.update_layout(height=height, margin=MARGIN, legend=LEGEND, dragmode="lasso")
    figure.update_xaxes(showticklabels=False, zeroline=False, gridcolor=FAINT)
    figure.update_yaxes(showticklabels=False, zeroline=False, gridcolor=FAINT, scaleanchor="x")
    return figure


def shares(variance: np.ndarray, *, height: int = 260) -> go.Figure:
    """Share of the variance on each principal axis, and of the first k together."""
    share = variance / max(variance.sum(), 1e-12)
    axis = np.arange(1, len(share) + 1)
    figure = go.Figure()
    figure.add_bar(x=axis, y=share, name="this axis", marker_color=[colour(0)] * 2 + ["#94a4a2"] * (len(share) - 2))
    figure.add_scatter(
        x=axis, y=np.cumsum(share), name="up to it", mode="lines+markers", line={"color": colour(1), "width": 2.5}
    )
    figure.update_layout(height=height, margin=MARGIN, legend=LEGEND)
    figure.update_xaxes(title="principal axis", dtick=1)
    figure.update_yaxes(title="share of variance", tickformat=".0%", range=[0, 1.04], gridcolor=FAINT)
    return figure


def unit_table(
    units: list[int], kl: np.ndarray | None, variance: np.ndarray, information: np.ndarray | None, factors: tuple[str, ...]
) -> go.Figure:
    """A row per unit, busiest first: its mean KL, the variance of its mean, and what it tells of each factor."""
    rows = [unit(u) for u in units]
    bars = ([("KL, nats", kl, colour(0))] if kl is not None else []) + [("variance of the mean", variance, colour(1))]
    widths = [0.24] * len(bars) + ([1 - 0.24 * len(bars)] if information is not None else [])
    titles = [title.replace(" of", "<br>of") for title, _, _ in bars]  # in two lines they fit a phone
    titles += ["mutual information<br>with each factor, nats"] if information is not None else []
    figure = make_subplots(
        1, len(widths), shared_yaxes=True, column_widths=widths, subplot_titles=titles, horizontal_spacing=0.04
    )
    for column, (title, values, shade) in enumerate(bars, 1):
        figure.add_bar(
            x=values[units], y=rows, orientation="h", marker_color=shade, text=[f"{v:.2f}" for v in values[units]],
            textposition="outside", cliponaxis=False, hovertemplate=f"%{{y}}: {title} %{{x:.3f}}<extra></extra>", row=1,
            col=column,
        )  # fmt: skip
        figure.update_xaxes(
            range=[0, 1.3 * max(float(values.max()), 1e-6)], showticklabels=False, showgrid=False, row=1, col=column
        )
    if information is not None:
        figure.add_heatmap(
            z=information[units], x=list(factors), y=rows, texttemplate="%{z:.2f}", textfont={"size": 12}, colorscale="Blues",
            zmin=0, zmax=max(1e-9, float(information.max())), showscale=False, xgap=2, ygap=2, row=1, col=len(widths),
            hovertemplate="%{y} tells %{z:.3f} nats of %{x}<extra></extra>",
        )  # fmt: skip
    figure.update_yaxes(autorange="reversed", showgrid=False)
    figure.update_annotations(font={"size": 13})
    figure.update_layout(height=126 + 30 * len(rows), margin={**MARGIN, "t": 50}, showlegend=False)
    return figure


def image_bars(kl: np.ndarray, mean_kl: np.ndarray, *, height: int = 260) -> go.Figure:
    """KL per unit of one image beside the average image, nats; busiest on average first."""
    order = np.argsort(-mean_kl, kind="stable")
    figure = go.Figure()
    names = [unit(int(u)) for u in order]
    figure.add_bar(x=names, y=kl[order], name="this image", marker_color=colour(0))
    figure.add_scatter(
        x=names, y=mean_kl[order], name="mean over the map", mode="markers", marker={"symbol": "line-ew", "size": 16,
        "line": {"width": 3, "color": colour(1)}}
    )  # fmt: skip
    figure.update_layout(height=height, margin=MARGIN, legend=LEGEND)
    figure.update_yaxes(title="KL, nats", gridcolor=FAINT)
    return figure


def matrix(table: np.ndarray, rows: list[str], columns: list[str]) -> go.Figure:
    """A heat map of any numbers, 0 in white; with few cells they are written in."""
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


def leaks(found: dict[str, tuple[float, float]], first: str) -> go.Figure:
    """Accuracy of the label from the code, a bar per model, and chance."""
    names = list(found)
    figure = go.Figure()
    figure.add_bar(
        x=[accuracy for accuracy, _ in found.values()], y=names, orientation="h", name="read from the code",
        marker_color=[colour(0) if n == first else "#94a4a2" for n in names], text=[f"{a:.0%}" for a, _ in found.values()],
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
