"""Configure a small model, train it in a process of its own, watch it learn, change a weight, and look back."""

import streamlit as st

from latent_explorer import models
from latent_explorer.background import shared
from latent_explorer.models.picker import favourite_of
from latent_explorer.training import config_form, controls, jobs, live_view, run_view
from latent_explorer.training.current_run import current_run, remember_run
from latent_explorer.training.examples import readable_models, show_training
from latent_explorer.training.visitor import visitor_id
from latent_explorer.ui import display_names, page, state, widgets
from vae_core.common.errors import BadInput
from vae_core.config import TrainConfig

page.start(
    "Train",
    "Press *Train* and watch a latent space form. Change a weight while it trains, or look back at an earlier step.",
    parameters=state.LiveRun,
)
owner = visitor_id()


@st.fragment  # a change in the form does not run the rest of the page again, such as a view that refreshes
def settings_form(owner: str) -> None:
    """Show the form of a run; its button starts the run."""
    dataset = config_form.dataset_widget("train")
    button = st.container()
    values = config_form.config_widgets(config_form.preset(dataset), "train")
    config = None
    with button:
        try:
            config = TrainConfig.from_json(values)
        except BadInput as error:
            st.error(str(error), icon=":material/error:")
        start = st.button(
            "Train", type="primary", icon=":material/play_arrow:", width="stretch", key="train", disabled=config is None
        )
    if start and config is not None:
        with page.show_errors():
            remember_run(jobs.start_job([config], owner))
        st.rerun()


if not widgets.hidden("train"):
    with st.sidebar:
        settings_form(owner)

run = current_run()

# without a run: the training of a model that is here
if run is None:
    names = models.names()
    if names:
        picked = state.MODEL.get()
        for model in readable_models([picked if picked in names else favourite_of(names)]):
            show_training(model)
    controls.run_list(owner)
    shared.warm_worker().ensure_ready()
    st.stop()

# the run
st.markdown(display_names.run_summary(run.config(), run.metadata.get("changed", "")))
controls.run_controls([run], owner)
live_view.refresh_while_changing([run], run_view.show_run, run)
run_view.film_download(run)
controls.run_list(owner)
