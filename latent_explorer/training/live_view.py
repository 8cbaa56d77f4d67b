"""A run on a page: its present and its past."""

from html import escape

import numpy as np
import streamlit as st

from latent_explorer.models import store
from latent_explorer.training import jobs, run_figures
from latent_explorer.ui import display_names, file_formats, page, pictures
from latent_explorer.ui.downloads import download_button
from vae_core.latent.active_units import ACTIVE_VARIANCE
from vae_core.runs.run import Run


def watched(job: list[Run], draw) -> None:
    """``draw()`` now, and again about each second while the job moves: this part of the page alone, nothing else of it.

    When it comes to rest the page is run once more, so that its buttons say what is possible then; also when so many look at
    runs that another pace is due.
    """
    moving = jobs.state(job) in jobs.MOVING
    every = jobs.pace() if moving else None

    @st.fragment(run_every=every)
    def part() -> None:
        with page.show_errors():
            state = jobs.state(job)
            jobs.tick(job, state)
            draw()
        if moving and (state not in jobs.MOVING or jobs.pace() != every):
            st.rerun()

    part()


def scrubber(runs: list[Run], key: str) -> int | None:
    """The step to show, of those that all these runs have a picture of; None for the present."""
    steps = set.intersection(*({*r.frames(), *now(r)} for r in runs))
    steps = sorted(steps)
    moving = jobs.state(runs) in jobs.MOVING
    if moving:  # there from the beginning: what comes between others later has them drawn anew
        back = st.toggle("Look back", key=f"back {key}", help="While it trains on: any earlier step.", disabled=len(steps) < 2)
        if not back:
            return None
    if len(steps) < 2:
        return None
    name = f"scrub {key}" if moving else f"scrub {key} {steps[-1]}"
    if moving and st.session_state.get(name) not in steps:
        st.session_state[name] = steps[-1]
    default = {} if moving else {"value": steps[-1]}
    return st.select_slider("Step", steps, key=name, format_func=lambda s: f"{s:,}", **default)


def now(run: Run) -> list[int]:
    """The step of the live frame, where there is one."""
    frame = frame_at(run, None)
    return [] if frame is None else [int(frame["step"])]


def frame_at(run: Run, step: int | None) -> dict | None:
    """The frame of that step, read once for all who look; the live one for the present."""
    if step is not None:
        present = frame_at(run, None)
        if present is not None and int(present["step"]) == step:
            return present
    return store.drawn("frame", stamp(run, step), lambda: run.frame(step))


def stamp(run: Run, step: int | None) -> tuple:
    """Changes with the frame of that step and with the live one; at rest also with the history.

    While it moves, the history has new lines many times a second, which would be drawn as often.
    """
    files = [run.path / "live.npz"] + ([] if step is None else [run.path / f"frames/{step:08d}.npz"])
    if run.status().state not in jobs.MOVING:
        files.append(run.path / "history.jsonl")
    return (run.id, step, *(file.stat().st_mtime_ns if file.exists() else 0 for file in files))


def tiles(images: np.ndarray, columns: int, alt: str, caption: str = "") -> str:
    """Images side by side, and below what they are, as HTML: several go to the browser in one message."""
    picture = file_formats.png_data_uri(pictures.mosaic(images, columns))
    shown = f'<img src="{picture}" alt="{escape(alt)}">'
    return f"<figure>{shown}<figcaption>{escape(caption)}</figcaption></figure>"


def show(*parts: str) -> None:
    st.html(f'<div class="tiles">{"".join(parts)}</div>')


def reconstructions(frame: dict, fixed: dict, columns: int = 8) -> np.ndarray:
    """Inputs in one row, what became of them in the next."""
    starts = range(0, len(fixed["inputs"]), columns)
    return np.concatenate([i[s : s + columns] for s in starts for i in (fixed["inputs"], frame["reconstructions"])])


def one(run: Run) -> None:
    """A single run: three columns of figures under its line."""
    status = run.status()
    st.progress(min(1.0, status.step / max(status.n_steps, 1)), jobs.said(run, status))
    if status.reason:
        (st.error if status.state == "failed" else st.warning)(f"{status.reason.capitalize()}.", icon=":material/error:")
    at = scrubber([run], run.id)
    if frame_at(run, at) is None or run.fixed() is None:
        st.info("Its first picture comes in a moment." if status.state in jobs.MOVING else "Nothing has been trained yet.")
        return
    _columns_of(run, at, stamp(run, at))


