"""The live view of a single run: three columns of figures."""

import streamlit as st

from latent_explorer.training import jobs, live_view, run_figures
from latent_explorer.training.film import run_film
from latent_explorer.training.loss_table import BATCHES, loss_rows, markdown_table
from latent_explorer.training.run_figures import Arrays, History
from latent_explorer.ui import widgets
from latent_explorer.ui.display_names import unit_name
from latent_explorer.ui.downloads import download_button
from latent_explorer.ui.figures import training_curves
from vae_core.config import TrainConfig
from vae_core.latent.active_units import ACTIVE_VARIANCE
from vae_core.runs.run import Run


def show_run(run: Run) -> None:
    """Show a run's progress, and its figures at the chosen step."""
    (status,) = live_view.show_progress([run])
    live_view.show_reason(status)
    step = live_view.step_slider([run], run.id)
    if live_view.read_frame(run, step) is None or run.fixed() is None:
        live_view.show_no_frames(status)
        return
    _show_figures(run, step, live_view.frame_stamp(run, step))


def film_download(run: Run) -> None:
    """Show the download of a run's film, once the run is at rest and has at least two frames."""
    if run.status().state not in jobs.CHANGING and len(run.frames()) > 1 and not widgets.hidden("download"):
        download_button("Film (GIF)", lambda: run_film(run), f"run-{run.id[:6]}.gif", key="film", icon=":material/movie:")


@st.cache_data(max_entries=64, show_spinner=False)
def _show_figures(_run: Run, chosen_step: int | None, stamp: tuple) -> None:
    """Draw the figures once for each ``stamp``; Streamlit replays them for other visitors, such as a class that watches."""
    config, history, fixed, frame = _run.config(), _run.history(), _run.fixed(), live_view.read_frame(_run, chosen_step)
    if frame is None or fixed is None:
        return
    left, middle, right = st.columns(3, gap="medium")
    with left:
        _show_images(frame, fixed)
    with middle:
        _show_latent_space(config, history, frame, fixed)
    with right:
        _show_loss(_run, config, history, int(frame["step"]), marked=chosen_step is not None)


def _show_images(frame: Arrays, fixed: Arrays) -> None:
    """Show reconstructions, samples and a traversal of two units."""
    step = int(frame["step"])
    parts = [
        live_view.tile_html(
            live_view.pair_rows(fixed["inputs"], frame["reconstructions"], 8), 8,
            f"held-out images and below each its reconstruction, step {step}",
            f"Held-out images, below each its reconstruction · step {step:,}",
        ),
        live_view.tile_html(
            frame["samples"], 8, f"32 samples from the prior, step {step}",
            "Samples from the prior, always the same latent codes",
        ),
    ]  # fmt: skip
    if len(frame["traversal"]):
        columns = len(frame["traversal"]) // len(frame["units"])
        names = " and ".join(unit_name(int(unit)) for unit in frame["units"])
        caption = f"{names} from −3 to 3, around the latent code of the first image"
        parts.append(live_view.tile_html(frame["traversal"], columns, f"two units moved from −3 to 3, step {step}", caption))
    live_view.show_tiles(*parts)


def _show_latent_space(config: TrainConfig, history: History, frame: Arrays, fixed: Arrays) -> None:
    """Show the latent map and the KL of each unit."""
    step = int(frame["step"])
    figure = run_figures.latent_map(frame, fixed, config.latent_dim)
    live_view.show_chart(figure, "map", f"latent map of held-out images, step {step}")
    if held_out := run_figures.held_out_at(history, step):
        title = (
            f"{held_out['active_units']} of {config.latent_dim} units active:<br>variance of their mean over the<br>held-out "
            f"images above {ACTIVE_VARIANCE:g}"
        )  # three lines, for a narrow column
        bars = run_figures.unit_kl_bars(held_out, run_figures.largest_unit_kl(history), axis_title=title, height=270)
        live_view.show_chart(bars, "bars", f"KL of each unit, step {step}")


def _show_loss(run: Run, config: TrainConfig, history: History, step: int, *, marked: bool) -> None:
    """Show the ELBO over steps and the terms of the loss."""
    curves = training_curves(
        history, measured_name="held out", changes=run.changes(), n_steps=config.n_steps, shown_step=step if marked else None,
        height=330,
    )  # fmt: skip
    live_view.show_chart(curves, "curves", "ELBO over steps")
    note = "Nothing measured yet."
    if held_out := run_figures.held_out_at(history, step):
        note = (
            f"Held out: all {held_out['n_images']:,} images measured. Training: the mean of the last {BATCHES} logged batches."
        )
    st.markdown(f"{markdown_table(loss_rows(history, step))}\n\n:small[{note}]")
