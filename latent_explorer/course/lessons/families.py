"""VAE, GAN, diffusion: what is measured of each, what a sample costs, and a walk between two codes of each."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float

from latent_explorer.ui.figures import FAINT, LEGEND, MARGIN, colour
from vae_core.baselines import TrainedBaseline
from vae_core.checkpoints.trained_vae import TrainedVAE
from vae_core.evaluation import load_results
from vae_core.latent.traversal import interpolate

STEPS = (1, 2, 4, 8, 16, 32, 50)  # of a diffusion model's sampler
TIMED = 4  # samples that a time is taken of


@dataclass(frozen=True)
class Member:
    """One model of a family, and what metrics.json holds of it."""

    name: str
    family: str
    scores: dict[str, float]  # Fréchet distance, precision, recall, coverage of its samples
    settings: dict  # of the scores
    likelihood: str  # of an image, in words or nats


def member(folder: Path, family: str, likelihood: str | None = None) -> Member | None:
    """Read from a checkpoint; None where its samples were not measured. Without ``likelihood`` the measured one is said."""
    found = {name: result.to_json() for name, result in load_results(folder).items()}
    if "samples" not in found:
        return None
    nll = found.get("nll", {}).get("values", {}).get("nll")
    said = likelihood or ("not measured" if nll is None else f"{nll:.1f}")
    return Member(folder.name, family, found["samples"]["values"], found["samples"]["settings"], said)


def seconds(draw: Callable[[], object], *, repeats: int = 2) -> float:
    """Seconds of the fastest of a few runs: the others waited for somebody else's work."""
    taken = []
    for _ in range(repeats):
        start = time.perf_counter()
        draw()
        taken.append(time.perf_counter() - start)
    return min(taken)


def times(vae: TrainedVAE, gan: TrainedBaseline, diffusion: TrainedBaseline) -> tuple[float, float, list[float]]:
    """Seconds per sample on this machine: of a VAE, a GAN, and a diffusion model at each of STEPS."""
    vae.sample(1, 0), gan.sample(1, 0), diffusion.sample(1, 0, sample_steps=1)  # the first run of each also allocates
    steps = [seconds(lambda n=n: diffusion.sample(TIMED, 0, sample_steps=n), repeats=1) / TIMED for n in STEPS]
    return seconds(lambda: vae.sample(TIMED, 0)) / TIMED, seconds(lambda: gan.sample(TIMED, 0)) / TIMED, steps


def vae_walk(model: TrainedVAE, n: int, seed: int) -> Float[np.ndarray, "n channels height width"]:
    """From one draw of the prior to another, on a great circle."""
    a, b = model.sample_codes(2, seed)
    return model.decode(interpolate(a, b, n, spherical=True))


def steps_figure(
    vae: tuple[str, float], gan: tuple[str, float], diffusion: tuple[str, list[float]], *, height: int = 300
) -> go.Figure:
    """Seconds per sample over the evaluations of the network that it takes, both logarithmic."""
    figure = go.Figure()
    figure.add_scatter(
        x=STEPS, y=[1000 * s for s in diffusion[1]], name=diffusion[0], mode="lines+markers", marker={"size": 8},
        line={"color": colour(2), "width": 2}, hovertemplate="%{x} steps: %{y:.1f} ms<extra></extra>",
    )  # fmt: skip
    for i, (name, took) in enumerate((vae, gan)):
        figure.add_scatter(
            x=[1], y=[1000 * took], name=name, mode="markers", hovertemplate=f"{name}: %{{y:.2f}} ms<extra></extra>",
            marker={"size": 12, "color": colour(i), "symbol": ("square", "diamond")[i]},
        )  # fmt: skip
    figure.update_layout(height=height, margin=MARGIN, legend=LEGEND)
    figure.update_xaxes(title="evaluations of the network per sample", type="log", tickvals=STEPS, gridcolor=FAINT)
    figure.update_yaxes(title="milliseconds per sample", type="log", dtick=1, gridcolor=FAINT)
    return figure


def table(members: list[Member]) -> dict[str, list]:
    """A column per measure, a row per model."""
    names = {"Fréchet ↓": "frechet_distance", "precision ↑": "precision", "recall ↑": "recall", "coverage ↑": "coverage"}
    return {
        "model": [m.name for m in members],
        "family": [m.family for m in members],
        **{title: [f"{m.scores[key]:.2f}" for m in members] for title, key in names.items()},
        "−log p(x) ≤, nats": [m.likelihood for m in members],
    }
