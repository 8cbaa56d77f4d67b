"""Why a decoder that minimizes a pixel loss draws means: the best it can do with a code that many images share."""

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float, Int, UInt8

from latent_explorer.ui.figures import FAINT, LEGEND, MARGIN, colour
from vae_core.common.pixels import bytes_to_floats
from vae_core.evaluation.samples.scores import sharpness
from vae_core.latent.gaussian import log_normal


@dataclass(frozen=True)
class Shared:
    """Which images could have been coded as z, and what they are on average."""

    weight: Float[np.ndarray, "n"]  # q(x_n|z), sums to 1
    likely: Int[np.ndarray, "n"]  # images, most likely first
    mean: Float[np.ndarray, "channels height width"]  # Σ_n q(x_n|z) x_n

    @property
    def count(self) -> float:
        """How many images share z: 1/Σ w², as many as there would be if their weights were equal."""
        return float(1 / np.square(self.weight).sum())


def owners(
    z: Float[np.ndarray, "latent"], mean: Float[np.ndarray, "n latent"], std: Float[np.ndarray, "n latent"]
) -> Float[np.ndarray, "n"]:
    """q(x_n|z) ∝ q(z|x_n), by Bayes with equally likely images."""
    z, mean, std = (np.asarray(a, np.float64) for a in (z, mean, std))
    log_q = log_normal(z, mean, std).sum(axis=1)
    weight = np.exp(log_q - log_q.max())
    return weight / weight.sum()


def share(z: np.ndarray, mean: np.ndarray, std: np.ndarray, images: UInt8[np.ndarray, "n channels height width"]) -> Shared:
    """The mean of the images at z: what minimizes the expected squared error there, and the expected cross-entropy too."""
    weight = owners(z, mean, std)
    kept = np.flatnonzero(weight > 1e-6 * weight.max())  # the others do not change a grey level
    average = np.tensordot(weight[kept], bytes_to_floats(images[kept]), axes=1) / weight[kept].sum()
    return Shared(weight, np.argsort(-weight, kind="stable"), average)


def squared_error(a: np.ndarray, b: np.ndarray) -> float:
    """Mean over pixels on [0, 1]."""
    return float(np.square(a - b, dtype=np.float64).mean())


def expected_error(drawn: np.ndarray, shared: Shared, images: UInt8[np.ndarray, "n channels height width"]) -> float:
    """Σ_n q(x_n|z) ‖drawn − x_n‖² per pixel: what a decoder is trained to make small."""
    kept = np.flatnonzero(shared.weight > 1e-6 * shared.weight.max())
    errors = np.square(bytes_to_floats(images[kept]) - drawn).mean(axis=(1, 2, 3))
    return float(shared.weight[kept] @ errors / shared.weight[kept].sum())


def losses(sharp: dict[str, float], error: dict[str, float | None], of_data: float | None, *, height: int = 300) -> go.Figure:
    """Each model at its squared error and the sharpness of its reconstructions; the line is the data's own sharpness."""
    figure = go.Figure()
    for i, name in enumerate(sharp):
        figure.add_scatter(
            x=[error[name]], y=[sharp[name]], mode="markers", name=name, marker={"size": 14, "color": colour(i)},
            hovertemplate=f"{name}<br>squared error %{{x:.4f}}, sharpness %{{y:.3f}}<extra></extra>",
        )  # fmt: skip
    if of_data:
        figure.add_hline(
            y=of_data, line={"color": colour(8), "dash": "dash"}, annotation_text="the images themselves",
            annotation_font_size=12, annotation_position="bottom right",
        )  # fmt: skip
    top = 1.15 * max([*sharp.values(), of_data or 0])
    figure.update_layout(height=height, margin=MARGIN, legend=LEGEND)
    figure.update_xaxes(title="squared error per pixel", rangemode="tozero", gridcolor=FAINT)
    figure.update_yaxes(title="sharpness", range=[0, top], gridcolor=FAINT)
    return figure


def sharp_each(rows: dict[str, np.ndarray]) -> dict[str, float]:
    """The mean sharpness of each model's images."""
    return {name: sharpness(images) for name, images in rows.items()}
