"""Reading UMAP: how well distances on a map agree with distances between the latent codes."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float, Int

from latent_explorer.ui.figures import FAINT, LEGEND, MARGIN, class_maps, colour
from vae_core.common.seeds import rng
from vae_core.latent.projection import Projection

SHOWN = 3000  # points on a map
ANCHORS = 300  # points whose neighbours are compared
NEIGHBOURS = 50  # of each, by their codes


@dataclass(frozen=True)
class DistanceAgreement:
    """Spearman's rank correlation of distances on the map with distances between the codes, in [−1, 1]."""

    neighbours: float  # mean over points: of each to its NEIGHBOURS nearest codes
    centres: float  # between the centres of the classes
    trustworthiness: float | None  # Venna & Kaski 2001: are neighbours on the map neighbours by their codes?


def rank_correlation(a: Float[np.ndarray, "n"], b: Float[np.ndarray, "n"]) -> float:
    """Spearman's ρ."""
    from scipy.stats import spearmanr

    return float(np.asarray(spearmanr(a, b))[0])


def neighbour_correlation(codes: Float[np.ndarray, "n latent"], xy: Float[np.ndarray, "n 2"], *, seed: int = 0) -> float:
    """Mean over some seeded points of Spearman's ρ between the distances to a point's nearest codes and those on the map."""
    from sklearn.neighbors import NearestNeighbors  # takes seconds to import: only where it is used

    codes, xy = codes.astype(np.float64), xy.astype(np.float64)
    rows = rng(seed, "anchors").permutation(len(codes))[:ANCHORS]
    k = min(NEIGHBOURS, len(codes) - 1)
    distance, found = NearestNeighbors(n_neighbors=k + 1).fit(codes).kneighbors(codes[rows])
    on_map = np.linalg.norm(xy[found] - xy[rows, None], axis=2)
    return float(np.mean([rank_correlation(a[1:], b[1:]) for a, b in zip(distance, on_map)]))  # the first is the point itself


def centre_distances(points: Float[np.ndarray, "n d"], labels: Int[np.ndarray, "n"]) -> Float[np.ndarray, "pairs"]:
    """Euclidean distances between the class centres, each pair once."""
    centres = np.stack([points[labels == c].mean(axis=0) for c in np.unique(labels)]).astype(np.float64)
    one, other = np.triu_indices(len(centres), 1)
    return np.linalg.norm(centres[one] - centres[other], axis=1)


def measure_agreement(
    codes: Float[np.ndarray, "n latent"], labels: Int[np.ndarray, "n"], projection: Projection
) -> DistanceAgreement:
    """Measure how well the distances on a map agree with those between the codes."""
    centres = rank_correlation(centre_distances(codes, labels), centre_distances(projection.xy, labels))
    return DistanceAgreement(neighbour_correlation(codes, projection.xy), centres, projection.trustworthiness)


def projections_figure(
    projections: Mapping[str, Projection], labels: Int[np.ndarray, "n"], classes: tuple[str, ...]
) -> go.Figure:
    """Draw maps of the same codes, coloured by class. Axes have no numbers, because UMAP's have no unit."""
    maps = {title: (projection.xy, labels) for title, projection in projections.items()}
    figure = class_maps(maps, classes, most=SHOWN)
    for column, projection in enumerate(projections.values(), start=1):
        figure.update_xaxes(title=f"first axis ({'no unit' if projection.axes is None else 'prior σ'})", row=1, col=column)
    figure.update_xaxes(showticklabels=False)
    figure.update_yaxes(title="second axis", showticklabels=False)
    return figure


def agreement_figure(agreements: Mapping[str, DistanceAgreement], *, height: int = 280) -> go.Figure:
    """Draw the three agreements of each map, a bar each."""
    measures = [f"order of the nearest {NEIGHBOURS} codes", "distances of class centres", "trustworthiness"]
    figure = go.Figure()
    for i, (name, a) in enumerate(agreements.items()):
        values = [a.neighbours, a.centres, a.trustworthiness or 0.0]
        figure.add_bar(
            x=measures, y=values, name=name, marker_color=colour(i), text=[f"{v:.2f}" for v in values], textfont={"size": 13}
        )
    figure.update_layout(height=height, margin=MARGIN, legend=LEGEND, barmode="group")
    low = min(0, *(a.centres for a in agreements.values()))
    figure.update_yaxes(title="rank correlation, or trustworthiness", range=[low, 1.08], gridcolor=FAINT)
    return figure