@st.cache_data(max_entries=64, show_spinner=False)
def _columns_of(_run: Run, at: int | None, mark: tuple) -> None:
    """Drawn once for each ``mark``, and replayed by Streamlit for everybody else who looks: a class watches one run."""
    config, history, changes = _run.config(), _run.history(), _run.changes()
    frame, fixed = frame_at(_run, at), _run.fixed()
    step = int(frame["step"])
    measured = run_figures.held_out_at(history, step)
    left, middle, right = st.columns(3, gap="medium")
    with left:
        seen = [
            tiles(
                reconstructions(frame, fixed), 8, f"held-out images and below each its reconstruction, step {step}",
                f"Held-out images, below each its reconstruction · step {step:,}",
            ),
            tiles(
                frame["samples"], 8, f"32 samples from the prior, step {step}", "Samples from the prior, always the same codes"
            ),
        ]  # fmt: skip
        if len(frame["traversal"]):
            columns = len(frame["traversal"]) // len(frame["units"])
            names = " and ".join(display_names.unit_name(int(u)) for u in frame["units"])
            moved = f"{names} from −3 to 3, around the first image's code"
            seen.append(tiles(frame["traversal"], columns, f"two units moved from −3 to 3, step {step}", moved))
        show(*seen)
    with middle:
        chart(run_figures.latent_map(frame, fixed, config.latent_dim), "map", f"latent map of held-out images, step {step}")
        if measured:
            active = f"{measured['active_units']} of {config.latent_dim} units active: variance of their mean"
            below = f"{active}<br>over the held-out images above {ACTIVE_VARIANCE:g}"
            bars = run_figures.unit_bars(measured, run_figures.largest_unit_kl(history), below=below)
            chart(bars, "bars", f"KL of each unit, step {step}")
    with right:
        curves = run_figures.curves(history, changes, config.n_steps, at=None if at is None else step, height=330)
        chart(curves, "curves", "ELBO over steps")
        below = (
            f"Held out: all {measured['n_images']:,} images measured. Training: the mean of the last {run_figures.BATCHES} "
            "logged batches." if measured else "Nothing measured yet."
        )  # fmt: skip
        st.markdown(f"{run_figures.ledger_table(run_figures.ledger(config, history, step))}\n\n:small[{below}]")


def chart(figure, key: str, alt: str) -> None:
    st.plotly_chart(figure, key=key, config=page.PLOTLY_CONFIG, alt=alt)


def film_button(run: Run) -> None:
    """The film of a run that stands still."""
    if run.status().state in jobs.MOVING or len(run.frames()) < 2:
        return
    download_button("Film (GIF)", lambda: film(run), f"run-{run.id[:6]}.gif", key="film", icon=":material/movie:")


def film(run: Run) -> bytes:
    frames = [f for step in run.frames() if (f := run.frame(step)) is not None]
    return run_figures.film(frames, run.fixed())


def race(runs: list[Run]) -> None:
    """The lanes side by side at one step, and their ways through rate and distortion."""
    status = [r.status() for r in runs]
    lanes = [run_figures.lane_name(r.config()) for r in runs]
    total = sum(max(s.n_steps, 1) for s in status)
    st.progress(min(1.0, sum(s.step for s in status) / total), jobs.said(runs[0], status[0]))
    for name, s in zip(lanes, status):
        if s.reason:
            st.warning(f"{name}: {s.reason}.", icon=":material/error:")
    at = scrubber(runs, runs[0].metadata["group"])
    if at is None:  # the newest step that all have a picture of: lanes are compared at the same number of steps
        common = set.intersection(*(set(r.frames()) for r in runs))
        at = max(common, default=None)
    if at is None or runs[0].fixed() is None or any(frame_at(r, at) is None for r in runs):
        st.info("Their first pictures come in a moment." if status[0].state in jobs.MOVING else "Nothing has been trained yet.")
        return
    _lanes(runs, at, tuple(stamp(r, at) for r in runs))


@st.cache_data(max_entries=64, show_spinner=False)
def _lanes(_runs: list[Run], at: int, marks: tuple) -> None:
    """As ``_columns_of``, for the lanes of a race."""
    configs, histories = [r.config() for r in _runs], [r.history() for r in _runs]
    frames, fixed = [frame_at(r, at) for r in _runs], _runs[0].fixed()
    lanes = [run_figures.lane_name(config) for config in configs]
    measured = [run_figures.held_out_at(h, at) for h in histories]
    top = max(map(run_figures.largest_unit_kl, histories))
    for i, column in enumerate(st.columns(len(lanes), gap="small")):
        with column:
            few = {"reconstructions": frames[i]["reconstructions"][:8], "inputs": fixed["inputs"][:8]}
            pairs = reconstructions(few, few, columns=4)
            show(
                f"<p><b>{escape(lanes[i])}</b> · step {at:,}</p>",
                tiles(pairs, 4, f"{lanes[i]}: held-out images and below each its reconstruction, step {at}"),
                tiles(frames[i]["samples"][:16], 4, f"{lanes[i]}: samples from the prior, step {at}"),
            )
            plane = run_figures.latent_map(frames[i], fixed, configs[i].latent_dim, named=False, height=210)
            chart(plane, f"map {i}", f"{lanes[i]}: latent map, step {at}")
            if measured[i]:
                bars = run_figures.unit_bars(measured[i], top, height=150)
                chart(bars.update_xaxes(showticklabels=False), f"bars {i}", f"{lanes[i]}: KL of each unit, step {at}")
                st.caption(
                    f"ELBO {display_names.number_text(measured[i]['elbo'])} · KL {measured[i]['kl']:.1f} · "
                    f"{measured[i]['active_units']} of {configs[i].latent_dim} units active"
                )
    st.caption(
        "In each lane: held-out images and below each its reconstruction; samples; the latent map; KL of each unit, nats."
    )
    ways = {name: run_figures.way(history, at) for name, history in zip(lanes, histories)}
    st.markdown("**Rate against distortion**, each lane's way up to this step; dotted lines join what has one ELBO")
    chart(run_figures.race_plane(ways), "plane", f"rate and distortion of each lane up to step {at}")
