"""The live view of a race: a column per lane, and the rate-distortion plane of all lanes."""

from html import escape

import streamlit as st

from latent_explorer.training import live_view, run_figures
from latent_explorer.training.run_figures import Arrays, History
from latent_explorer.ui.display_names import number_text
from vae_core.config import TrainConfig
from vae_core.runs.run import Run


def show_race(runs: list[Run]) -> None:
    """Show the lanes side by side at one step, and their paths in the rate-distortion plane."""
    statuses = live_view.show_progress(runs)
    for run, status in zip(runs, statuses):
        live_view.show_reason(status, run_figures.lane_title(run.config()))
    step = live_view.step_slider(runs, runs[0].metadata["group"])
    if step is None:  # the newest step of which all lanes have a frame: lanes are compared after the same number of steps
        step = max(set.intersection(*(set(run.frames()) for run in runs)), default=None)
    if step is None or runs[0].fixed() is None or any(live_view.read_frame(run, step) is None for run in runs):
        live_view.show_no_frames(statuses[0])
        return
    _show_lanes(runs, step, tuple(live_view.frame_stamp(run, step) for run in runs))


@st.cache_data(max_entries=64, show_spinner=False)
def _show_lanes(_runs: list[Run], step: int, stamps: tuple) -> None:
    """Draw the lanes once for each ``stamps``; Streamlit replays them for other visitors."""
    fixed = _runs[0].fixed()
    histories = [run.history() for run in _runs]
    top = max(run_figures.largest_unit_kl(history) for history in histories)
    paths = {}
    for i, (column, run, history) in enumerate(zip(st.columns(len(_runs), gap="small"), _runs, histories)):
        config, frame = run.config(), live_view.read_frame(run, step)
        if frame is None or fixed is None:
            continue
        with column:
            _show_lane(i, config, history, frame, fixed, top)
        paths[run_figures.lane_title(config)] = run_figures.rate_distortion_path(history, step)
    st.caption(
        "In each lane: held-out images and below each its reconstruction; samples; the latent map; KL of each unit, nats."
    )
    st.markdown("**Rate against distortion**: the path of each lane up to this step. A dotted line joins points of equal ELBO.")
    live_view.show_chart(run_figures.race_plane(paths), "plane", f"rate and distortion of each lane up to step {step}")


def _show_lane(i: int, config: TrainConfig, history: History, frame: Arrays, fixed: Arrays, top: float) -> None:
    """Show images, latent map and KL of the units of one lane; ``top`` is the scale of the KL in all lanes."""
    title, step = run_figures.lane_title(config), int(frame["step"])
    live_view.show_tiles(
        f"<p><b>{escape(title)}</b> · step {step:,}</p>",
        live_view.tile_html(
            live_view.pair_rows(fixed["inputs"][:8], frame["reconstructions"][:8], 4), 4,
            f"{title}: held-out images and below each its reconstruction, step {step}",
        ),
        live_view.tile_html(frame["samples"][:16], 4, f"{title}: samples from the prior, step {step}"),
    )  # fmt: skip
    figure = run_figures.latent_map(frame, fixed, config.latent_dim, titles=False, height=210)
    live_view.show_chart(figure, f"map {i}", f"{title}: latent map, step {step}")
    if held_out := run_figures.held_out_at(history, step):
        bars = run_figures.unit_kl_bars(held_out, top, height=150).update_xaxes(showticklabels=False)
        live_view.show_chart(bars, f"bars {i}", f"{title}: KL of each unit, step {step}")
        st.caption(
            f"ELBO {number_text(held_out['elbo'])} · KL {held_out['kl']:.1f} · "
            f"{held_out['active_units']} of {config.latent_dim} units active"
        )
