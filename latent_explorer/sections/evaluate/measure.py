"""Measure more: choose metrics, watch the evaluation, stop it."""

from pathlib import Path

import streamlit as st

from latent_explorer.background.evaluation_jobs import EvaluationJob
from latent_explorer.background.shared import evaluations
from latent_explorer.models import Model
from latent_explorer.ui import page, score_tables, state, widgets
from latent_explorer.ui.notices import data_missing
from vae_core.evaluation import METRICS, EvaluationContext
from vae_core.evaluation.run import refusal_reason

PRESELECTED = 3


def show_progress(job: EvaluationJob | None) -> None:
    """Draw the progress of the evaluation under way, or how the last one ended."""
    if job is None:
        return
    if not job.finished:
        _watch(job)
    elif job.state == "failed":
        st.error(f"The evaluation ended: {job.failure}", icon=":material/error:")
    elif job.state == "stopped":
        st.info("Stopped; what was measured before is kept.", icon=":material/info:")


@st.fragment(run_every=0.5)
def _watch(job: EvaluationJob) -> None:
    """Draw the progress; the page runs again when the evaluation is over."""
    if job.finished:
        state.MEASURED.set(id(job))
        st.rerun()
    title = f"Measuring {score_tables.metric_title(job.metric) or '…'}"
    if job.state == "waiting":
        title = "Waiting for another evaluation"
    st.progress(job.progress, f"{title}: {', '.join(map(score_tables.metric_title, job.metrics))}")
    st.button("Stop", icon=":material/stop:", key="stop", on_click=evaluations().stop, args=(job,))


def show_choice(model: Model, *, busy: bool) -> None:
    """Draw the choice of metrics with what each is, and the button that starts the evaluation.

    Args:
        model: the model.
        busy: an evaluation of it is under way, so that no other one starts.
    """
    held_out = model.images_or_none("test")
    if held_out is None:
        data_missing(model.about.dataset, "nothing can be measured")
        return
    context = EvaluationContext(model.trained, held_out)
    refused = {metric: refusal_reason(cls(), context) for metric, cls in METRICS.items()}
    possible = [metric for metric in METRICS if refused[metric] is None]
    measured = model.measurements.results
    missing = [metric for metric in possible if metric not in measured and METRICS[metric].quick]
    chosen = st.multiselect(
        "Metrics", possible, default=missing[:PRESELECTED] or possible[:1], format_func=score_tables.metric_title,
        key=f"metrics of {model.name}", help="Each is stored in the model's metrics.json as soon as it is measured.",
    )  # fmt: skip
    for metric in chosen:
        known = " Measured already; equal settings are not measured again." if metric in measured else ""
        slow = "" if METRICS[metric].quick else " Takes minutes."
        summary = (METRICS[metric].__doc__ or "").strip().splitlines()[0]
        st.caption(f"**{score_tables.metric_title(metric)}**: {summary}{slow}{known}")
    _show_refusals(refused)
    if not widgets.hidden("measure"):
        st.button(
            "Measure", type="primary", icon=":material/straighten:", disabled=busy or not chosen, on_click=_start,
            args=(model.files.folder, tuple(chosen)), key="measure",
        )  # fmt: skip


def _show_refusals(refused: dict[str, str | None]) -> None:
    """List the metrics that this model cannot be measured by, grouped by the reason."""
    reasons: dict[str, list[str]] = {}
    for metric, reason in refused.items():
        if reason:
            reasons.setdefault(reason, []).append(score_tables.metric_title(metric))
    if reasons:
        groups = "; ".join(f"{', '.join(metrics)} ({reason})" for reason, metrics in reasons.items())
        st.caption(f"Not for this model: {groups}.")


def _start(folder: Path, metrics: tuple[str, ...]) -> None:
    with page.show_errors():
        evaluations().start(folder, metrics)
