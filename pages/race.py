"""Several β from the same initial weights and on the same batches, trained side by side."""

import dataclasses

import streamlit as st

from latent_explorer.background import shared
from latent_explorer.course.lessons import BETA_MODELS
from latent_explorer.training import config_form, controls, jobs, live_view, race_view
from latent_explorer.training.current_run import current_run, remember_run
from latent_explorer.training.examples import readable_models, show_race
from latent_explorer.training.visitor import visitor_id
from latent_explorer.ui import page, state, widgets
from vae_core.common.errors import BadInput
from vae_core.config import TrainConfig
from vae_core.parts.objectives import BetaVAE
from vae_core.runs import actions

BETAS = [0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0]
FIRST_BETAS = [0.25, 1.0, 4.0, 16.0]
MOST_LANES = 6

page.start(
    "β race",
    "The same model with several β, from the same weights and on the same batches. What does each β give up?",
    parameters=state.LiveRun,
)
owner = visitor_id()


@st.fragment  # a change in the form does not run the rest of the page again, such as a view that refreshes
def settings_form(owner: str) -> None:
    """Show the form of a race; its button starts the race."""
    dataset = config_form.dataset_widget("race")
    betas = st.multiselect(
        "β", BETAS, FIRST_BETAS, format_func=lambda beta: f"{beta:g}", max_selections=MOST_LANES, key="race betas",
        help=f"2 to {MOST_LANES} weights of the KL term",
    )  # fmt: skip
    button = st.container()
    values = config_form.config_widgets(config_form.preset(dataset, latent_dim=10), "race", without=("objective",))
    configs = []
    with button:
        try:
            if len(betas) < 2:
                raise BadInput(f"a race has 2 to {MOST_LANES} values of β, got {len(betas)}")
            first = TrainConfig.from_json(values)
            configs = [dataclasses.replace(first, objective=BetaVAE(beta=beta)) for beta in sorted(betas)]
        except BadInput as error:
            st.error(str(error), icon=":material/error:")
        start = st.button(
            "Start", type="primary", icon=":material/play_arrow:", width="stretch", key="race", disabled=not configs
        )
    if start:
        with page.show_errors():
            remember_run(jobs.start_job(configs, owner))
        st.rerun()


if not widgets.hidden("train"):
    with st.sidebar:
        settings_form(owner)

run = current_run(race=True)

# without a race: an explanation, and the shipped models
if run is None:
    st.markdown(
        "Choose values of β and press *Start*. Each lane shows its reconstructions, samples, latent map and units as they "
        "form. The rate-distortion plane below compares the lanes."
    )
    if shipped := readable_models(list(BETA_MODELS.values())):
        show_race(shipped)
    controls.run_list(owner)
    shared.warm_worker().ensure_ready()
    st.stop()

# the race
lanes = actions.runs_of_job(run)
controls.run_controls(lanes, owner)
live_view.refresh_while_changing(lanes, race_view.show_race, lanes)
controls.run_list(owner)
