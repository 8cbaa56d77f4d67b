"""A UMAP on a page: at once if it was computed before, else its progress with a way to cancel, then a sketch, then the map."""

import streamlit as st

from latent_explorer.background.projection_files import REFINED, SKETCH
from latent_explorer.background.umap_client import ProjectionJob
from latent_explorer.models import projection_cache
from latent_explorer.models.model import Model
from latent_explorer.ui import state
from vae_core.latent.projection import Projection


def umap(model: Model, settings: dict, *, widget: str) -> Projection | None:
    """Show the progress of a model's UMAP.

    Args:
        model: whose atlas is projected.
        settings: ``n_neighbors``, ``min_dist`` and ``seed``.
        widget: key of the widget that asked for the UMAP; *Cancel* sets it back.

    Returns:
        The projection, or its sketch; None until there is one.
    """
    failed = state.UMAP_FAILED.get()
    if failed and failed[0] == (model.name, settings):
        st.error(f"The projection failed: {failed[1]}.", icon=":material/error:")
        st.button("Try again", on_click=state.UMAP_FAILED.clear, key=f"again {widget}")
        return None
    found = model.umap(**settings)
    before = st.session_state.pop(f"drawing {widget}", None)
    if before is not None and before is not found and before.sketch is None and not before.done.is_set():
        # this visitor has chosen other settings; a page that still waits for the old ones asks again
        projection_cache.projector().cancel(before)
    if isinstance(found, ProjectionJob):
        st.session_state[f"drawing {widget}"] = found
        sketch = found.sketch
        if sketch is None:
            _wait(found, (model.name, settings), widget)
        else:
            _refine(found, (model.name, settings))
        return sketch
    return found


def sketch_note(drawn: Projection) -> str:
    """Return what a caption says of a map that is not finished, with a space before it; empty for a finished one."""
    if drawn.epochs is None or drawn.epochs >= SKETCH + REFINED:
        return ""
    return f" A sketch after {drawn.epochs} epochs; {REFINED} more are being computed."


def _cancel(job: ProjectionJob, widget: str) -> None:
    projection_cache.projector().cancel(job)
    st.session_state[widget] = {"projection": "pca"}.get(widget, False)


def _end(job: ProjectionJob, asked: tuple) -> None:
    if job.failure:
        state.UMAP_FAILED.set((asked, job.failure))
    st.rerun()


@st.fragment(run_every=0.4)
def _wait(job: ProjectionJob, asked: tuple, widget: str) -> None:
    if job.sketch is not None or job.done.is_set():
        _end(job, asked)
    ahead = projection_cache.projector().jobs_ahead(job)
    text = f"Waiting for {ahead} other projection{'s' * (ahead > 1)}" if ahead else "Finding neighbourhoods"
    if ahead and job.progress == 0:
        text += "; a server that has just started also compiles, which takes about ten seconds"
    st.progress(min(job.progress, 1.0), text)
    st.button("Cancel", on_click=_cancel, args=(job, widget), icon=":material/close:", key=f"cancel {widget}")


@st.fragment(run_every=1.0)
def _refine(job: ProjectionJob, asked: tuple) -> None:
    """Draw nothing: the sketch is on the page, and the page runs again when the map is refined."""
    if job.done.is_set():
        _end(job, asked)
