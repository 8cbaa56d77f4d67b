"""Configure a small model, train it in a process of its own, watch it learn, steer it, rewind it."""

import streamlit as st

from latent_explorer.models import store
from latent_explorer.training import config_form, controls, jobs, live_view
from latent_explorer.ui import display_names, figures, page
from vae_core.common.errors import BadInput
from vae_core.config import TrainConfig
from vae_core.data import DATASETS
from vae_core.training.presets import live_preset as preset_for

page.start("Train", "Press *Train* and watch a latent space form; change a weight while it trains, and rewind.")
owner = jobs.visitor()


def preset_of(dataset: str) -> TrainConfig:
    return preset_for(dataset, DATASETS[dataset].shape, n_images=10_000)


@st.fragment
def settings_form() -> None:
    """What is moved here runs no other part of the page, least of all a view that moves."""
    available = store.trainable_datasets()
    favourite = available.index("mnist" if "mnist" in available else "digits")
    dataset = st.selectbox(
        "Data", available, favourite, key="train data", help="Those on this machine.",
        on_change=config_form.start_anew, args=("train",),
    )  # fmt: skip
    button = st.container()
    values = config_form.ask_config(preset_of(dataset), "train")
    config = None
    with button:
        try:
            config = TrainConfig.from_json(values)
        except BadInput as error:
            st.error(str(error), icon=":material/error:")
        go = st.button(
            "Train", type="primary", icon=":material/play_arrow:", width="stretch", key="train", disabled=config is None
        )
    if go:
        with page.show_errors():
            jobs.look_at(jobs.begin([config], owner))
        st.rerun()


with st.sidebar:
    settings_form()

run = jobs.current()
if run is None:
    names = store.model_names()
    if names:
        example = st.session_state.get("model", store.first_of(names))
        model = store.load_model(example)
        st.markdown(f"**How {example} was trained.** Yours appears here once you press *Train*.")
        left, right = st.columns(2, gap="large")
        left.plotly_chart(
            figures.training_curves(model.history),
            key="example",
            config=page.PLOTLY_CONFIG,
            alt=f"ELBO of {example} over steps",
        )
        right.plotly_chart(
            figures.unit_kl_curves(model.history), key="units", config=page.PLOTLY_CONFIG, alt=f"KL per unit of {example}"
        )
        st.caption(display_names.model_summary(model))
    controls.own_runs(owner)
    store.warm_worker().ensure_ready()
    st.stop()

st.markdown(display_names.run_summary(run.config(), run.metadata))
controls.controls([run], owner)
live_view.watched([run], lambda: live_view.one(run))
live_view.film_button(run)
controls.own_runs(owner)
