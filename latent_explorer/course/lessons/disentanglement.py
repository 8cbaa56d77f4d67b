"""Disentanglement: which unit encodes which factor, and why the ELBO is the same for a code and the rotated code."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float, Int
from plotly.subplots import make_subplots

from latent_explorer.course.lessons.ground_truth import factors_of
from latent_explorer.ui.display_names import unit_name
from latent_explorer.ui.figures import FAINT, LEGEND, MARGIN, colour
from vae_core.analysis.atlas import LatentAtlas
from vae_core.analysis.unit_matching import match_units, shared_rows, unit_correlations
from vae_core.evaluation.disentanglement.mutual_information import entropy, mig
from vae_core.latent.gaussian import split_kl

ANGLES = tuple(range(0, 91, 5))  # degrees
SIGMA = 0.1  # posterior σ of the ideal code: narrow enough to tell 32 positions apart
SEPARATE = 0.5  # lead of a factor's best unit, as a share of its entropy, from which on the factor counts as separate


@dataclass(frozen=True)
class FactorGaps:
    """The two best units of each factor; MIG is the mean gap between them."""

    names: tuple[str, ...]
    best_unit: Int[np.ndarray, "factors"]  # the unit with the most information about each factor
    first: Float[np.ndarray, "factors"]  # I(best unit; factor) / H(factor)
    second: Float[np.ndarray, "factors"]  # the same of the second-best unit
    mig: float

    @property
    def n_separate(self) -> int:
        """Number of factors that have a unit of their own, by ``SEPARATE``."""
        return int((self.first - self.second >= SEPARATE).sum())


def measure_gaps(
    codes: Float[np.ndarray, "n latent"], factors: Int[np.ndarray, "n factors"], names: tuple[str, ...]
) -> FactorGaps:
    """Find the two best units of each factor; Chen et al. 2018 (arXiv 1802.04942)."""
    found = mig(codes, factors)
    share = found.matrix / entropy(factors)
    ranked = np.sort(share, axis=0)
    return FactorGaps(names, share.argmax(axis=0), ranked[-1], ranked[-2], found.value)


@dataclass(frozen=True)
class MatchedModel:
    """A model that differs from a first one only in its seed, with its units matched to the first one's."""

    share: Float[np.ndarray, "units factors"]  # I(unit; factor) / H(factor), a row for each active unit of the first
    correlation: Float[np.ndarray, "units"]  # |correlation| with the first one's unit, over the same images
    units: tuple[int, ...]
    mig: float


def match_seeds(atlases: Sequence[LatentAtlas]) -> list[MatchedModel]:
    """Match the units of each model to the active units of the first, by the Hungarian assignment."""
    first, matched = atlases[0], []
    order = [int(u) for u in first.order if first.active[u]]
    for other in atlases:
        a, b = shared_rows(first, other)
        correlation = unit_correlations(first.mean[a], other.mean[b])
        partner = dict(match_units(correlation))
        units = tuple(partner[u] for u in order)
        factors = factors_of(other)
        measured = mig(other.mean, factors)
        share = (measured.matrix / entropy(factors))[list(units)]
        matched.append(MatchedModel(share, np.abs(correlation[order, list(units)]), units, measured.value))
    return matched


@dataclass(frozen=True)
class RotatedCode:
    """An ideal two-unit code of two factors, rotated by each of ``ANGLES``."""

    codes: Float[np.ndarray, "angles n 2"]
    mig: Float[np.ndarray, "angles"]
    kl: Float[np.ndarray, "angles"]  # mean KL(q(z|x) ‖ p(z)), nats: the ELBO's prior term


def normal_scores(values: Int[np.ndarray, "n"]) -> Float[np.ndarray, "n"]:
    """Map values to quantiles of N(0, 1) by their rank.

    Equal values get one quantile; all values together are distributed as the prior.
    """
    from scipy.stats import norm

    _, at, count = np.unique(values, return_inverse=True, return_counts=True)
    return norm.ppf((np.cumsum(count) - count / 2) / len(values))[at]


def rotation_matrix(degrees: float) -> Float[np.ndarray, "2 2"]:
    """[[cos a, −sin a], [sin a, cos a]]"""
    a = np.deg2rad(degrees)
    return np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])


def rotate_ideal_code(factors: Int[np.ndarray, "n 2"]) -> RotatedCode:
    """Encode each factor in one unit, then rotate both units together.

    Every posterior is N(μ, σ² I), and a rotation does not change its covariance.
    """
    ideal = np.column_stack([normal_scores(v) for v in factors.T])
    codes = np.stack([ideal @ rotation_matrix(angle).T for angle in ANGLES])
    kl = []
    for rotated in codes:
        of_mean, of_width = split_kl(rotated, np.full_like(rotated, SIGMA))
        kl.append((of_mean + of_width).sum(axis=1).mean())
    return RotatedCode(codes, np.array([mig(c, factors).value for c in codes]), np.array(kl))


