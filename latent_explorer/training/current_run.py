"""The run that a page shows: by the URL, else the last one that this visitor opened."""

import streamlit as st

from latent_explorer.ui import state
from vae_core.common.errors import BadInput
from vae_core.runs.run import ID, Run

URL_KEY = state.LiveRun.RUN.key


def current_run(*, race: bool = False) -> Run | None:
    """Return the run to show; None if there is none. A run that the URL names and that does not exist is reported.

    The Train page and the β race page each remember their own run. A link to a run of the other kind opens the other page.
    """
    memory = _memory(race)
    name = st.query_params.get(URL_KEY) or memory.get()
    if not name:
        return None
    try:
        if not ID.fullmatch(name):
            raise BadInput(f"there is no run {name[:80]!r} here any more")
        run = Run.find(name)
        run.config()
    except BadInput as error:
        memory.clear()
        st.query_params.pop(URL_KEY, None)
        st.warning(f"{str(error).capitalize()}.", icon=":material/help:")
        return None
    if is_race(run) != race:
        if URL_KEY in st.query_params:
            st.switch_page(page_of(run), query_params={URL_KEY: run.id})
        return None
    remember_run(run)
    return run


def remember_run(run: Run) -> None:
    """Write the run into the URL and into the session: a click in the navigation drops the URL's parameters."""
    _memory(is_race(run)).set(run.id)
    st.query_params[URL_KEY] = run.id


def open_run(run: Run) -> None:
    """Switch to the page of a run."""
    remember_run(run)
    st.switch_page(page_of(run), query_params={URL_KEY: run.id})


def is_race(run: Run) -> bool:
    """Return whether a run is a lane of a race."""
    return run.metadata["group"] != run.id


def page_of(run: Run) -> str:
    """Return the page that shows a run."""
    return "pages/race.py" if is_race(run) else "pages/train.py"


def _memory(race: bool) -> state.SessionValue[str | None]:
    """Return where the session remembers the run of a page."""
    return state.LAST_RACE if race else state.LAST_RUN
