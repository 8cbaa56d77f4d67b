"""Configure a small model, train it in a process of its own, watch it learn, steer it, rewind it."""

import streamlit as st

from latent_explorer import figures, forms, live, page, run_controls, run_view, session, words
from vae_core.config import TrainConfig
from vae_core.data import DATASETS
from vae_core.errors import BadInput
from vae_core.presets import live as preset_for

page.start("Train", "Press *Train* and watch a latent space form; change a weight while it trains, and rewind.")
owner = live.visitor()


def preset_of(dataset: str) -> TrainConfig:
    return preset_for(dataset, DATASETS[dataset].shape, n_images=10_000)


@st.fragment
def form() -> None:
    """What is moved here runs no other part of the page, least of all a view that moves."""
    available = session.trainable_datasets()
    favourite = available.index("mnist" if "mnist" in available else "digits")
    dataset = st.selectbox(
        "Data", available, favourite, key="train data", help="Those on this machine.",
        on_change=forms.start_anew, args=("train",),
    )  # fmt: skip
    button = st.container()
    values = forms.ask_config(preset_of(dataset), "train")
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
        with page.explained():
            live.look_at(live.begin([config], owner))
        st.rerun()


with st.sidebar:
    form()

run = live.current()
if run is None:
    names = session.model_names()
    if names:
        example = st.session_state.get("model", session.first_of(names))
        model = session.load_model(example)
        st.markdown(f"**How {example} was trained.** Yours appears here once you press *Train*.")
        left, right = st.columns(2, gap="large")
        plain = {"displayModeBar": False}
        left.plotly_chart(figures.curves(model.history), key="example", config=plain, alt=f"ELBO of {example} over steps")
        right.plotly_chart(figures.unit_curves(model.history), key="units", config=plain, alt=f"KL per unit of {example}")
        st.caption(words.summary(model))
    run_controls.own_runs(owner)
    session.warm_worker().keep()
    st.stop()

st.markdown(words.recipe(run.config(), run.about))
run_controls.controls([run], owner)
run_view.watched([run], lambda: run_view.one(run))
run_view.film_button(run)
run_controls.own_runs(owner)
