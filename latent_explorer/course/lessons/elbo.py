"""The ELBO: what one image costs, item by item, and how far the bound is from log p(x)."""

import numpy as np
import plotly.graph_objects as go

from latent_explorer.ui.figures import FAINT, LEGEND, MARGIN, colour
from vae_core.evaluation.likelihood.inference_gap import ImportanceBounds

KS = (1, 2, 5, 10, 20, 50, 100, 200, 500)
IMAGES = 8  # held-out ones: 500 codes of each are decoded


def gap(bounds: ImportanceBounds) -> np.ndarray:
    """(n,): from the ELBO up to the tightest bound, nats; at most KL(q(z|x) ‖ p(z|x)), which it comes near as k grows."""
    return bounds.bound[-1] - bounds.elbo


def ledger(bounds: ImportanceBounds, image: int, at: int, *, height: int = 260) -> go.Figure:
    """−ELBO of one image and of the mean, as the sum of its two parts; a mark at the bound with ks[at] samples."""
    figure = go.Figure()
    rows = [f"mean of {bounds.bound.shape[1]}", "this image"]
    costs = {"reconstruction −log p(x|z)": bounds.distortion, "KL": bounds.rate}
    for i, (name, values) in enumerate(costs.items()):
        values = [float(values.mean()), float(values[image])]
        figure.add_bar(
            x=values, y=rows, orientation="h", name=name, marker_color=colour((1, 0)[i]), text=[f"{v:.1f}" for v in values],
            textposition="inside", insidetextanchor="middle", textfont={"size": 14, "color": "#111111"},
            hovertemplate=f"{name}: %{{x:.2f}} nats<extra></extra>",
        )  # fmt: skip
    marks = [-float(bounds.bound[at].mean()), -float(bounds.bound[at, image])]
    figure.add_scatter(
        x=marks, y=rows, mode="markers", name=f"−log p(x), bound with k = {bounds.ks[at]}",
        marker={"symbol": "line-ns", "size": 44, "line": {"width": 4, "color": colour(2)}},
        hovertemplate="bound: %{x:.2f} nats<extra></extra>",
    )  # fmt: skip
    figure.update_layout(height=height, margin=MARGIN, legend={**LEGEND, "traceorder": "normal"}, barmode="stack")
    figure.update_layout(uniformtext={"minsize": 12, "mode": "hide"})  # a number that does not fit is left to the pointer
    figure.update_xaxes(title="nats per image", rangemode="tozero", gridcolor=FAINT)
    return figure


def tightening(bounds: ImportanceBounds, image: int, at: int, *, height: int = 330) -> go.Figure:
    """By how much the bound with k samples is above the ELBO: of one image, faint of the others, and their mean."""
    figure, above = go.Figure(), bounds.bound - bounds.elbo
    for other in range(above.shape[1]):
        if other != image:
            figure.add_scatter(
                x=bounds.ks, y=above[:, other], mode="lines", line={"color": FAINT, "width": 1.5}, hoverinfo="skip",
                showlegend=False,
            )  # fmt: skip
    lines = {
        "this image": (above[:, image], colour(0)),
        f"mean of {above.shape[1]}": (above.mean(1), colour(4)),
    }
    for name, (values, shade) in lines.items():
        figure.add_scatter(
            x=bounds.ks, y=values, name=name, mode="lines+markers", line={"color": shade, "width": 2.5},
            marker={"size": [13 if i == at else 5 for i in range(len(bounds.ks))], "opacity": 1},
            hovertemplate=f"{name}, k = %{{x}}: %{{y:.2f}} nats<extra></extra>",
        )  # fmt: skip
    figure.update_layout(height=height, margin=MARGIN, legend={**LEGEND, "itemsizing": "trace"})
    figure.update_xaxes(
        title="samples k (k = 1 is the ELBO)", type="log", tickvals=bounds.ks, ticktext=list(map(str, bounds.ks)),
        gridcolor=FAINT,
    )  # fmt: skip
    figure.update_yaxes(title="bound above the ELBO, nats", gridcolor=FAINT)
    return figure
