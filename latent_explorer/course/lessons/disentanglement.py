"""Which unit knows which factor, and why the ELBO cannot tell a code from the same code turned."""

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float, Int
from plotly.subplots import make_subplots

from latent_explorer.ui.figures import FAINT, LEGEND, MARGIN, colour
from vae_core.analysis.atlas import LatentAtlas
from vae_core.analysis.unit_matching import match_units, shared_rows, unit_correlations
from vae_core.evaluation.disentanglement.mutual_information import entropy, mig
from vae_core.latent.gaussian import split_kl

ANGLES = tuple(range(0, 91, 5))
SIGMA = 0.1  # posterior σ of the ideal code: narrow enough to tell 32 places apart
OWN = 0.5  # of a factor's entropy: the lead of its best unit from which on we say that it has a unit of its own


@dataclass(frozen=True)
class Gaps:
    """What MIG averages, factor by factor."""

    names: tuple[str, ...]
    best: Int[np.ndarray, "factors"]  # the unit that knows most of each factor
    first: Float[np.ndarray, "factors"]  # I(best unit; factor) / H(factor)
    second: Float[np.ndarray, "factors"]  # the same of the runner-up
    mig: float

    @property
    def own(self) -> int:
        """How many factors have a unit of their own, by ``OWN``."""
        return int((self.first - self.second >= OWN).sum())


def gaps(codes: Float[np.ndarray, "n latent"], factors: Int[np.ndarray, "n factors"], names: tuple[str, ...]) -> Gaps:
    """The two best units of each factor; Chen et al. 2018 (arXiv 1802.04942)."""
    found = mig(codes, factors)
    share = found.matrix / entropy(factors)
    ranked = np.sort(share, axis=0)
    return Gaps(names, share.argmax(axis=0), ranked[-1], ranked[-2], found.value)


@dataclass(frozen=True)
class Twin:
    """A model that differs from a first one in its seed alone, its units paired with the first one's."""

    share: Float[np.ndarray, "units factors"]  # I(unit; factor) / H(factor), a row for each active unit of the first
    strength: Float[np.ndarray, "units"]  # |correlation| with the first one's unit, over the same images
    units: tuple[int, ...]
    mig: float


def seeds_of(atlases: list[LatentAtlas]) -> list[Twin]:
    """Each model's partners of the first one's active units, by the Hungarian assignment; the first one's are its own."""
    first, found = atlases[0], []
    order = [int(u) for u in first.order if first.active[u]]
    for other in atlases:
        a, b = shared_rows(first, other)
        correlation = unit_correlations(first.mean[a], other.mean[b])
        partner = dict(match_units(correlation))
        units = tuple(partner[u] for u in order)
        measured = mig(other.mean, other.factors)
        share = (measured.matrix / entropy(other.factors))[list(units)]
        found.append(Twin(share, np.abs(correlation[order, list(units)]), units, measured.value))
    return found


@dataclass(frozen=True)
class Turned:
    """An ideal two-unit code of two factors, turned by each of ``ANGLES``."""

    codes: Float[np.ndarray, "angles n 2"]
    mig: Float[np.ndarray, "angles"]
    kl: Float[np.ndarray, "angles"]  # mean KL(q(z|x) ‖ p(z)), nats: the ELBO's prior term


def normal_scores(values: Int[np.ndarray, "n"]) -> Float[np.ndarray, "n"]:
    """Values → places under N(0, 1) by their rank: equal values share one place, and together they are spread as the prior."""
    from scipy.stats import norm

    _, at, count = np.unique(values, return_inverse=True, return_counts=True)
    return norm.ppf((np.cumsum(count) - count / 2) / len(values))[at]


def rotation(degrees: float) -> Float[np.ndarray, "2 2"]:
    a = np.deg2rad(degrees)
    return np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])


def turn(factors: Int[np.ndarray, "n 2"]) -> Turned:
    """One unit per factor, then both turned together; every posterior is N(μ, σ² I), which a turn leaves as it is."""
    ideal = np.column_stack([normal_scores(v) for v in factors.T])
    codes = np.stack([ideal @ rotation(angle).T for angle in ANGLES])
    kl = [sum(split_kl(c, np.full_like(c, SIGMA))).sum(axis=1).mean() for c in codes]
    return Turned(codes, np.array([mig(c, factors).value for c in codes]), np.array(kl))


