"""The image to reconstruct: a held-out one, a sample of the model, or an upload."""

import io
from dataclasses import dataclass

import numpy as np
import streamlit as st

from latent_explorer.models import Model
from latent_explorer.ui import page, widgets
from latent_explorer.ui.image_grid import show_images
from latent_explorer.ui.parameters import Number
from latent_explorer.ui.state import Reconstruct
from vae_core.common.pixels import bytes_to_floats
from vae_core.data import Dataset
from vae_core.data.images.pictures import Unreadable, decode_picture, with_channels
from vae_core.data.untrusted import Limits

HELD_OUT, SAMPLE, UPLOAD, DRAW = Reconstruct.SOURCE.options
UPLOAD_LIMITS = Limits(total_bytes=8 << 20, pixels=20_000_000)
SAMPLES = 24  # images of the model's own prior to choose from
WIDTH = 150  # screen pixels of an image


@dataclass(frozen=True)
class Input:
    """An image (1, C, H, W) in [0, 1], and the labels (1, properties) that a conditional model needs with it."""

    image: np.ndarray
    labels: np.ndarray | None = None

    def labels_for(self, n: int) -> np.ndarray | None:
        """Return the labels repeated for n images."""
        return None if self.labels is None else np.repeat(self.labels, n, axis=0)


def image_scale(model: Model) -> int:
    """Screen pixels per image pixel."""
    return max(2, WIDTH // model.shape[-1])


def show_image(model: Model, image: np.ndarray, caption: str) -> None:
    """Draw one image with a caption."""
    show_images(image, 1, scale=image_scale(model), width=WIDTH, alt=caption, caption=caption)


def reconstruct(model: Model, given: Input, images: np.ndarray) -> np.ndarray:
    """Encode images (N, C, H, W) under the input's labels and decode their posterior means."""
    labels = given.labels_for(len(images))
    return model.decode(model.encode(images, labels)[0], labels)


def choose_input(model: Model, source: str, held_out: Dataset | None) -> Input | None:
    """Draw the controls of a source and return the chosen image; None while there is none.

    Args:
        model: the model.
        source: one of ``HELD_OUT``, ``SAMPLE``, ``UPLOAD``.
        held_out: the held-out images, if they are on this machine.
    """
    if source == UPLOAD:
        return _upload(model)
    if source == SAMPLE or held_out is None:
        return _sample(model, held_out is None)
    index = _number(Reconstruct.NUMBER, len(held_out))
    row = held_out.take(np.array([index]))
    labels = model.labels_of(row)
    _show_labels(labels)
    return Input(bytes_to_floats(row.images), labels)


def _sample(model: Model, data_missing: bool) -> Input:
    index = _number(Reconstruct.SAMPLE, SAMPLES)
    labels = model.cycled_labels(SAMPLES)
    missing = f" The {model.about.dataset} images themselves are not on this machine." if data_missing else ""
    st.caption(f"The input is a sample of the model's own prior, which it reconstructs more easily than a real image.{missing}")
    chosen = None if labels is None else labels[[index]]
    _show_labels(chosen)
    return Input(model.samples(SAMPLES, seed=0)[[index]], chosen)


def _number(parameter: Number, n: int) -> int:
    """Draw a number input for one of n images, with a button for a random one."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        index = widgets.number_input(parameter, "Number", high=n - 1, width=140)
        st.button("Random image", icon=":material/shuffle:", key="another", on_click=_choose_random, args=(parameter.key, n))
    return int(index)


def _choose_random(key: str, n: int) -> None:
    st.session_state[key] = int(np.random.default_rng().integers(n))


def _show_labels(labels: np.ndarray | None) -> None:
    if labels is not None:
        st.caption(f"The model is conditioned on the label: {', '.join(map(str, labels[0]))}.")


def _upload(model: Model) -> Input | None:
    """Read an uploaded picture, cut to a square of the model's size."""
    side = model.shape[-1]
    upload = st.file_uploader("A picture", type=["png", "jpg", "jpeg", "webp", "bmp", "gif"], key="picture")
    invert = widgets.toggle(
        Reconstruct.INVERT, "White is black", help="For dark strokes on paper: digits here are white on black."
    )
    if upload is None:
        st.caption(f"It is cut to a square and scaled to {side}×{side} pixels; nothing is stored.")
        return None
    with page.show_errors():
        UPLOAD_LIMITS.check_bytes(upload.size, "the picture")
    try:
        pixels = with_channels(decode_picture(io.BytesIO(upload.getvalue()), side, UPLOAD_LIMITS)[None], model.shape[0])
    except Unreadable as reason:
        st.error(f"This picture cannot be read: {reason}.", icon=":material/error:")
        return None
    return Input(bytes_to_floats(255 - pixels if invert else pixels))
