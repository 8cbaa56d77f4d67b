"""Parts of the live views: refreshing, the step slider, frames, images as HTML."""

import secrets
import time
from collections.abc import Callable
from html import escape
from typing import ParamSpec

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from latent_explorer.models import shared
from latent_explorer.training import jobs
from latent_explorer.training.run_figures import Arrays
from latent_explorer.ui import page, state
from latent_explorer.ui.file_formats import png_data_uri
from latent_explorer.ui.pictures import mosaic
from vae_core.runs.run import ACTIVE_STATES, Run, Status

P = ParamSpec("P")
REFRESH = 1.0  # seconds between two refreshes of a view, while few visitors watch
MOST_AT_REFRESH = 10  # views that can all refresh at that rate
FORGET_AFTER = 10.0  # seconds after which a view without a refresh is no longer counted
INTERRUPTED = "The training process has ended. Press *Play* to continue from the last saved state."


def refresh_while_changing(runs: list[Run], draw: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
    """Call ``draw(*args)`` now, and again about each second while the job changes; only this part of the page runs again.

    The whole page runs once more when the job leaves the queue or comes to rest, so that its buttons fit the new state, and
    when the number of watching visitors asks for another interval.
    """
    page_state = jobs.job_state(runs)
    interval = refresh_interval() if page_state in jobs.CHANGING else None

    @st.fragment(run_every=interval)
    def view() -> None:
        with page.show_errors():
            job_state = jobs.job_state(runs)
            jobs.maintain_job(runs, job_state)
            draw(*args, **kwargs)
        if interval is None:
            return
        queued_or_at_rest = job_state not in ACTIVE_STATES and job_state != page_state
        started = job_state in ACTIVE_STATES and page_state not in ACTIVE_STATES
        if queued_or_at_rest or started or refresh_interval() != interval:
            st.rerun()

    view()


@st.cache_resource
def _last_refreshes() -> dict[str, float]:
    """The time of the last refresh of each view of a changing run; entries older than ``FORGET_AFTER`` are removed."""
    return {}


def refresh_interval() -> float:
    """Return the seconds between two refreshes of a view: longer while many watch, so that clicks are still answered fast."""
    view, now, times = state.VIEW.get() or secrets.token_hex(8), time.monotonic(), _last_refreshes()
    state.VIEW.set(view)
    times[view] = now
    for other, last in list(times.items()):
        if now - last > FORGET_AFTER:
            times.pop(other, None)
    return REFRESH * max(1, -(-len(times) // MOST_AT_REFRESH))


def show_progress(runs: list[Run]) -> list[Status]:
    """Show the progress of a job and the reason why a run of it stopped; return the status of each run."""
    statuses = [run.status() for run in runs]
    total = sum(max(status.n_steps, 1) for status in statuses)
    st.progress(min(1.0, sum(status.step for status in statuses) / total), jobs.status_text(runs[0], statuses[0]))
    return statuses


def show_reason(status: Status, name: str = "") -> None:
    """Show why a run stopped, if that was not asked for; ``name`` is the lane of a race."""
    if status.reason:
        text = f"{name}: {status.reason}." if name else f"{status.reason.capitalize()}."
        (st.error if status.state == "failed" else st.warning)(text, icon=":material/error:")
    elif status.state == "interrupted":
        st.warning(f"{name}: {INTERRUPTED}" if name else INTERRUPTED, icon=":material/error:")


def show_no_frames(status: Status) -> None:
    """Explain why there is no picture yet."""
    st.info("The first pictures follow in a moment." if status.state in jobs.CHANGING else "Nothing has been trained yet.")


def step_slider(runs: list[Run], key: str) -> int | None:
    """Show a slider over the steps of which all these runs have a frame; return the chosen one, None for the newest."""
    steps = sorted(set.intersection(*({*run.frames(), *_live_step(run)} for run in runs)))
    changing = jobs.job_state(runs) in jobs.CHANGING
    if changing:  # the toggle is there from the start: a widget that appears later would make Streamlit draw all below it again
        looks_back = st.toggle(
            "Look back", key=f"back {key}", help="Show an earlier step while the training continues.", disabled=len(steps) < 2
        )
        if not looks_back:
            return None
    if len(steps) < 2:
        return None
    # a run at rest starts at its last step; the slider of a changing one keeps its place while steps are added
    slider_key = f"scrub {key}" if changing else f"scrub {key} {steps[-1]}"
    if st.session_state.get(slider_key) not in steps:
        st.session_state[slider_key] = steps[-1]
    return st.select_slider("Step", steps, key=slider_key, format_func=lambda step: f"{step:,}")


def _live_step(run: Run) -> list[int]:
    """Return the step of the live frame, if there is one."""
    frame = read_frame(run, None)
    return [] if frame is None else [int(frame["step"])]


def read_frame(run: Run, step: int | None) -> Arrays | None:
    """Return the frame of a step, or the live frame for None; it is read once for all visitors."""
    if step is not None:
        live = read_frame(run, None)
        if live is not None and int(live["step"]) == step:
            return live
    return shared("frame", frame_stamp(run, step), lambda: run.frame(step))


def frame_stamp(run: Run, step: int | None) -> tuple:
    """Return a value that changes with the frame of that step and with the live one; at rest also with the history.

    While a run trains, its history grows many times a second; a figure would be drawn as often.
    """
    files = [run.path / "live.npz"] + ([] if step is None else [run.path / f"frames/{step:08d}.npz"])
    if run.status().state not in jobs.CHANGING:
        files.append(run.path / "history.jsonl")
    return (run.id, step, *(file.stat().st_mtime_ns if file.exists() else 0 for file in files))


def tile_html(images: np.ndarray, columns: int, alt: str, caption: str = "") -> str:
    """Return images side by side with their caption as HTML: several of them reach the browser in one message."""
    picture = f'<img src="{png_data_uri(mosaic(images, columns))}" alt="{escape(alt)}">'
    return f"<figure>{picture}<figcaption>{escape(caption)}</figcaption></figure>"


def show_tiles(*parts: str) -> None:
    """Show the HTML of several tiles."""
    st.html(f'<div class="tiles">{"".join(parts)}</div>')


def pair_rows(inputs: np.ndarray, reconstructions: np.ndarray, columns: int) -> np.ndarray:
    """Return images in rows: a row of inputs, then a row of their reconstructions, and so on."""
    starts = range(0, len(inputs), columns)
    return np.concatenate([images[s : s + columns] for s in starts for images in (inputs, reconstructions)])


def show_chart(figure: go.Figure, key: str, alt: str) -> None:
    """Show a figure without Plotly's tool bar."""
    st.plotly_chart(figure, key=key, config=page.PLOTLY_CONFIG, alt=alt)
