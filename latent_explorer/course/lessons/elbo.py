"""The ELBO: the terms of one image, and the distance of the bound from log p(x)."""

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float

from latent_explorer.ui.figures import FAINT, LEGEND, MARGIN, colour
from vae_core.evaluation.likelihood.inference_gap import ImportanceBounds

KS = (1, 2, 5, 10, 20, 50, 100, 200, 500)  # numbers of samples in a bound
IMAGES = 8  # held-out images: 500 codes of each are decoded


def bound_gap(bounds: ImportanceBounds) -> Float[np.ndarray, "n"]:
    """Tightest bound − ELBO per image, nats: at most KL(q(z|x) ‖ p(z|x)), its limit as k grows."""
    return bounds.bound[-1] - bounds.elbo


def elbo_terms_figure(bounds: ImportanceBounds, image: int, at: int, *, height: int = 260) -> go.Figure:
    """Draw −ELBO of one image and of the mean as stacked bars of its two terms, with a mark at the bound of ks[at] samples."""
    figure = go.Figure()
    rows = [f"mean of {bounds.bound.shape[1]}", "this image"]
    terms = {"reconstruction −log p(x|z)": bounds.distortion, "KL": bounds.rate}
    for i, (name, of_images) in enumerate(terms.items()):
        values = [float(of_images.mean()), float(of_images[image])]
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
    figure.update_layout(uniformtext={"minsize": 12, "mode": "hide"})  # a number that does not fit is shown only on hover
    figure.update_xaxes(title="nats per image", rangemode="tozero", gridcolor=FAINT)
    return figure


def bound_figure(bounds: ImportanceBounds, image: int, at: int, *, height: int = 330) -> go.Figure:
    """Draw bound − ELBO over the number of samples: of one image, of the others in grey, and of their mean."""
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
