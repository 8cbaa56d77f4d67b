"""Autoencoder and VAE: where each puts its codes, and what a draw of codes finds there."""

import math
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float, Int

from latent_explorer.ui.figures import FAINT, LEGEND, MARGIN, add_class_dots
from vae_core.common.seeds import rng
from vae_core.evaluation.latent.holes import nearest_encoding

INSIDE = 0.99  # share of the prior's draws inside the circle
DOTS = 3000  # codes that a map shows: more of them cover each other


@dataclass(frozen=True)
class Fit:
    """The Gaussian with the mean and the covariance of some codes."""

    mean: Float[np.ndarray, "latent"]
    covariance: Float[np.ndarray, "latent latent"]

    @classmethod
    def to(cls, codes: Float[np.ndarray, "n latent"]) -> "Fit":
        return cls(codes.mean(axis=0, dtype=np.float64), np.cov(codes.T.astype(np.float64), ddof=0))

    def draw(self, n: int, seed: int) -> Float[np.ndarray, "n latent"]:
        return rng(seed, "fit").multivariate_normal(self.mean, self.covariance, n).astype(np.float32)

    def kl(self) -> float:
        """KL(N(m, S) ‖ N(0, I)) = ½ (tr S + mᵀm − D − log det S), nats: how badly N(0, I) describes the codes."""
        m, s = self.mean, self.covariance
        return float(0.5 * (np.trace(s) + m @ m - len(m) - np.linalg.slogdet(s)[1]))


def prior_radius(inside: float = INSIDE) -> float:
    """Radius of the circle that holds this share of N(0, I) in two units: |z|² is exponential with mean 2."""
    return math.sqrt(-2 * math.log(1 - inside))


def share_outside(codes: Float[np.ndarray, "n 2"], radius: float) -> float:
    """Share of the codes where the prior all but never draws."""
    return float((np.linalg.norm(codes, axis=1) > radius).mean())


@dataclass(frozen=True)
class Draws:
    """Draws of codes against the codes of images."""

    n: int
    far: float  # share of draws further from every image's code than all but 5 % of other images' codes are
    label_share: Float[np.ndarray, "classes"]  # share of the draws whose nearest code is of each class


def compare(
    draws: Float[np.ndarray, "m latent"], codes: Float[np.ndarray, "n latent"], labels: Int[np.ndarray, "n"], *, seed: int = 0
) -> Draws:
    """Where draws lie among the codes of one half of the images; the other half sets the scale, so that 0.05 is no misfit."""
    inside, outside = np.array_split(rng(seed, "halves").permutation(len(codes)), 2)
    usual = np.quantile(nearest_encoding(codes[outside], codes[inside])[0], 0.95)
    distance, row = nearest_encoding(draws, codes[inside])
    classes = np.bincount(labels[inside][row], minlength=int(labels.max()) + 1)
    return Draws(len(draws), float((distance > usual).mean()), classes / len(draws))


def typical(codes: Float[np.ndarray, "n latent"], neighbours: int = 50) -> Float[np.ndarray, "latent"]:
    """The code with the closest 50th neighbour: where codes are densest. A mean could lie between two groups, in neither."""
    from scipy.spatial import cKDTree  # half a second to import: only where it is used

    distance, _ = cKDTree(codes).query(codes, k=min(neighbours + 1, len(codes)))
    return codes[np.argmin(distance[:, -1])]


def between(
    codes: Float[np.ndarray, "n latent"], labels: Int[np.ndarray, "n"], first: int, last: int, steps: int = 9
) -> Float[np.ndarray, "steps latent"]:
    """A straight way from where one class's codes are densest to where another's are."""
    return np.linspace(*(typical(codes[labels == which]) for which in (first, last)), steps).astype(np.float32)


def map_of(
    codes: Float[np.ndarray, "n 2"], labels: Int[np.ndarray, "n"], names: tuple[str, ...], draws: Float[np.ndarray, "m 2"],
    way: Float[np.ndarray, "steps 2"], *, legend: bool, height: int = 400,
) -> go.Figure:  # fmt: skip
    """The codes of images by class, the circle that holds 99 % of N(0, I), some draws and a way."""
    figure = go.Figure()
    rows = rng(0, "dots").permutation(len(codes))[:DOTS]
    add_class_dots(figure, codes[rows], labels[rows], names, legend=legend)
    angle, radius = np.linspace(0, 2 * np.pi, 121), prior_radius()
    figure.add_scatter(
        x=radius * np.cos(angle), y=radius * np.sin(angle), mode="lines", name="99 % of N(0, I)", hoverinfo="name",
        line={"color": "#e0218a", "width": 3}, showlegend=False,
    )  # fmt: skip
    figure.add_scatter(
        x=draws[:, 0], y=draws[:, 1], mode="markers", name="draw", hoverinfo="name", showlegend=False,
        marker={"symbol": "diamond", "size": 9, "color": "white", "line": {"color": "black", "width": 2}},
    )  # fmt: skip
    figure.add_scatter(
        x=way[:, 0], y=way[:, 1], mode="lines+markers", name="way", hoverinfo="name", showlegend=False,
        line={"color": "#e0218a", "width": 2, "dash": "dot"},
        marker={"size": 7, "color": "white", "line": {"color": "#e0218a", "width": 2}},
    )  # fmt: skip
    figure.update_layout(height=height, margin=MARGIN, legend={**LEGEND, "font": {"size": 12}}, dragmode="pan")
    low, high = np.percentile(codes, 0.3), np.percentile(codes, 99.7)
    reach = max(-low, high, 1.1 * radius)
    figure.update_xaxes(title="z1", range=[-reach, reach], zeroline=False, gridcolor=FAINT)
    figure.update_yaxes(title="z2", range=[-reach, reach], zeroline=False, gridcolor=FAINT)
    return figure


def outcome(found: Draws, names: tuple[str, ...]) -> str:
    """One sentence on some draws."""
    rarest = int(np.argmin(found.label_share))
    return (
        f"{found.far:.0%} of {found.n:,} draws lie in gaps: their nearest code is further away than that of 95% of other "
        "images (draws spread as the codes are would give 5%). "
        f"The rarest class is {names[rarest]}: {found.label_share[rarest]:.1%} of the draws are next to one."
    )
