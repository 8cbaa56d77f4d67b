"""The encoder's output: position and width of an image's posterior, and the reasons for its width."""

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Bool, Float, Int

from latent_explorer.ui.display_names import unit_name
from latent_explorer.ui.figures import FAINT, LEGEND, MARGIN, colour
from vae_core.common.seeds import rng
from vae_core.latent.gaussian import split_kl

NEIGHBOURS = 20
CLEAR, MIXED = 0.95, 0.5  # share of neighbours with an image's own label: at least, at most
SHOWN_IMAGES = 2500  # points of each group in a figure


@dataclass(frozen=True)
class PosteriorWidths:
    """Widths of a model's posteriors. A width is the geometric mean of σ over the units; the prior's is 1."""

    width: Float[np.ndarray, "n"]
    distance: Float[np.ndarray, "n"]  # |μ|
    clear: Bool[np.ndarray, "n"]  # nearly all neighbours have its label
    mixed: Bool[np.ndarray, "n"]  # at most half have
    rank_correlation: float  # Spearman's, of width and distance
    ratio: float  # median width of the mixed over that of the clear at the same distance from the origin
    outward: float  # median width of the outermost fifth of the codes over that of the innermost
    mean_kl: float  # mean over images of Σ_j ½ μ_j², nats
    width_kl: float  # mean over images of Σ_j ½ (σ_j² − 1 − log σ_j²), nats


def label_agreement(codes: Float[np.ndarray, "n latent"], labels: Int[np.ndarray, "n"]) -> Float[np.ndarray, "n"]:
    """Share of a code's nearest neighbours that have its label: 1 deep inside a class, less where classes meet."""
    from scipy.spatial import KDTree  # half a second to import: only where it is used

    _, rows = KDTree(codes).query(codes, k=NEIGHBOURS + 1)
    return (labels[np.asarray(rows)[:, 1:]] == labels[:, None]).mean(axis=1)


def same_distance_ratio(
    width: Float[np.ndarray, "n"], distance: Float[np.ndarray, "n"], mixed: Bool[np.ndarray, "n"], clear: Bool[np.ndarray, "n"],
    rings: int = 10,
) -> float:  # fmt: skip
    """Median over rings of equally many images of (median width of the mixed) / (median width of the clear)."""
    edges = np.quantile(distance, np.linspace(0, 1, rings + 1))
    ring = np.clip(np.searchsorted(edges, distance, side="right") - 1, 0, rings - 1)
    found = []
    for i in range(rings):
        two = [width[(ring == i) & group] for group in (mixed, clear)]
        if min(map(len, two)) >= 10:  # a median of fewer is too noisy
            found.append(np.median(two[0]) / np.median(two[1]))
    return float(np.median(found)) if found else float("nan")


def measure_widths(
    mean: Float[np.ndarray, "n latent"], std: Float[np.ndarray, "n latent"], labels: Int[np.ndarray, "n"]
) -> PosteriorWidths:  # fmt: skip
    """Measure the widths of n posteriors, and how they depend on position and on the neighbours' labels."""
    from scipy.stats import spearmanr

    width, distance = np.exp(np.log(std).mean(axis=1)), np.linalg.norm(mean, axis=1)
    share = label_agreement(mean, labels)
    clear, mixed = share >= CLEAR, share <= MIXED
    of_mean, of_width = split_kl(mean, std)
    inner, outer = np.quantile(distance, [0.2, 0.8])
    return PosteriorWidths(
        width,
        distance,
        clear,
        mixed,
        rank_correlation=float(np.asarray(spearmanr(width, distance))[0]),
        ratio=same_distance_ratio(width, distance, mixed, clear),
        outward=float(np.median(width[distance > outer]) / np.median(width[distance < inner])),
        mean_kl=float(of_mean.sum(axis=1).mean()),
        width_kl=float(of_width.sum(axis=1).mean()),
    )


def posterior_table(mean: Float[np.ndarray, "latent"], std: Float[np.ndarray, "latent"]) -> str:
    """Return one image's posterior and its KL as a Markdown table, a row per unit."""
    of_mean, of_width = (part[0] for part in split_kl(mean[None], std[None]))
    rows = [
        f"| {unit_name(j)} | {mean[j]:.2f} | {std[j]:.3f} | {of_mean[j]:.2f} | {of_width[j]:.2f} | "
        f"**{of_mean[j] + of_width[j]:.2f}** |"
        for j in range(len(mean))
    ]
    total = f"| all | | | {of_mean.sum():.2f} | {of_width.sum():.2f} | **{of_mean.sum() + of_width.sum():.2f}** |"
    head = "| unit | μ | σ | KL of μ, nats | KL of σ, nats | KL, nats |\n|---|--:|--:|--:|--:|--:|"
    return "\n".join([head, *rows, total]).replace("| -", "| −")


def widths_figure(found: PosteriorWidths, image: int, *, height: int = 340) -> go.Figure:
    """Draw width over distance from the origin, clear and mixed images in two colours, with a mark at one image."""
    figure = go.Figure()
    groups = (("same label around", found.clear, colour(0)), ("mixed labels around", found.mixed, colour(6)))
    for name, group, shade in groups:
        rows = np.flatnonzero(group)
        rows = rng(0, name).permutation(rows)[:SHOWN_IMAGES]
        figure.add_scattergl(
            x=found.distance[rows], y=found.width[rows], name=name, mode="markers",
            marker={"size": 4, "color": shade, "opacity": 0.5},
            hovertemplate="distance %{x:.2f}, width %{y:.3f}<extra></extra>",
        )  # fmt: skip
    figure.add_scatter(
        x=found.distance[[image]], y=found.width[[image]], name="this image", mode="markers",
        marker={"size": 15, "symbol": "diamond", "color": "white", "line": {"color": "#e0218a", "width": 3}},
    )  # fmt: skip
    figure.add_hline(1.0, line={"dash": "dash", "width": 2, "color": "#717581"})
    figure.add_annotation(
        x=1, xref="paper", y=0, text="the prior's width, 1", showarrow=False, xanchor="right", yanchor="top", font={"size": 13}
    )
    figure.update_layout(height=height, margin=MARGIN, legend=LEGEND)
    figure.update_xaxes(title="distance of the latent code from the origin, |μ|", gridcolor=FAINT, rangemode="tozero")
    ticks = [0.01, 0.03, 0.1, 0.3, 1]
    figure.update_yaxes(title="width of q(z|x), σ", type="log", range=[-2.1, 0.1], tickvals=ticks, gridcolor=FAINT)
    return figure