def gaps_figure(gaps: FactorGaps, *, height: int = 250) -> go.Figure:
    """Draw each factor's best and second-best unit: MIG is the mean difference."""
    figure = go.Figure()
    for name, values, shade in (("best unit", gaps.first, colour(0)), ("second-best unit", gaps.second, colour(3))):
        figure.add_bar(
            x=list(gaps.names), y=values, name=name, marker_color=shade,
            text=[unit_name(int(u)) for u in gaps.best_unit] if name == "best unit" else None, textposition="outside",
            cliponaxis=False, textfont={"size": 13}, hovertemplate=f"%{{x}}, {name}: %{{y:.1%}}<extra></extra>",
        )  # fmt: skip
    figure.update_layout(height=height, margin=MARGIN, legend=LEGEND, barmode="group", bargap=0.3)
    figure.update_yaxes(title="information, % of the factor", tickformat=".0%", range=[0, 1.02], gridcolor=FAINT)
    return figure


def matched_units_figure(
    models: Mapping[str, MatchedModel], factors: tuple[str, ...], *, height: int = 300
) -> go.Figure:  # fmt: skip
    """Draw the information of each unit about each factor, a table per model; matched units are in the same row."""
    figure = make_subplots(1, len(models), subplot_titles=list(models), horizontal_spacing=0.06)
    for column, model in enumerate(models.values(), 1):
        rows = [f"{unit_name(u)} " for u in model.units]
        figure.add_heatmap(
            z=100 * model.share[::-1], x=list(factors), y=rows[::-1], row=1, col=column,
            zmin=0, zmax=100, colorscale="Blues", showscale=False, xgap=2, ygap=2, texttemplate="%{z:.0f}",
            textfont={"size": 12}, hovertemplate="%{y}: %{z:.1f} % of the information about %{x}<extra></extra>",
        )  # fmt: skip
        if column > 1:  # on a phone the unit names would cover the table to the left; hovering shows them
            figure.update_yaxes(showticklabels=False, ticks="", row=1, col=column)
    figure.update_layout(height=height, margin={**MARGIN, "t": 36})
    figure.update_annotations(font_size=14)
    return figure


def rotated_code_figure(
    rotated: RotatedCode, at: int, values: Int[np.ndarray, "n"], factor: str, *, most: int = 1024, height: int = 320
) -> go.Figure:
    """Draw the two units at angle number ``at``; the colour is the value of one factor."""
    codes = rotated.codes[at][:most]
    bar = {"title": {"text": factor}, "thickness": 12, "outlinewidth": 0}
    figure = go.Figure(
        go.Scattergl(
            x=codes[:, 0], y=codes[:, 1], mode="markers", hoverinfo="skip",
            marker={"size": 5, "color": values[:most], "colorscale": "Cividis", "colorbar": bar},
        )
    )  # fmt: skip
    figure.update_layout(height=height, margin=MARGIN)
    figure.update_xaxes(title="first unit", range=[-3.2, 3.2], gridcolor=FAINT, constrain="domain")
    figure.update_yaxes(title="second unit", range=[-3.2, 3.2], gridcolor=FAINT, scaleanchor="x", constrain="domain")
    return figure


def rotated_scores_figure(rotated: RotatedCode, at: int, *, height: int = 320) -> go.Figure:
    """Draw MIG and KL over the angle, as shares of their values at 0°; angle number ``at`` has larger marks."""
    figure = go.Figure()
    for name, values, shade in (("KL to the prior", rotated.kl, colour(1)), ("MIG", rotated.mig, colour(0))):
        figure.add_scatter(
            x=ANGLES, y=values / values[0], name=name, mode="lines+markers", line={"color": shade, "width": 2.5},
            customdata=values, marker={"size": [13 if i == at else 4 for i in range(len(ANGLES))], "opacity": 1},
            hovertemplate=f"{name} at %{{x}}°: %{{customdata:.3f}}<extra></extra>",
        )  # fmt: skip
    figure.update_layout(height=height, margin=MARGIN, legend={**LEGEND, "itemsizing": "trace"})
    figure.update_xaxes(title="rotated by, degrees", dtick=15, gridcolor=FAINT)
    figure.update_yaxes(title="share of the value at 0°", tickformat=".0%", range=[0, 1.1], gridcolor=FAINT)
    return figure
