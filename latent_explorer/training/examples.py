"""Trained models that the Train page and the β race page show while there is no run."""

import streamlit as st

from latent_explorer import models
from latent_explorer.models import Model
from latent_explorer.training import live_view, run_figures
from latent_explorer.ui import display_names, figures
from latent_explorer.ui.image_grid import show_images
from vae_core.common.errors import BadInput


def readable_models(names: list[str]) -> list[Model]:
    """Open models; return none of them if one is missing or cannot be read."""
    try:
        found = [models.open(name) for name in names]
        for model in found:
            _ = model.trained
    except BadInput:
        return []
    return found


def show_training(model: Model) -> None:
    """Show how a model was trained: its ELBO and the KL of its units over steps."""
    st.markdown(f"**How {model.name} was trained.** Your run appears here once you press *Train*.")
    history = model.trained.history
    left, right = st.columns(2, gap="large")
    with left:
        live_view.show_chart(figures.training_curves(history), "example", f"ELBO of {model.name} over steps")
    with right:
        live_view.show_chart(figures.unit_kl_curves(history), "units", f"KL per unit of {model.name}")
    st.caption(display_names.model_summary(model))


def show_race(lanes: list[Model]) -> None:
    """Show models that differ in β only, as the lanes of a race that has ended."""
    st.markdown("**An earlier race.** The higher β, the lower the rate and the higher the distortion at the end of a lane.")
    left, right = st.columns([3, 2], gap="large")
    with left:
        paths = {
            run_figures.lane_title(model.config): run_figures.rate_distortion_path(model.trained.history) for model in lanes
        }
        figure = run_figures.race_plane(paths)
        live_view.show_chart(figure, "earlier", f"rate and distortion of {len(lanes)} β during their training")
    with right:
        for model in lanes:
            show_images(
                model.samples(8, seed=0), 8, scale=2, width="stretch", alt=f"samples of {model.name}",
                caption=f"{run_figures.lane_title(model.config)}: samples from the prior",
            )  # fmt: skip
    first, last = display_names.model_caption(lanes[0]), display_names.model_caption(lanes[-1])
    st.caption(f"Held-out images, nats; a dotted line joins points of equal ELBO. From {first}, to {last}.")
