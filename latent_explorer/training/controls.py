"""What one can do to a run on a page."""

import time

import streamlit as st

from latent_explorer.training import config_form, jobs, run_figures
from latent_explorer.ui import display_names, page
from vae_core.common.errors import BadInput
from vae_core.common.fields import options
from vae_core.runs import actions
from vae_core.runs.run import ACTIVE_STATES, UNFINISHED, Run


def act(job: list[Run], do, *args, until=None) -> None:
    """Do it, wait a moment for the worker to obey, and show the page anew."""
    with page.show_errors():
        do(*args)
        end = time.monotonic() + 2.0
        while until and jobs.state(job) not in until and time.monotonic() < end:
            time.sleep(0.05)
    st.rerun()


def controls(job: list[Run], owner: str) -> None:
    """Play, pause, step, stop, reset; of a single run also its weights, duplicate and keep; link."""
    state, run = jobs.state(job), job[0]
    single = len(job) == 1
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if state in ACTIVE_STATES:
            if st.button("Pause", icon=":material/pause:", key="pause"):
                act(job, lambda: [r.send_command("pause") for r in job], until=("paused", "finished", "failed"))
        elif state in UNFINISHED and st.button("Play", icon=":material/play_arrow:", key="play", type="primary"):
            act(job, jobs.resume, run, until=("running", "queued", "starting", "finished"))
        if state in UNFINISHED:
            for n in (1, 10, 100):
                if st.button(f"+{n}", key=f"step {n}", help=f"{n} step{'s' * (n > 1)}, then pause"):
                    act(job, jobs.step, run, n, until=("running", "starting", "queued"))
        if state in (*ACTIVE_STATES, "queued", "paused") and st.button(
            "Stop", icon=":material/stop:", key="stop", help="Write everything and free the place; it can go on later."
        ):
            act(job, actions.stop_run, run, until=("stopped", "finished", "failed"))
        if st.button("Reset", icon=":material/replay:", key="reset", help="Back to the very same initial weights."):
            act(job, actions.reset_run, run)
        if single and state != "finished":
            with st.popover("Weights"):
                weights(run)
        if single:
            with st.popover("Duplicate"):
                duplicate(run, owner)
            if state in (*UNFINISHED, "finished") and run.frames():
                with st.popover("Keep"):
                    keep(run)
        with st.popover("Link"):
            st.markdown("Who has this link sees and steers the run; nobody else does.")
            st.code(f"?run={run.id}", language=None)
            st.caption(jobs.policy().description)


def weights(run: Run) -> None:
    """The learning rate and what the objective weighs, from the next step on."""
    now = actions.config_at_step(run, run.status().step)
    with st.form("weights", border=False):
        st.markdown("From the next step on. Each change is marked on the plots.")
        before = {name: now.value_of(name) for name in now.live_fields()}
        after = {
            name: config_form.ask(opt, f"weight {run.id} {name}", before[name], label=run_figures.name_of_change(name))
            for name, opt in now.live_fields().items()
        }
        changed = {name: value for name, value in after.items() if value != before[name]}
        if st.form_submit_button("Change", icon=":material/check:") and changed:
            act([run], actions.change_settings, run, changed)


def duplicate(run: Run, owner: str) -> None:
    """The same run with one field changed."""
    config = run.config()
    fields = {opt.name: (opt, getattr(config, opt.name)) for opt in options(type(config)) if opt.name != "dataset"}
    own = {f"objective.{opt.name}": (opt, getattr(config.objective, opt.name)) for opt in options(type(config.objective))}
    fields = own | fields
    st.markdown("The same initial weights and the same batches, with one thing changed:")
    name = st.selectbox("What", list(fields), format_func=run_figures.name_of_change, key=f"duplicate {run.id}")
    opt, value = fields[name]
    value = config_form.ask(opt, f"duplicate {run.id} {name}", value, label="To")
    if st.button("Start", icon=":material/play_arrow:", key="duplicate go"):
        with page.show_errors():
            twin = actions.duplicate_run(run, {name: value}, owner=owner, limits=jobs.policy())
            jobs.make_way(owner)
            jobs.resume(twin)
        jobs.look_at(twin)
        st.rerun()


def keep(run: Run) -> None:
    """A checkpoint of it, which then appears everywhere."""
    config = run.config()
    with st.form("keep", border=False):
        st.markdown("It then appears in the gallery and on every page.")
        name = st.text_input(
            "Name", f"{config.dataset}-{display_names.registered_name('objective', config.objective)}-{config.latent_dim}"
        )
        if st.form_submit_button("Keep", icon=":material/save:"):
            with page.show_errors(), st.spinner("Measuring and mapping"):
                jobs.keep(run, name)
            st.success(f"Kept as {name}.", icon=":material/check:")


def own_runs(owner: str) -> None:
    """The visitor's runs, to go back to."""
    runs = jobs.mine(owner)
    if not runs:
        return
    st.markdown("**Your runs**")
    for run in runs[:8]:
        try:
            config, status = run.config(), run.status()
        except BadInput:
            continue
        job = actions.runs_of_job(run)
        what = display_names.objective_text(config) if len(job) == 1 else f"race of {len(job)}"
        label = f"{config.dataset} · {what} · {jobs.WORDS[status.state]}, step {status.step:,}"
        if st.button(label, key=f"open {run.id}", type="tertiary", icon=":material/show_chart:"):
            jobs.look_at(run)
            st.switch_page(jobs.page_of(run), query_params={"run": run.id})
