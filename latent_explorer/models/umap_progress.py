"""A projection on a page: at once where it is there, else with its progress and a way out of waiting, then as a sketch."""

import streamlit as st

from latent_explorer.background import umap_client
from latent_explorer.background.umap_client import ProjectionJob
from latent_explorer.models import projection_cache
from vae_core.latent.projection import Projection


def umap(name: str, settings: dict, *, instead: str) -> Projection | None:
    """The UMAP of these settings; None until there is a sketch of it, with its progress on the page.

    ``instead`` is the key of the widget that goes back to "pca" when the visitor cancels.
    """
    failed = st.session_state.get("umap failed")
    if failed and failed[0] == (name, settings):
        st.error(f"The projection failed: {failed[1]}.", icon=":material/error:")
        st.button("Try again", on_click=st.session_state.pop, args=("umap failed",), key=f"again {instead}")
        return None
    found = projection_cache.umap(name, **settings)
    before = st.session_state.pop(f"drawing {instead}", None)
    if before is not None and before is not found and before.sketch is None and not before.done.is_set():
        projection_cache.projector().cancel(
            before
        )  # this visitor wants other settings by now; another one who waits for it asks again
    if isinstance(found, ProjectionJob):
        st.session_state[f"drawing {instead}"] = found
        sketch = found.sketch
        if sketch is None:
            _wait(found, (name, settings), instead)
        else:
            _refine(found, (name, settings))
        return sketch
    return found


def note(drawn: Projection) -> str:
    """What a caption says of a map that is not finished; begins with a space."""
    if drawn.epochs is None or drawn.epochs >= umap_client.SKETCH + umap_client.REFINED:
        return ""
    return f" A sketch after {drawn.epochs} epochs; {umap_client.REFINED} more are on their way."


def _go_back(job: ProjectionJob, widget: str) -> None:
    projection_cache.projector().cancel(job)
    st.session_state[widget] = {"projection": "pca"}.get(widget, False)


def _end(job: ProjectionJob, asked: tuple) -> None:
    if job.failure:
        st.session_state["umap failed"] = (asked, job.failure)
    st.rerun()


@st.fragment(run_every=0.4)
def _wait(job: ProjectionJob, asked: tuple, widget: str) -> None:
    if job.sketch is not None or job.done.is_set():
        _end(job, asked)
    ahead = projection_cache.projector().jobs_ahead(job)
    text = f"Waiting for {ahead} other projection{'s' * (ahead > 1)}" if ahead else "Drawing neighbourhoods"
    if ahead and job.progress == 0:
        text += "; a server just started also compiles, which takes about ten seconds"
    st.progress(min(job.progress, 1.0), text)
    st.button("Cancel", on_click=_go_back, args=(job, widget), icon=":material/close:", key=f"cancel {widget}")


@st.fragment(run_every=1.0)
def _refine(job: ProjectionJob, asked: tuple) -> None:
    """Nothing to see: the map is there, and is drawn once more when it is refined."""
    if job.done.is_set():
        _end(job, asked)
