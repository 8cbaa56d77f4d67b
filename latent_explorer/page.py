"""How every page begins, and how it says that something is wrong."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from vae_core.errors import BadInput

STYLE = """<style>
[data-testid="stImage"] img { image-rendering: pixelated; }
[data-testid="stMainBlockContainer"] { padding: 3.25rem 2.5rem 2rem; }
[data-testid="stMainBlockContainer"] h1 { font-size: 2rem; padding: 0.25rem 0 0; }
@media (max-width: 640px) { [data-testid="stMainBlockContainer"] { padding: 3.25rem 1rem 1rem; } }
</style>"""


def start(title: str, sentence: str) -> None:
    """First line of a page: its title, and in one sentence what one sees."""
    _leave_legacy_pages()
    st.html(STYLE)
    st.title(title)
    st.markdown(sentence)


def _leave_legacy_pages() -> None:
    """Undo Streamlit's guess that a folder named pages/ means its old multipage mode.

    On a fresh server a deep link runs the page without app.py until st.navigation has been called once in the process. The
    switch is private: where it has gone, there is nothing to undo, and a browser test on a fresh server tells.
    """
    try:
        from streamlit.runtime.pages_manager import PagesManager
    except ImportError:
        return
    if getattr(PagesManager, "uses_pages_directory", False):
        PagesManager.uses_pages_directory = False
        st.rerun()


@contextmanager
def explained() -> Iterator[None]:
    """A bad input inside becomes its one sentence on the page, which then ends there."""
    try:
        yield
    except BadInput as error:
        st.error(str(error), icon=":material/error:")
        st.stop()
