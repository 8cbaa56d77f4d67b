"""Several β from the same start: same initial weights, same batches, trained side by side."""

import dataclasses

import streamlit as st

from latent_explorer.course.lessons import LADDER
from latent_explorer.models import store
from latent_explorer.training import config_form, controls, jobs, live_view, run_figures
from latent_explorer.ui import display_names, page
from latent_explorer.ui.image_grid import show_images
from vae_core.common.errors import BadInput
from vae_core.config import TrainConfig
from vae_core.data import DATASETS
from vae_core.parts.objectives import BetaVAE
from vae_core.runs import actions
from vae_core.training.presets import live_preset as preset_for

CHOICES = [0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0]
MOST = 6
EARLIER = tuple(LADDER.values())

page.start("β race", "The same model with several β, from the same weights and on the same batches: what does each give up?")
owner = jobs.visitor()


def preset_of(dataset: str) -> TrainConfig:
    return preset_for(dataset, DATASETS[dataset].shape, n_images=10_000, latent_dim=10)


@st.fragment
def settings_form() -> None:
    """What is moved here runs no other part of the page, least of all a view that moves."""
    available = store.trainable_datasets()
    favourite = available.index("mnist" if "mnist" in available else "digits")
    dataset = st.selectbox(
        "Data", available, favourite, key="race data", help="Those on this machine.",
        on_change=config_form.start_anew, args=("race",),
    )  # fmt: skip
    betas = st.multiselect(
        "β", CHOICES, [0.25, 1.0, 4.0, 16.0], format_func=lambda b: f"{b:g}", max_selections=MOST, key="race betas",
        help=f"2 to {MOST} weights of the KL term, per nat",
    )  # fmt: skip
    button = st.container()
    values = config_form.ask_config(preset_of(dataset), "race", without=("objective",))
    configs = []
    with button:
        try:
            if len(betas) < 2:
                raise BadInput(f"a race has 2 to {MOST} values of β, got {len(betas)}")
            first = TrainConfig.from_json(values)
            configs = [dataclasses.replace(first, objective=BetaVAE(beta=beta)) for beta in sorted(betas)]
        except BadInput as error:
            st.error(str(error), icon=":material/error:")
        go = st.button("Start", type="primary", icon=":material/play_arrow:", width="stretch", key="race", disabled=not configs)
    if go:
        with page.show_errors():
            jobs.look_at(jobs.begin(configs, owner))
        st.rerun()


def example() -> None:
    """A race that was run before: the shipped models of one ladder."""
    if not set(EARLIER) <= set(store.model_names()):
        return
    models = {name: store.load_model(name) for name in EARLIER}
    st.markdown("**How an earlier one went.** The higher β, the less code: each lane ends further left, and errs more.")
    left, right = st.columns([3, 2], gap="large")
    ways = {run_figures.lane_name(model.config): run_figures.way(model.history) for model in models.values()}
    left.plotly_chart(
        run_figures.race_plane(ways),
        key="earlier",
        config=page.PLOTLY_CONFIG,
        alt="rate and distortion of five β over their training",
    )
    with right:
        for name, model in models.items():
            show_images(
                store.samples(name, 8, seed=0), 8, scale=2, width="stretch", alt=f"samples of {name}",
                caption=f"{run_figures.lane_name(model.config)}: samples from the prior",
            )  # fmt: skip
    first, last = (display_names.model_caption(name, models[name]) for name in (EARLIER[0], EARLIER[-1]))
    st.caption(f"Held-out images, nats; dotted lines join what has one ELBO. {first}, to {last}.")


with st.sidebar:
    settings_form()

run = jobs.current(race=True)
if run is None:
    st.markdown(
        "Choose values of β and press *Start*: each lane shows its reconstructions, samples, latent map and units as they "
        "form, and the rate-distortion plane fills in below."
    )
    example()
    controls.own_runs(owner)
    store.warm_worker().ensure_ready()
    st.stop()

lanes = actions.runs_of_job(run)
controls.controls(lanes, owner)
live_view.watched(lanes, lambda: live_view.race(lanes))
controls.own_runs(owner)
