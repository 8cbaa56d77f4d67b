"""Show images side by side on a page."""

from typing import Literal

import streamlit as st

from latent_explorer.ui.pictures import Images, enlarge, mosaic


def show_images(
    images: Images,
    columns: int,
    *,
    scale: int,
    alt: str,
    width: int | Literal["content", "stretch"] = "content",
    caption: str | None = None,
    gap: int = 1,
) -> None:
    """Show images as one picture, row by row.

    Args:
        images: uint8 or floats in [0, 1], with one channel or three.
        columns: Images per row.
        scale: Screen pixels per image pixel; whole, so that the browser does not smooth the picture.
        alt: Description for screen readers.
        width: Width on the page in pixels; "content" keeps the picture's own, "stretch" fills the column.
        caption: Text below the picture.
        gap: Transparent pixels between two images, before they are enlarged.
    """
    st.image(enlarge(mosaic(images, columns, gap=gap), scale), width=width, alt=alt, caption=caption)
