"""Measure a model, and read what was measured."""

import numpy as np
import streamlit as st

from latent_explorer.background.evaluation_jobs import EvaluationJob
from latent_explorer.models import measurements, store
from latent_explorer.ui import display_names, figures, file_formats, page, score_tables
from vae_core.evaluation import METRICS
from vae_core.evaluation.context import EvaluationContext
from vae_core.evaluation.run import refusal_reason

page.start(
    "Evaluate",
    "What was measured of this model, each number with the settings that it depends on.",
    concepts=("ELBO", "active units", "mutual information", "MIG", "leak probe"),
)
name = store.current_model()
model = store.load_model(name)
st.caption(display_names.model_summary(model))
numbers = measurements.numbers(name)
folder = store.CHECKPOINTS / name
job = store.evaluations().of(folder)


@st.fragment(run_every=0.5)
def watch(job: EvaluationJob) -> None:
    """How far a measurement is; the page follows when it is over."""
    if job.finished:
        st.session_state["told of"] = id(job)
        st.rerun()
    waiting = (
        "Waiting for another measurement"
        if job.state == "waiting"
        else f"Measuring {score_tables.metric_title(job.metric) or '…'}"
    )
    st.progress(job.progress, f"{waiting}: {', '.join(map(score_tables.metric_title, job.metrics))}")
    st.button("Stop", icon=":material/stop:", key="stop", on_click=store.evaluations().stop, args=(job,))


def start(metrics: list[str]) -> None:
    with page.show_errors():
        store.evaluations().start(folder, tuple(metrics))


if job and not job.finished:
    watch(job)
elif job and job.state == "failed":
    st.error(f"The measurement ended: {job.failure}", icon=":material/error:")
elif job and job.state == "stopped":
    st.info("Stopped; what was measured before is kept.", icon=":material/info:")

rows = score_tables.headline_rows(numbers)
elbo = measurements.values(name, "elbo")
if elbo:
    with st.container(horizontal=True, gap="large"):
        for label, key in (("ELBO, nats", "elbo"), ("distortion −log p(x|z), nats", "distortion"), ("rate KL, nats", "rate")):
            st.metric(label, display_names.number_text(elbo[key], 2), width="content")
        st.metric("active units", f"{elbo['active_units']} of {model.latent_dim}", width="content")

SECTIONS = ["Numbers", "Matrices", "Measure", "Published"]
section = st.segmented_control("Show", SECTIONS, default="Numbers", required=True, key="show", bind="query-params")


def number_section() -> None:
    if not rows:
        st.info("Nothing has been measured yet; *Measure* does it.", icon=":material/info:")
        return
    table = {"number": [r[0] for r in rows], "value": [float(f"{r[1]:.4g}") for r in rows], "settings": [r[2] for r in rows]}
    st.dataframe(
        table, hide_index=True, alt="all measured numbers with their settings", height=min(38 + 35 * len(rows), 460),
        column_config={"settings": st.column_config.TextColumn(width="large")},
    )  # fmt: skip
    with st.container(horizontal=True):
        st.download_button(
            "CSV", lambda: file_formats.table_csv(table), f"{name}-numbers.csv", "text/csv", on_click="ignore",
            icon=":material/download:", key="csv",
        )  # fmt: skip
        st.download_button(
            "LaTeX", lambda: file_formats.table_latex(
                ["", name], [[r[0], f"{r[1]:.4g}"] for r in rows], f"{name}: {display_names.model_summary(model)}"
            ), f"{name}-numbers.tex", "text/x-tex", on_click="ignore", icon=":material/download:", key="latex",
        )  # fmt: skip
    if unit_kl := (elbo or {}).get("unit_kl"):
        st.markdown("**Which units carry the KL?**")
        st.plotly_chart(
            figures.kl_bars({name: np.array(unit_kl)}),
            key="bars",
            config=page.PLOTLY_CONFIG,
            alt=f"KL per unit of {name}, sorted",
        )


