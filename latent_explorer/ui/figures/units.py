"""KL, variance and mutual information of latent units."""

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float
from plotly.subplots import make_subplots

from latent_explorer.ui.display_names import unit_name
from latent_explorer.ui.figures.style import FAINT, GREY, LEGEND, MARGIN, colour


def kl_bars(unit_kl: dict[str, Float[np.ndarray, "_"]], *, height: int = 260) -> go.Figure:
    """Draw the mean KL per unit, nats, each model's units sorted; the bar of a collapsed unit has no height."""
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


def image_kl_bars(kl: Float[np.ndarray, "latent"], mean_kl: Float[np.ndarray, "latent"], *, height: int = 260) -> go.Figure:
    """Draw the KL per unit of one image beside the mean over images, nats; units in the order of the mean."""
    order = np.argsort(-mean_kl, kind="stable")
    figure = go.Figure()
    names = [unit_name(int(u)) for u in order]
    figure.add_bar(x=names, y=kl[order], name="this image", marker_color=colour(0))
    figure.add_scatter(
        x=names, y=mean_kl[order], name="mean over the map", mode="markers", marker={"symbol": "line-ew", "size": 16,
        "line": {"width": 3, "color": colour(1)}}
    )  # fmt: skip
    figure.update_layout(height=height, margin=MARGIN, legend=LEGEND)
    figure.update_yaxes(title="KL, nats", gridcolor=FAINT)
    return figure


def unit_table(
    units: list[int],
    kl: Float[np.ndarray, "latent"] | None,
    variance: Float[np.ndarray, "latent"],
    information: Float[np.ndarray, "latent factors"] | None,
    factors: tuple[str, ...],
) -> go.Figure:
    """Draw a row per unit: its mean KL, the variance of its mean, and its mutual information with each factor.

    Args:
        units: The units to show, in the order of the rows.
        kl: Mean KL, nats; None for a model without a KL.
        variance: Variance of the posterior mean over images.
        information: Mutual information, nats; None without factors.
        factors: Names of the factors.
    """
    rows = [unit_name(u) for u in units]
    bars = ([("KL, nats", kl, colour(0))] if kl is not None else []) + [("variance of the mean", variance, colour(1))]
    widths = [0.24] * len(bars) + ([1 - 0.24 * len(bars)] if information is not None else [])
    titles = [title.replace(" of", "<br>of") for title, _, _ in bars]  # two lines, for a narrow screen
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
            hovertemplate="mutual information of %{y} and %{x}: %{z:.3f} nats<extra></extra>",
        )  # fmt: skip
    figure.update_yaxes(autorange="reversed", showgrid=False)
    figure.update_annotations(font={"size": 13})
    figure.update_layout(height=126 + 30 * len(rows), margin={**MARGIN, "t": 50}, showlegend=False)
    return figure


def variance_shares(variance: Float[np.ndarray, "axes"], *, height: int = 260) -> go.Figure:
    """Draw the share of the variance on each principal axis, and the cumulative share."""
    share = variance / max(variance.sum(), 1e-12)
    axis = np.arange(1, len(share) + 1)
    figure = go.Figure()
    figure.add_bar(x=axis, y=share, name="this axis", marker_color=[colour(0)] * 2 + [GREY] * (len(share) - 2))
    figure.add_scatter(
        x=axis, y=np.cumsum(share), name="up to it", mode="lines+markers", line={"color": colour(1), "width": 2.5}
    )
    figure.update_layout(height=height, margin=MARGIN, legend=LEGEND)
    figure.update_xaxes(title="principal axis", dtick=1)
    figure.update_yaxes(title="share of variance", tickformat=".0%", range=[0, 1.04], gridcolor=FAINT)
    return figure
