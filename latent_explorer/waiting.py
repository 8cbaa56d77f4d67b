"""A projection on a page: at once where it is there, else with its progress and a way out of waiting."""

import streamlit as st

from latent_explorer import planes
from latent_explorer.projector import Projecting
from vae_core.projection import Projection


def umap(name: str, settings: dict, *, instead: str) -> Projection | None:
    """The UMAP of these settings; None while it is drawn, with its progress on the page.

    ``instead`` is the key of the widget that goes back to "pca" when the visitor cancels.
    """
    failed = st.session_state.get("umap failed")
    if failed and failed[0] == (name, settings):
        st.error(f"The projection failed: {failed[1]}.", icon=":material/error:")
        st.button("Try again", on_click=st.session_state.pop, args=("umap failed",), key=f"again {instead}")
        return None
    found = planes.umap(name, **settings)
    if isinstance(found, Projecting):
        _wait(found, (name, settings), instead)
        return None
    return found


def _go_back(job: Projecting, widget: str) -> None:
    planes.projector().cancel(job)
    st.session_state[widget] = {"projection": "pca"}.get(widget, False)


@st.fragment(run_every=0.4)
def _wait(job: Projecting, asked: tuple, widget: str) -> None:
    if job.done.is_set():
        if job.failure:
            st.session_state["umap failed"] = (asked, job.failure)
        st.rerun()
    ahead = planes.projector().ahead(job)
    text = f"Waiting for {ahead} other projection{'s' * (ahead > 1)}" if ahead else "Drawing neighbourhoods"
    if ahead and job.share == 0:
        text += "; a server just started also compiles, which takes about ten seconds"
    st.progress(min(job.share, 1.0), text)
    st.button("Cancel", on_click=_go_back, args=(job, widget), icon=":material/close:", key=f"cancel {widget}")
