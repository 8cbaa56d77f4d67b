"""VAE, GAN and diffusion: measured scores of each, time per sample, and an interpolation between two samples of each."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float

from latent_explorer import home
from latent_explorer.ui.figures import FAINT, LEGEND, MARGIN, colour
from vae_core.baselines import TrainedBaseline
from vae_core.checkpoints.trained_vae import TrainedVAE
from vae_core.evaluation import load_results
from vae_core.latent.traversal import interpolate

STEPS = (1, 2, 4, 8, 16, 32, 50)  # of a diffusion model's sampler
TIMED = 4  # samples per timing


@dataclass(frozen=True)
class FamilyMember:
    """One model of a family, with its results from metrics.json."""

    name: str
    family: str
    scores: dict[str, float]  # Fréchet distance, precision, recall, coverage of its samples
    settings: dict  # of the scores
    likelihood: str  # of an image, in words or nats


def find_baseline(name: str) -> Path | None:
    """Return the folder of a GAN or diffusion model; None if it is missing."""
    folders = (place / name for place in home.model_folders())
    return next((folder for folder in folders if (folder / "baseline.json").is_file()), None)


def load_member(folder: Path, family: str, likelihood: str | None = None) -> FamilyMember | None:
    """Read the results of a checkpoint.

    Args:
        folder: the checkpoint.
        family: name of the family on screen.
        likelihood: text in place of the measured −log p(x).

    Returns:
        None if its samples were not measured.
    """
    found = {name: result.to_json() for name, result in load_results(folder).items()}
    if "samples" not in found:
        return None
    nll = found.get("nll", {}).get("values", {}).get("nll")
    measured = "not measured" if nll is None else f"{nll:.1f}"
    return FamilyMember(folder.name, family, found["samples"]["values"], found["samples"]["settings"], likelihood or measured)


def fastest_run(draw: Callable[[], object], *, repeats: int = 2) -> float:
    """Return the seconds of the fastest of a few runs: the slower ones waited for other work on the machine."""
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        draw()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def measure_sampling_times(
    vae: TrainedVAE, gan: TrainedBaseline, diffusion: TrainedBaseline
) -> tuple[float, float, list[float]]:
    """Measure the seconds per sample on this machine: of a VAE, a GAN, and a diffusion model at each of STEPS."""
    # the first run of each also allocates memory
    vae.sample(1, 0)
    gan.sample(1, 0)
    diffusion.sample(1, 0, sample_steps=1)
    steps = [fastest_run(lambda n=n: diffusion.sample(TIMED, 0, sample_steps=n), repeats=1) / TIMED for n in STEPS]
    return fastest_run(lambda: vae.sample(TIMED, 0)) / TIMED, fastest_run(lambda: gan.sample(TIMED, 0)) / TIMED, steps


def interpolate_samples(model: TrainedVAE, n: int, seed: int) -> Float[np.ndarray, "n channels height width"]:
    """Decode n codes on a great circle between two draws of the prior."""
    a, b = model.sample_codes(2, seed)
    return model.decode(interpolate(a, b, n, spherical=True))


def sampling_time_figure(
    vae: tuple[str, float], gan: tuple[str, float], diffusion: tuple[str, list[float]], *, height: int = 300
) -> go.Figure:
    """Draw the time per sample over the number of network evaluations, both logarithmic.

    Args:
        vae: name and seconds per sample.
        gan: name and seconds per sample.
        diffusion: name and seconds per sample at each of STEPS.
        height: in pixels.
    """
    figure = go.Figure()
    figure.add_scatter(
        x=STEPS, y=[1000 * s for s in diffusion[1]], name=diffusion[0], mode="lines+markers", marker={"size": 8},
        line={"color": colour(2), "width": 2}, hovertemplate="%{x} steps: %{y:.1f} ms<extra></extra>",
    )  # fmt: skip
    for i, (name, seconds) in enumerate((vae, gan)):
        figure.add_scatter(
            x=[1], y=[1000 * seconds], name=name, mode="markers", hovertemplate=f"{name}: %{{y:.2f}} ms<extra></extra>",
            marker={"size": 12, "color": colour(i), "symbol": ("square", "diamond")[i]},
        )  # fmt: skip
    figure.update_layout(height=height, margin=MARGIN, legend=LEGEND)
    figure.update_xaxes(title="network evaluations per sample", type="log", tickvals=STEPS, gridcolor=FAINT)
    figure.update_yaxes(title="milliseconds per sample", type="log", dtick=1, gridcolor=FAINT)
    return figure


def scores_table(members: list[FamilyMember]) -> dict[str, list]:
    """Return the scores as columns by name, a row per model."""
    names = {"Fréchet ↓": "frechet_distance", "precision ↑": "precision", "recall ↑": "recall", "coverage ↑": "coverage"}
    return {
        "model": [m.name for m in members],
        "family": [m.family for m in members],
        **{title: [f"{m.scores[key]:.2f}" for m in members] for title, key in names.items()},
        "−log p(x) ≤, nats": [m.likelihood for m in members],
    }
