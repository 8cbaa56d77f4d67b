"""Reading UMAP: which distances of a map are distances of the codes."""

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float, Int

from latent_explorer.ui.figures import FAINT, LEGEND, MARGIN, class_maps, colour
from vae_core.common.seeds import rng
from vae_core.latent.projection import Projection

SHOWN = 3000  # points of a map
ANCHORS = 300  # points whose neighbours are compared
NEAR = 50  # neighbours of each, by their codes


@dataclass(frozen=True)
class Agreement:
    """Spearman's rank correlation of distances on the map with distances of the codes, in [−1, 1]."""

    near: float  # mean over points: each to its NEAR nearest codes
    centres: float  # between the centres of the classes
    trust: float | None  # Venna & Kaski 2001: are neighbours on the map neighbours by their codes?


def near(codes: Float[np.ndarray, "n latent"], xy: Float[np.ndarray, "n 2"], *, seed: int = 0) -> float:
    """Of a point's nearest codes: is the nearer one nearer on the map? Mean of Spearman's ρ over some seeded points."""
    from scipy.stats import spearmanr
    from sklearn.neighbors import NearestNeighbors  # takes seconds to import: only where it is used

    codes, xy = codes.astype(np.float64), xy.astype(np.float64)
    rows = rng(seed, "anchors").permutation(len(codes))[:ANCHORS]
    k = min(NEAR, len(codes) - 1)
    distance, found = NearestNeighbors(n_neighbors=k + 1).fit(codes).kneighbors(codes[rows])
    drawn = np.linalg.norm(xy[found] - xy[rows, None], axis=2)
    return float(np.mean([spearmanr(a[1:], b[1:]).statistic for a, b in zip(distance, drawn)]))  # the first is itself


def between_centres(points: Float[np.ndarray, "n d"], labels: Int[np.ndarray, "n"]) -> Float[np.ndarray, "pairs"]:
    """Euclidean distances between the class centres, each pair once."""
    centres = np.stack([points[labels == c].mean(axis=0) for c in np.unique(labels)]).astype(np.float64)
    one, other = np.triu_indices(len(centres), 1)
    return np.linalg.norm(centres[one] - centres[other], axis=1)


def agreement(codes: Float[np.ndarray, "n latent"], labels: Int[np.ndarray, "n"], plane: Projection) -> Agreement:
    """How far the map's distances can be read."""
    from scipy.stats import spearmanr

    far = spearmanr(between_centres(codes, labels), between_centres(plane.xy, labels)).statistic
    return Agreement(near(codes, plane.xy), float(far), plane.trustworthiness)


def maps(planes: dict[str, Projection], labels: Int[np.ndarray, "n"], classes: tuple[str, ...]) -> go.Figure:
    """Two maps of the same codes, coloured by class. UMAP's axes have no unit, so that none is written."""
    figure = class_maps({title: (plane.xy, labels) for title, plane in planes.items()}, classes, most=SHOWN)
    for column, plane in enumerate(planes.values(), start=1):
        figure.update_xaxes(title=f"first axis ({'no unit' if plane.axes is None else 'prior σ'})", row=1, col=column)
    figure.update_xaxes(showticklabels=False)
    figure.update_yaxes(title="second axis", showticklabels=False)
    return figure


def bars(found: dict[str, Agreement], *, height: int = 280) -> go.Figure:
    """The agreements of each map."""
    measures = [f"order of the nearest {NEAR} codes", "distances of class centres", "trustworthiness"]
    figure = go.Figure()
    for i, (name, a) in enumerate(found.items()):
        values = [a.near, a.centres, a.trust or 0.0]
        figure.add_bar(
            x=measures, y=values, name=name, marker_color=colour(i), text=[f"{v:.2f}" for v in values], textfont={"size": 13}
        )
    figure.update_layout(height=height, margin=MARGIN, legend=LEGEND, barmode="group")
    low = min(0, *(a.centres for a in found.values()))
    figure.update_yaxes(title="rank correlation, or trustworthiness", range=[low, 1.08], gridcolor=FAINT)
    return figure
