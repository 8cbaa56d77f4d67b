"""Blur: a decoder that minimizes a pixel loss draws the mean of all images that share a latent code."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float, Int, UInt8

from latent_explorer.ui.figures import FAINT, LEGEND, MARGIN, colour
from vae_core.common.pixels import bytes_to_floats
from vae_core.evaluation.samples.scores import sharpness
from vae_core.latent.gaussian import log_normal

NEGLIGIBLE = 1e-6  # of the largest weight: lighter images do not change a grey level


@dataclass(frozen=True)
class SharedCode:
    """The images that could have been encoded as z, and their mean."""

    weight: Float[np.ndarray, "n"]  # q(x_n|z), sums to 1
    by_weight: Int[np.ndarray, "n"]  # images, most likely first
    mean: Float[np.ndarray, "channels height width"]  # Σ_n q(x_n|z) x_n

    @property
    def count(self) -> float:
        """Effective number of images that share z: 1/Σ w², which is n for n equal weights."""
        return float(1 / np.square(self.weight).sum())

    @property
    def relevant(self) -> Int[np.ndarray, "kept"]:
        """Images with a weight that matters."""
        return np.flatnonzero(self.weight > NEGLIGIBLE * self.weight.max())


def image_weights(
    z: Float[np.ndarray, "latent"], mean: Float[np.ndarray, "n latent"], std: Float[np.ndarray, "n latent"]
) -> Float[np.ndarray, "n"]:
    """q(x_n|z) ∝ q(z|x_n), by Bayes with equally likely images."""
    z, mean, std = (np.asarray(a, np.float64) for a in (z, mean, std))
    log_q = log_normal(z, mean, std).sum(axis=1)
    weight = np.exp(log_q - log_q.max())
    return weight / weight.sum()


def find_shared_code(
    z: Float[np.ndarray, "latent"],
    mean: Float[np.ndarray, "n latent"],
    std: Float[np.ndarray, "n latent"],
    images: UInt8[np.ndarray, "n channels height width"],
) -> SharedCode:
    """Weigh the images at z. Their mean minimizes the expected squared error there, and the expected cross-entropy too."""
    weight = image_weights(z, mean, std)
    kept = np.flatnonzero(weight > NEGLIGIBLE * weight.max())
    average = np.tensordot(weight[kept], bytes_to_floats(images[kept]), axes=1) / weight[kept].sum()
    return SharedCode(weight, np.argsort(-weight, kind="stable"), average)


def squared_error(a: np.ndarray, b: np.ndarray) -> float:
    """Mean over pixels on [0, 1]."""
    return float(np.square(a - b, dtype=np.float64).mean())


def expected_error(drawn: np.ndarray, shared: SharedCode, images: UInt8[np.ndarray, "n channels height width"]) -> float:
    """Σ_n q(x_n|z) ‖drawn − x_n‖² per pixel: the loss that a decoder is trained to minimize."""
    kept = shared.relevant
    errors = np.square(bytes_to_floats(images[kept]) - drawn).mean(axis=(1, 2, 3))
    return float(shared.weight[kept] @ errors / shared.weight[kept].sum())


def error_and_sharpness_figure(
    sharpness_of: Mapping[str, float], error_of: Mapping[str, float | None], data_sharpness: float | None, *, height: int = 300
) -> go.Figure:
    """Draw each model at its squared error and the sharpness of its reconstructions; a line at the data's sharpness."""
    figure = go.Figure()
    for i, name in enumerate(sharpness_of):
        figure.add_scatter(
            x=[error_of[name]], y=[sharpness_of[name]], mode="markers", name=name, marker={"size": 14, "color": colour(i)},
            hovertemplate=f"{name}<br>squared error %{{x:.4f}}, sharpness %{{y:.3f}}<extra></extra>",
        )  # fmt: skip
    if data_sharpness:
        figure.add_hline(
            y=data_sharpness, line={"color": colour(8), "dash": "dash"}, annotation_text="the images themselves",
            annotation_font_size=12, annotation_position="bottom right",
        )  # fmt: skip
    top = 1.15 * max([*sharpness_of.values(), data_sharpness or 0])
    figure.update_layout(height=height, margin=MARGIN, legend=LEGEND)
    figure.update_xaxes(title="squared error per pixel", rangemode="tozero", gridcolor=FAINT)
    figure.update_yaxes(title="sharpness", range=[0, top], gridcolor=FAINT)
    return figure


def mean_sharpness(images_of: Mapping[str, np.ndarray]) -> dict[str, float]:
    """Return the mean sharpness of each model's images."""
    return {name: sharpness(images) for name, images in images_of.items()}
