"""Maps of latent codes, by class or as decoded images."""

import re

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float, Int
from plotly.subplots import make_subplots

from latent_explorer.ui.figures.style import FAINT, LEGEND, MARGIN, colour
from latent_explorer.ui.file_formats import png_data_uri
from latent_explorer.ui.pictures import Images, draw_dots, enlarge, mosaic, value_colours
from vae_core.common.seeds import rng

DOTS_SIDE = 800  # pixels of a picture of points: about twice its size on screen


def add_class_dots(
    figure: go.Figure,
    xy: Float[np.ndarray, "n 2"],
    labels: Int[np.ndarray, "n"],
    names: tuple[str, ...],
    *,
    legend: bool,
    row: int | None = None,
    col: int | None = None,
) -> None:
    """Add points by class, and a legend of the colours; ``row`` and ``col`` name a subplot.

    The points are one picture inside the figure: a browser without a GPU needs most of a second for as many Plotly marks.
    Both axes get the same scale; otherwise the dots would not be round.
    """
    middle, extent = (xy.min(axis=0) + xy.max(axis=0)) / 2, 1.02 * float(np.ptp(xy, axis=0).max())
    colours = value_colours(labels)
    picture = draw_dots((xy - middle) / extent + 0.5, colours, DOTS_SIDE, radius=4, alpha=0xE0)
    left, top = middle[0] - extent / 2, middle[1] + extent / 2
    where = {} if row is None else {"row": row, "col": col}
    figure.add_layout_image(
        source=png_data_uri(picture, fast=True), x=left, y=top, sizex=extent, sizey=extent, sizing="stretch", layer="below",
        **(where or {"xref": "x", "yref": "y"}),
    )  # fmt: skip
    # Plotly ignores a picture when it chooses the range of the axes; two invisible marks set it
    (x0, y0), (x1, y1) = xy.min(axis=0), xy.max(axis=0)
    figure.add_scatter(x=[x0, x1], y=[y0, y1], mode="markers", opacity=0, hoverinfo="skip", showlegend=False, **where)
    x_axis = getattr(figure.data[-1], "xaxis", None) or "x"
    figure.update_xaxes(constrain="range", **where)
    figure.update_yaxes(constrain="range", scaleanchor=x_axis, **where)
    if legend:
        for i, name in enumerate(names):
            figure.add_scatter(x=[None], y=[None], mode="markers", name=name, marker={"size": 8, "color": colour(i)}, **where)
        figure.update_layout(legend={"itemclick": False, "itemdoubleclick": False})


def class_maps(
    maps: dict[str, tuple[Float[np.ndarray, "_ 2"], Int[np.ndarray, "_"]]], classes: tuple[str, ...], *, most: int
) -> go.Figure:
    """Draw maps of points by class side by side under one legend.

    Args:
        maps: Places and labels of points, by the map's title.
        classes: Names of the classes.
        most: Number of points that are drawn of each map: a seeded subset.
    """
    titles = [re.sub("([,:]) (?=[^,:]*$)", r"\1<br>", title) for title in maps]  # two lines, for a narrow screen
    figure = make_subplots(1, len(maps), subplot_titles=titles, horizontal_spacing=0.14)
    for column, (xy, labels) in enumerate(maps.values(), start=1):
        rows = rng(0, "shown").permutation(len(xy))[:most]
        add_class_dots(figure, xy[rows], labels[rows], classes, legend=column == 1, row=1, col=column)
    figure.update_annotations(font={"size": 13})
    figure.update_layout(height=430, margin=MARGIN | {"t": 88}, legend=LEGEND | {"y": 1.14})
    figure.update_xaxes(zeroline=False, gridcolor=FAINT)
    figure.update_yaxes(zeroline=False, gridcolor=FAINT)
    return figure


def class_scatter(
    xy: Float[np.ndarray, "n 2"], labels: Int[np.ndarray, "n"] | None, names: tuple[str, ...], *, height: int = 520
) -> go.Figure:
    """Draw the map of a model that the browser cannot decode: a trace per class, with a lasso.

    ``customdata`` of a point is its row in ``xy``. Without labels there is one trace.
    """
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


def decoded_plane(images: Images, side: int, extent: float, *, axes: tuple[str, str], height: int = 520) -> go.Figure:
    """Draw side × side decoded images over [−extent, extent]², each at the place of its latent code."""
    picture = mosaic(images, side, gap=0)
    picture = enlarge(picture, max(1, round(1200 / len(picture))))
    half = extent * (1 + 1 / (side - 1))  # a cell is centred on its latent code, so the picture is half a cell larger
    figure = go.Figure()
    figure.add_layout_image(
        source=png_data_uri(picture, fast=True), xref="x", yref="y", x=-half, y=half,
        sizex=2 * half, sizey=2 * half, sizing="stretch", layer="below",
    )  # fmt: skip
    figure.update_xaxes(range=[-half, half], title=axes[0], showgrid=False, zeroline=False, constrain="domain")
    figure.update_yaxes(
        range=[-half, half], title=axes[1], showgrid=False, zeroline=False, scaleanchor="x", constrain="domain",
        constraintoward="top",
    )  # fmt: skip
    figure.update_layout(height=height, margin=MARGIN, hovermode=False, dragmode="pan")
    return figure
