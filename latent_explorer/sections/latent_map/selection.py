"""The selected points of the map: their images, classes, table and downloads."""

from typing import Any

import numpy as np
import streamlit as st

from latent_explorer.models import Model
from latent_explorer.ui import display_names, figures, file_formats, page, widgets
from latent_explorer.ui.downloads import download_button
from latent_explorer.ui.image_grid import show_images
from vae_core.latent.projection import Projection

MAX_SHOWN = 48


def image_scale(model: Model) -> int:
    """Screen pixels per image pixel of the pictures below the map."""
    return max(2, 72 // model.shape[-1])


def real_images(model: Model, rows: np.ndarray) -> np.ndarray | None:
    """Return the training images (n, C, H, W) of these points; None if they are not on this machine."""
    data = model.images_or_none()
    return None if data is None else data.images[model.atlas.index[rows]]


def rows_of_event(event: Any) -> np.ndarray | None:
    """Return the rows that a selection event of the chart names; None without a selection."""
    if not event or not event["selection"]["points"]:
        return None
    return np.array([point["customdata"] for point in event["selection"]["points"]]).ravel().astype(int)


def show_selection(model: Model, projected: Projection, chosen: np.ndarray | None) -> None:
    """Draw the selected images with what is known of them, or some of all while none is selected."""
    if chosen is None or not len(chosen):
        _show_some(model)
        return
    atlas, scale = model.atlas, image_scale(model)
    rows = chosen[:MAX_SHOWN]
    real = real_images(model, rows)
    images = model.decode(atlas.mean[rows]) if real is None else real
    st.markdown(f"**{len(chosen):,} of {len(atlas):,} images selected**")

    # the images on the left, their means and classes on the right
    left, right = st.columns([3, 2], gap="large")
    with left:
        show_images(images, 12, scale=scale, alt="selected images")
        source = "training images" if real is not None else f"decoded from their means by {display_names.model_caption(model)}"
        st.caption(f"The first {len(rows)}: {source}.")
    with right:
        _means(model, chosen)
        if atlas.labels is not None:
            counts = np.bincount(atlas.labels[chosen], minlength=len(model.about.class_names))
            figure = figures.class_counts(dict(zip(model.about.class_names, counts.tolist())))
            st.plotly_chart(figure, key="counts", config=page.PLOTLY_CONFIG, alt="selected images per class")

    table = point_table(model, projected, chosen)
    st.dataframe(table, height=220, hide_index=True, alt="the selected images, a row each")
    if widgets.hidden("download"):
        return
    arrays = {"index": atlas.index[chosen], "mean": atlas.mean[chosen], "std": atlas.std[chosen], "xy": projected.xy[chosen]}
    title, file = f"{model.name}, {projected.method}", f"{model.name}-selection"
    with st.container(horizontal=True):
        download_button("CSV", lambda: file_formats.table_csv(table), f"{file}.csv", key="csv")
        download_button("NPZ", lambda: file_formats.arrays_npz(**arrays), f"{file}.npz", key="npz")
        download_button("PNG", lambda: file_formats.image_grid_png(images, 12, scale), f"{file}.png", key="png")
        download_button(
            "SVG of the map", lambda: file_formats.map_svg(projected.xy, atlas.labels, chosen, title), f"{model.name}-map.svg",
            key="svg",
        )  # fmt: skip


def _show_some(model: Model) -> None:
    """Decoded points of the whole map, until a selection is made."""
    st.markdown("**Which images lie where?** Choose *Lasso* above the map and draw around some points; they appear here.")
    rows = np.random.default_rng(0).permutation(len(model.atlas))[:MAX_SHOWN]
    show_images(model.decode(model.atlas.mean[rows]), 16, scale=image_scale(model), alt="decoded means")
    st.caption(
        f"Until then: {len(rows)} points of the whole map, decoded from their means. {display_names.model_caption(model)}."
    )


def _means(model: Model, chosen: np.ndarray) -> None:
    """The decoded mean latent code, beside the mean of the images."""
    atlas, scale = model.atlas, 2 * image_scale(model)
    with st.container(horizontal=True):
        mean = model.decode(atlas.mean[chosen].mean(axis=0, keepdims=True))
        show_images(mean, 1, scale=scale, width=110, alt="decoded mean code", caption="decoded mean")
        images = real_images(model, chosen)
        if images is not None:
            average = images.mean(axis=0, keepdims=True) / 255
            show_images(average, 1, scale=scale, width=110, alt="mean of the images", caption="mean image")


def point_table(model: Model, projected: Projection, rows: np.ndarray) -> dict[str, np.ndarray | list]:
    """Return what is known of the points: a column each of image, class, factors, KL, error and place on the map."""
    atlas = model.atlas
    table: dict[str, np.ndarray | list] = {"image": atlas.index[rows]}
    if atlas.labels is not None:
        table["class"] = [model.about.class_names[label] for label in atlas.labels[rows]]
    if atlas.factors is not None:
        table |= {factor: atlas.factors[rows, k] for k, factor in enumerate(model.about.factor_names)}
    table |= {"KL, nats": atlas.kl[rows].sum(axis=1).round(2), "−log p(x|z), nats": atlas.nll[rows].round(2)}
    return table | {"map x": projected.xy[rows, 0].round(3), "map y": projected.xy[rows, 1].round(3)}
