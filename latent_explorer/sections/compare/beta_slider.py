"""A multi-rate model moved along its range of β."""

import numpy as np
import streamlit as st

from latent_explorer.models import Model
from latent_explorer.models.measurements import CURVE_IMAGES
from latent_explorer.sections.compare.images import image_scale
from latent_explorer.sections.compare.rate_distortion import measured_points
from latent_explorer.ui import display_names, figures, page, widgets
from latent_explorer.ui.image_grid import show_images
from latent_explorer.ui.notices import data_missing
from latent_explorer.ui.state import Compare

TITLE = "β slider"
IMAGES, STEPS = 16, 21


def show_beta(chosen: list[Model], seed: int) -> None:
    """Draw reconstructions and samples at the chosen β, beside the curve of rate and distortion."""
    model = next(model for model in chosen if model.beta_range)
    low, high = model.beta_range or (1.0, 1.0)
    st.markdown(
        f"**What does β trade?** {model.name} was trained for every β from {low:g} to {high:g}; move it along its curve."
    )
    held_out = model.images_or_none("test")
    if held_out is None:
        data_missing(model.about.dataset, "nothing can be reconstructed")
        return
    betas = [float(f"{beta:.3g}") for beta in np.geomspace(low, high, STEPS)]
    default = min(betas, key=lambda beta: abs(np.log(beta)))
    beta = widgets.select_slider(Compare.BETA, "β", betas, default=default, width=420)

    scale = image_scale(model)
    left, right = st.columns(2, gap="large")
    with left:
        images = held_out.images[np.random.default_rng(seed).permutation(len(held_out))[:IMAGES]]
        reconstructions = model.decode(model.encode(images, beta=beta)[0], beta=beta)
        show_images(images, 8, scale=scale, width="stretch", alt="sixteen held-out images")
        show_images(reconstructions, 8, scale=scale, width="stretch", alt=f"their reconstructions at β {beta:g}")
        st.caption(f"Held-out images, and below their reconstructions at β = {beta:g}. {display_names.model_caption(model)}.")
        samples = model.samples(IMAGES, seed, beta=beta)
        show_images(samples, 8, scale=scale, width="stretch", alt=f"samples at β {beta:g}")
        st.caption("Samples: the same sixteen latent codes at every β.")
    with right:
        points = measured_points([other for other in chosen if not other.beta_range])
        here = model.measurements.curve((beta,))[0]
        points[f"{model.name}, β = {beta:g}"] = here[1:]
        figure = figures.rate_distortion_plane(points, curve=model.measurements.curve(), height=440)
        alt = f"rate-distortion curve of {model.name} with the point of β {beta:g}"
        st.plotly_chart(figure, key="rd", config=page.PLOTLY_CONFIG, alt=alt)
        st.caption(
            f"Rate {here[1]:.1f}, distortion {here[2]:.1f} nats over {CURVE_IMAGES:,} held-out images; single points are "
            "models that were trained for one β each."
        )
