"""Latent codes decoded under every value of the first label; the other labels and β stay as they are on the canvas."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from latent_explorer.canvas import ConditionProperty
from latent_explorer.models import Model
from latent_explorer.ui import file_formats, widgets
from latent_explorer.ui.downloads import download_button


@dataclass(frozen=True)
class Conditions:
    """The conditions of a conditional model, around the one on the canvas (K,)."""

    model: Model
    current: np.ndarray

    @property
    def label(self) -> ConditionProperty:
        """The first label: the class, or the first factor."""
        return self.model.canvas.conditions[0]

    @property
    def values(self) -> list[int]:
        """Indices of the first label's values."""
        return list(range(len(self.label.values)))

    @property
    def single_characters(self) -> bool:
        """Whether every value is one character, such as a digit, so that a text can be written with them."""
        return all(len(value) == 1 for value in self.label.values)

    def weights(self, value: int | None) -> np.ndarray:
        """Return the labels' weights with the first label set to ``value``; to unknown (zeros) at None."""
        weights = self.current[: sum(self.model.label_sizes)].copy()
        weights[: len(self.label.values)] = 0
        if value is not None:
            weights[value] = 1
        return weights

    def decode(self, codes: np.ndarray, values: list[int] | list[int | None]) -> np.ndarray:
        """Return each code (N, D) under each value: images (N · values, C, H, W), row by row."""
        beta = self.model.split_condition(self.current)[1]
        weights = np.stack([self.weights(value) for _ in codes for value in values])
        return self.model.decode(np.repeat(codes, len(values), axis=0), weights, beta=beta)


def image_scale(model: Model) -> int:
    """Screen pixels per image pixel."""
    return max(2, 64 // model.shape[-1])


def show_downloads(model: Model, images: np.ndarray, columns: int, title: str, **arrays: np.ndarray) -> None:
    """Draw downloads of the images as PNG, and of images and arrays as NPZ."""
    if widgets.hidden("download"):
        return
    file = f"{model.name}-{title}"
    with st.container(horizontal=True):
        download_button("PNG", lambda: file_formats.image_grid_png(images, columns, 4), f"{file}.png", key=f"png {title}")
        download_button("NPZ", lambda: file_formats.arrays_npz(images=images, **arrays), f"{file}.npz", key=f"npz {title}")