def gap_bars(found: Gaps, unit_name, *, height: int = 250) -> go.Figure:
    """Each factor's best unit and its runner-up: MIG is the mean difference."""
    figure = go.Figure()
    for name, values, shade in (("best unit", found.first, colour(0)), ("runner-up", found.second, colour(3))):
        figure.add_bar(
            x=list(found.names), y=values, name=name, marker_color=shade,
            text=[unit_name(int(u)) for u in found.best] if name == "best unit" else None, textposition="outside",
            cliponaxis=False, textfont={"size": 13}, hovertemplate=f"%{{x}}, {name}: %{{y:.1%}}<extra></extra>",
        )  # fmt: skip
    figure.update_layout(height=height, margin=MARGIN, legend=LEGEND, barmode="group", bargap=0.3)
    figure.update_yaxes(title="share of the factor known", tickformat=".0%", range=[0, 1.02], gridcolor=FAINT)
    return figure


def twin_tables(found: dict[str, Twin], factors: tuple[str, ...], unit_name, *, height: int = 300) -> go.Figure:
    """What each unit knows of each factor, a table per seed; a row means the same unit, as well as it can be paired."""
    figure = make_subplots(1, len(found), subplot_titles=list(found), horizontal_spacing=0.06)
    for column, twin in enumerate(found.values(), 1):
        rows = [f"{unit_name(u)} " for u in twin.units]
        figure.add_heatmap(
            z=100 * twin.share[::-1], x=list(factors), y=rows[::-1], row=1, col=column,
            zmin=0, zmax=100, colorscale="Blues", showscale=False, xgap=2, ygap=2, texttemplate="%{z:.0f}",
            textfont={"size": 12}, hovertemplate="%{y} knows %{z:.1f} % of %{x}<extra></extra>",
        )  # fmt: skip
        if column > 1:  # on a phone its names would lie on the table before; a pointer says them
            figure.update_yaxes(showticklabels=False, ticks="", row=1, col=column)
    figure.update_layout(height=height, margin={**MARGIN, "t": 36})
    figure.update_annotations(font_size=14)
    return figure


def turned_code(
    found: Turned, at: int, places: Int[np.ndarray, "n"], factor: str, *, most: int = 1024, height: int = 320
) -> go.Figure:
    """The code's two units at one angle; the shade is the first factor."""
    codes = found.codes[at][:most]
    bar = {"title": {"text": factor}, "thickness": 12, "outlinewidth": 0}
    figure = go.Figure(
        go.Scattergl(
            x=codes[:, 0], y=codes[:, 1], mode="markers", hoverinfo="skip",
            marker={"size": 5, "color": places[:most], "colorscale": "Cividis", "colorbar": bar},
        )
    )  # fmt: skip
    figure.update_layout(height=height, margin=MARGIN)
    figure.update_xaxes(title="first unit", range=[-3.2, 3.2], gridcolor=FAINT, constrain="domain")
    figure.update_yaxes(title="second unit", range=[-3.2, 3.2], gridcolor=FAINT, scaleanchor="x", constrain="domain")
    return figure


def turned_scores(found: Turned, at: int, *, height: int = 320) -> go.Figure:
    """MIG and the KL over the angle, each as a share of its value before turning; the angle that is shown is marked."""
    figure = go.Figure()
    for name, values, shade in (("KL to the prior", found.kl, colour(1)), ("MIG", found.mig, colour(0))):
        figure.add_scatter(
            x=ANGLES, y=values / values[0], name=name, mode="lines+markers", line={"color": shade, "width": 2.5},
            customdata=values, marker={"size": [13 if i == at else 4 for i in range(len(ANGLES))], "opacity": 1},
            hovertemplate=f"{name} at %{{x}}°: %{{customdata:.3f}}<extra></extra>",
        )  # fmt: skip
    figure.update_layout(height=height, margin=MARGIN, legend={**LEGEND, "itemsizing": "trace"})
    figure.update_xaxes(title="turned by, degrees", dtick=15, gridcolor=FAINT)
    figure.update_yaxes(title="share of the value at 0°", tickformat=".0%", range=[0, 1.1], gridcolor=FAINT)
    return figure
