"""Configure a small model, train it in a process of its own, watch it learn, change a weight, and look back."""

import streamlit as st

from latent_explorer.models import store
from latent_explorer.training import config_form, controls, jobs, live_view, run_view
from latent_explorer.training.current_run import current_run, remember_run
from latent_explorer.training.visitor import visitor_id
from latent_explorer.ui import display_names, figures, page
from vae_core.common.errors import BadInput
from vae_core.config import TrainConfig

page.start(
    "Train", "Press *Train* and watch a latent space form. Change a weight while it trains, or look back at an earlier step."
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


with st.sidebar:
    settings_form(owner)

run = current_run()

# without a run: the training of a model that is here
if run is None:
    names = store.model_names()
    if names:
        name = st.session_state.get("model", store.first_of(names))
        model = store.load_model(name)
        st.markdown(f"**How {name} was trained.** Your run appears here once you press *Train*.")
        left, right = st.columns(2, gap="large")
        with left:
            live_view.show_chart(figures.training_curves(model.history), "example", f"ELBO of {name} over steps")
        with right:
            live_view.show_chart(figures.unit_kl_curves(model.history), "units", f"KL per unit of {name}")
        st.caption(display_names.model_summary(model))
    controls.run_list(owner)
    store.warm_worker().ensure_ready()
    st.stop()

# the run
st.markdown(display_names.run_summary(run.config(), run.metadata))
controls.run_controls([run], owner)
live_view.refresh_while_changing([run], run_view.show_run, run)
run_view.film_download(run)
controls.run_list(owner)
