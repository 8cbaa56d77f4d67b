"""The buttons and forms with which a visitor controls a run."""

import time
from collections.abc import Callable

import streamlit as st

from latent_explorer.training import config_form, jobs
from latent_explorer.training.current_run import open_run, remember_run
from latent_explorer.training.visitor import visitor_runs
from latent_explorer.ui import display_names, page, widgets
from vae_core.common.errors import BadInput
from vae_core.common.fields import options
from vae_core.runs import actions
from vae_core.runs.run import ACTIVE_STATES, UNFINISHED, Run, State
from vae_core.runs.server_limits import ServerLimits

REACTION_TIME = 2.0  # seconds that a click waits until the worker has reacted
STARTED: tuple[State, ...] = ("queued", "starting", "running")
RUNS_LISTED = 8


def run_controls(runs: list[Run], owner: str) -> None:
    """Show the controls of a job: play, pause, step, stop, reset, link; of a single run also weights, duplicate and keep."""
    state = jobs.job_state(runs)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _playback_buttons(runs, state)
        if len(runs) == 1:
            _single_run_popovers(runs[0], state, owner)
        if not widgets.hidden("link"):
            with st.popover("Link"):
                st.markdown("Anyone with this link can view and control the run.")
                st.code(f"?run={runs[0].id}", language=None)
                st.caption(ServerLimits.from_environment().description)


def _playback_buttons(runs: list[Run], state: State) -> None:
    """Show the buttons that are possible in this state."""
    run = runs[0]
    if state in ACTIVE_STATES:
        if st.button("Pause", icon=":material/pause:", key="pause"):
            _act(runs, lambda: jobs.pause_job(runs), until=("paused", "finished", "failed"))
    elif state in UNFINISHED and st.button("Play", icon=":material/play_arrow:", key="play", type="primary"):
        _act(runs, lambda: jobs.continue_job(run), until=(*STARTED, "finished"))
    if state in UNFINISHED:
        for n in (1, 10, 100):
            if st.button(f"+{n}", key=f"step {n}", help=f"{n} step{'s' * (n > 1)}, then pause"):
                _act(runs, lambda n=n: jobs.step_job(run, n), until=STARTED)
    if state in (*ACTIVE_STATES, "queued", "paused") and st.button(
        "Stop", icon=":material/stop:", key="stop", help="Save everything and let other runs train; *Play* continues later."
    ):
        _act(runs, lambda: actions.stop_run(run), until=("stopped", "finished", "failed"))
    if st.button("Reset", icon=":material/replay:", key="reset", help="Back to the same initial weights."):
        _act(runs, lambda: actions.reset_run(run))


def _act(runs: list[Run], action: Callable[[], object], *, until: tuple[State, ...] = ()) -> None:
    """Run an action, wait a moment until the job is in one of the states ``until``, and run the page again."""
    with page.show_errors():
        action()
        end = time.monotonic() + REACTION_TIME
        while until and jobs.job_state(runs) not in until and time.monotonic() < end:
            time.sleep(0.05)
    st.rerun()


def _single_run_popovers(run: Run, state: State, owner: str) -> None:
    """Show the forms that a race does not have."""
    if state != "finished":
        with st.popover("Weights"):
            _settings_form(run)
    if not widgets.hidden("duplicate"):
        with st.popover("Duplicate"):
            _duplicate_form(run, owner)
    if state in (*UNFINISHED, "finished") and run.frames():
        with st.popover("Keep"):
            _keep_form(run)


def _settings_form(run: Run) -> None:
    """Change the learning rate and the weights of the loss while the run trains."""
    config = actions.config_at_step(run, run.status().step)
    with st.form("weights", border=False):
        st.markdown("A change acts from the next step on and is marked in the plots.")
        before = {name: config.value_of(name) for name in config.live_fields()}
        after = {
            name: config_form.field_widget(opt, f"weight {run.id} {name}", before[name], label=display_names.setting_name(name))
            for name, opt in config.live_fields().items()
        }
        changed = {name: value for name, value in after.items() if value != before[name]}
        if st.form_submit_button("Change", icon=":material/check:") and changed:
            _act([run], lambda: actions.change_settings(run, changed))


def _duplicate_form(run: Run, owner: str) -> None:
    """Start the same run with one setting changed."""
    config = run.config()
    settings = {f"objective.{opt.name}": (opt, getattr(config.objective, opt.name)) for opt in options(type(config.objective))}
    settings |= {opt.name: (opt, getattr(config, opt.name)) for opt in options(type(config)) if opt.name != "dataset"}
    st.markdown("The same initial weights and the same batches, with one setting changed:")
    name = st.selectbox("Setting", list(settings), format_func=display_names.setting_name, key=f"duplicate {run.id}")
    opt, value = settings[name]
    value = config_form.field_widget(opt, f"duplicate {run.id} {name}", value, label="New value")
    if st.button("Start", icon=":material/play_arrow:", key="duplicate go"):
        with page.show_errors():
            remember_run(jobs.duplicate_run(run, {name: value}, owner))
        st.rerun()


def _keep_form(run: Run) -> None:
    """Make a model of the run, which then appears on all pages."""
    config = run.config()
    with st.form("keep", border=False):
        st.markdown("The model then appears in the gallery and on every page.")
        objective = display_names.registered_name("objective", config.objective)
        name = st.text_input("Name", f"{config.dataset}-{objective}-{config.latent_dim}")
        if st.form_submit_button("Keep", icon=":material/save:"):
            with page.show_errors(), st.spinner("Measuring the model and its latent map"):
                jobs.make_checkpoint(run, name)
            st.success(f"Kept as {name}.", icon=":material/check:")


def run_list(owner: str) -> None:
    """List the visitor's runs; a click opens one."""
    runs = visitor_runs(owner)
    if not runs:
        return
    st.markdown("**Your runs**")
    for run in runs[:RUNS_LISTED]:
        try:
            config, status = run.config(), run.status()
        except BadInput:
            continue
        n_lanes = len(actions.runs_of_job(run))
        title = display_names.objective_text(config) if n_lanes == 1 else f"race of {n_lanes}"
        label = f"{config.dataset} · {title} · {status.state}, step {status.step:,}"
        if st.button(label, key=f"open {run.id}", type="tertiary", icon=":material/show_chart:"):
            open_run(run)
