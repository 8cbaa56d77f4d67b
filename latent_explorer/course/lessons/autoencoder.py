"""Autoencoder and VAE: where the latent codes of each lie, and how draws compare with them."""

import math
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float, Int

from latent_explorer.ui.figures import FAINT, LEGEND, MARGIN, add_class_dots
from vae_core.common.seeds import rng
from vae_core.evaluation.latent.holes import nearest_encoding

INSIDE = 0.99  # share of the prior's draws inside the circle
SHOWN_CODES = 3000  # points on a map: with more of them, they cover each other
MARK = "#e0218a"  # of the circle and the path


@dataclass(frozen=True)
class GaussianFit:
    """The Gaussian N(m, S) with the mean and the covariance of some codes."""

    mean: Float[np.ndarray, "latent"]
    covariance: Float[np.ndarray, "latent latent"]

    @classmethod
    def fit(cls, codes: Float[np.ndarray, "n latent"]) -> "GaussianFit":
        """Return the Gaussian of maximum likelihood."""
        return cls(codes.mean(axis=0, dtype=np.float64), np.cov(codes.T.astype(np.float64), ddof=0))

    def draw(self, n: int, seed: int) -> Float[np.ndarray, "n latent"]:
        """Draw n codes."""
        return rng(seed, "fit").multivariate_normal(self.mean, self.covariance, n).astype(np.float32)

    def kl_to_prior(self) -> float:
        """KL(N(m, S) ‖ N(0, I)) = ½ (tr S + mᵀm − D − log det S), nats: 0 if the codes fit the prior."""
        m, s = self.mean, self.covariance
        return float(0.5 * (np.trace(s) + m @ m - len(m) - np.linalg.slogdet(s)[1]))


def prior_radius(inside: float = INSIDE) -> float:
    """Radius of the circle that holds this share of N(0, I) in two units: |z|² is exponential with mean 2."""
    return math.sqrt(-2 * math.log(1 - inside))


def share_outside(codes: Float[np.ndarray, "n 2"], radius: float) -> float:
    """Return the share of the codes outside the circle, where the prior almost never draws."""
    return float((np.linalg.norm(codes, axis=1) > radius).mean())


@dataclass(frozen=True)
class DrawComparison:
    """Draws of codes, compared with the codes of images."""

    n: int
    far: float  # share of draws further from every image's code than all but 5 % of other images' codes are
    label_share: Float[np.ndarray, "classes"]  # share of the draws whose nearest code is of each class


def compare_draws(
    draws: Float[np.ndarray, "m latent"], codes: Float[np.ndarray, "n latent"], labels: Int[np.ndarray, "n"], *, seed: int = 0
) -> DrawComparison:
    """Measure how far draws are from the codes of images.

    One half of the images are the neighbours. The other half set the scale: of them 0.05 are ``far``.
    """
    inside, outside = np.array_split(rng(seed, "halves").permutation(len(codes)), 2)
    usual = np.quantile(nearest_encoding(codes[outside], codes[inside])[0], 0.95)
    distance, row = nearest_encoding(draws, codes[inside])
    classes = np.bincount(labels[inside][row], minlength=int(labels.max()) + 1)
    return DrawComparison(len(draws), float((distance > usual).mean()), classes / len(draws))


def densest_code(codes: Float[np.ndarray, "n latent"], neighbours: int = 50) -> Float[np.ndarray, "latent"]:
    """Return the code with the closest 50th neighbour. A mean could lie between two groups of codes, in neither."""
    from scipy.spatial import KDTree  # half a second to import: only where it is used

    distance, _ = KDTree(codes).query(codes, k=min(neighbours + 1, len(codes)))
    return codes[np.argmin(np.asarray(distance)[:, -1])]


def path_between_classes(
    codes: Float[np.ndarray, "n latent"], labels: Int[np.ndarray, "n"], first: int, last: int, steps: int = 9
) -> Float[np.ndarray, "steps latent"]:
    """Return codes on the straight line between the densest codes of two classes."""
    start, end = (densest_code(codes[labels == label]) for label in (first, last))
    return np.linspace(start, end, steps).astype(np.float32)


def latent_map_figure(
    codes: Float[np.ndarray, "n 2"], labels: Int[np.ndarray, "n"], names: tuple[str, ...], draws: Float[np.ndarray, "m 2"],
    path: Float[np.ndarray, "steps 2"], *, legend: bool, height: int = 400,
) -> go.Figure:  # fmt: skip
    """Draw the codes of images by class, the circle that holds 99 % of N(0, I), some draws and a path."""
    figure = go.Figure()
    rows = rng(0, "dots").permutation(len(codes))[:SHOWN_CODES]
    add_class_dots(figure, codes[rows], labels[rows], names, legend=legend)
    angle, radius = np.linspace(0, 2 * np.pi, 121), prior_radius()
    figure.add_scatter(
        x=radius * np.cos(angle), y=radius * np.sin(angle), mode="lines", name="99 % of N(0, I)", hoverinfo="name",
        line={"color": MARK, "width": 3}, showlegend=False,
    )  # fmt: skip
    figure.add_scatter(
        x=draws[:, 0], y=draws[:, 1], mode="markers", name="draw", hoverinfo="name", showlegend=False,
        marker={"symbol": "diamond", "size": 9, "color": "white", "line": {"color": "black", "width": 2}},
    )  # fmt: skip
    figure.add_scatter(
        x=path[:, 0], y=path[:, 1], mode="lines+markers", name="path", hoverinfo="name", showlegend=False,
        line={"color": MARK, "width": 2, "dash": "dot"},
        marker={"size": 7, "color": "white", "line": {"color": MARK, "width": 2}},
    )  # fmt: skip
    figure.update_layout(height=height, margin=MARGIN, legend={**LEGEND, "font": {"size": 12}}, dragmode="pan")
    low, high = np.percentile(codes, 0.3), np.percentile(codes, 99.7)
    reach = max(-low, high, 1.1 * radius)
    figure.update_xaxes(title="z1", range=[-reach, reach], zeroline=False, gridcolor=FAINT)
    figure.update_yaxes(title="z2", range=[-reach, reach], zeroline=False, gridcolor=FAINT)
    return figure


def describe_draws(found: DrawComparison, names: tuple[str, ...]) -> str:
    """Return the comparison in two sentences."""
    rarest = int(np.argmin(found.label_share))
    return (
        f"{found.far:.0%} of {found.n:,} draws lie in gaps: their nearest latent code is further away than it is for 95% of "
        "other images (draws with the same density as the latent codes would give 5%). "
        f"The rarest class is {names[rarest]}: only {found.label_share[rarest]:.1%} of the draws are next to one."
    )