def matrix_section() -> None:
    tables = score_tables.unit_factor_matrices(numbers, model.latent_dim)
    if (found := measurements.information(name)) is not None:
        tables = {"mutual information over the map, nats": (found[0], list(found[1]))} | tables
    if not tables:
        st.info(
            "This data set has neither factors nor labels, so there is nothing to set units against.", icon=":material/info:"
        )
        return
    st.markdown(
        "**Does each unit mean one thing, and does each thing have one unit?** Then every row and column has one dark cell."
    )
    chosen = st.selectbox("Matrix", list(tables), key="matrix", bind="query-params", width=420)
    table, columns = tables[chosen]
    order = store.load_atlas(name).order
    st.plotly_chart(
        figures.heat_map(table[order], [display_names.unit_name(int(u)) for u in order], columns), key="matrix figure",
        config=page.PLOTLY_CONFIG,
        alt=f"{chosen}, a row per unit and a column per factor",
    )  # fmt: skip
    st.download_button(
        "CSV", lambda: file_formats.table_csv(
            {"unit": [display_names.unit_name(i) for i in range(len(table))]} | {c: table[:, k].round(6) for k, c in enumerate(columns)}
        ), f"{name}-matrix.csv", "text/csv", on_click="ignore", icon=":material/download:", key="matrix csv",
    )  # fmt: skip


def measure_section() -> None:
    held = store.images_or_none(name, "test")
    if held is None:
        st.info(
            f"The {model.about.dataset} images are not on this machine, so nothing can be measured; the README says how "
            "to fetch them.",
            icon=":material/info:",
        )
        return
    context = EvaluationContext(model, held)
    refused = {name: refusal_reason(recipe(), context) for name, recipe in METRICS.items()}
    possible = [m for m in METRICS if refused[m] is None]
    missing = [m for m in possible if m not in numbers and METRICS[m].quick]
    chosen = st.multiselect(
        "Metrics", possible, default=missing[:3] or possible[:1], format_func=score_tables.metric_title, key=f"metrics of {name}",
        help="Each is stored in the model's metrics.json as soon as it is measured.",
    )  # fmt: skip
    for metric in chosen:
        measured = " Measured already; equal settings are not measured again." if metric in numbers else ""
        slow = "" if METRICS[metric].quick else " Takes minutes."
        st.caption(
            f"**{score_tables.metric_title(metric)}**: {(METRICS[metric].__doc__ or '').strip().splitlines()[0]}{slow}{measured}"
        )
    reasons: dict[str, list[str]] = {}
    for metric, reason in refused.items():
        if reason:
            reasons.setdefault(reason, []).append(score_tables.metric_title(metric))
    if reasons:
        st.caption("Not for this model: " + "; ".join(f"{', '.join(which)} ({why})" for why, which in reasons.items()) + ".")
    busy = bool(job and not job.finished)
    st.button(
        "Measure",
        type="primary",
        icon=":material/straighten:",
        disabled=busy or not chosen,
        on_click=start,
        args=(chosen,),
        key="measure",
    )


def published_section() -> None:
    fitting = [p for p in score_tables.PUBLISHED if model.about.dataset.startswith(p.data)]
    if not fitting:
        st.info(f"No published numbers for {model.about.dataset} are known here.", icon=":material/info:")
        return
    st.markdown(
        "**Is this in the right region?** Numbers of the literature, of other networks on other versions of the images:"
    )
    st.dataframe(
        {
            "model": [p.model for p in fitting],
            "number": [p.number for p in fitting],
            "published": [p.value for p in fitting],
            "source": [p.source for p in fitting],
        },
        hide_index=True,
        alt="published numbers",
    )
    mine = [r for r in rows if any(word in r[0] for word in ("NLL", "FactorVAE", "MIG", "distortion", "rate"))]
    if mine:
        st.markdown(f"**{name}**: " + " · ".join(f"{r[0]} {display_names.number_text(r[1], 2)}" for r in mine))
    st.caption(
        "Models here saw fewer or smaller images and trained for minutes; grey MNIST measures a pseudo-likelihood, the "
        "published numbers binary pixels. Compare the order of magnitude, never the digits."
    )


{"Numbers": number_section, "Matrices": matrix_section, "Measure": measure_section, "Published": published_section}[section]()
