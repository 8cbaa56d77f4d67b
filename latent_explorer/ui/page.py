"""Begin a page, and show errors on it."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from latent_explorer.ui import state, widgets
from latent_explorer.ui.concepts import CONCEPTS
from latent_explorer.ui.parameters import Parameters
from vae_core.common.errors import BadInput

# No text below 12 px; images of models are enlarged without smoothing; pairs of pictures stay side by side on a phone.
STYLE = """<style>
[data-testid="stImage"] img { image-rendering: pixelated; }
[data-testid="stMainBlockContainer"] { padding: 3.25rem 2.5rem 2rem; }
[data-testid="stMainBlockContainer"] h1 { font-size: 2rem; padding: 0.25rem 0 0; }
[class*="st-key-smooth"] [data-testid="stImage"] img { image-rendering: auto; }
[data-testid="stPopover"] .katex-display { overflow-x: auto; overflow-y: hidden; }
.st-key-concepts button { padding: 0 0.25rem; min-height: 1.75rem; }
.st-key-concepts button p { font-size: 0.875rem; text-decoration: underline dotted; text-underline-offset: 0.2rem; }
[data-testid="stMainBlockContainer"] h3 { font-size: 1.25rem; padding: 0.25rem 0; }
[data-testid="stSidebarNavLink"] { padding-top: 0; padding-bottom: 0; margin-top: 0; margin-bottom: 0; height: 1.75rem; }
[data-testid="stMarkdownContainer"] .katex-display { padding-top: 0.3rem; }
.tiles figure { margin: 0 0 0.75rem; }
.tiles img { width: 100%; image-rendering: pixelated; }
.tiles figcaption { font-size: 0.875rem; opacity: 0.7; }
[class*="st-key-pair"] > * { flex: 1 1 45% !important; min-width: 0; width: auto !important; }
[data-testid="stCaptionContainer"] code { font-size: 0.8125rem; }
[data-testid="stPageLink-NavLink"] span { white-space: normal; }
@media (max-width: 640px) {
  [data-testid="stMainBlockContainer"] { padding: 3.25rem 1rem 1rem; }
  .katex-display { font-size: 0.9em; }
}
</style>"""


# for a projector: large type, no side bar
PRESENTER = """<style>
:root { font-size: 130%; }
[data-testid="stSidebar"], [data-testid="stExpandSidebarButton"] { display: none; }
</style>"""

PLOTLY_CONFIG = {"displayModeBar": False}  # the tool bar covers a figure in which nothing can be selected


def begin_run() -> None:
    """Begin a page run in app.py: models are looked at anew, and ``?hide=`` and ``?present=`` are read."""
    state.OPENED.set(None)
    state.RUN_BEGUN.set(True)
    widgets.read_hidden_controls()
    if st.query_params.get(state.PRESENT) == "1":
        state.PRESENTING.set(True)


def start(title: str, sentence: str, *, concepts: tuple[str, ...] = (), parameters: type[Parameters] | None = None) -> None:
    """Begin a page; the first line of its script.

    Args:
        title: heading of the page.
        sentence: what it shows, in one sentence.
        concepts: terms that it needs; each opens its definition and formula.
        parameters: the page's URL parameters; a value outside its range falls back to the default.
    """
    _leave_legacy_pages()
    if not state.RUN_BEGUN.pop():
        begin_run()
    if parameters is not None:
        widgets.drop_invalid(parameters.declared())
    state.ARRIVED.set(state.PAGE.get() != title)  # the parameters in the URL are those of the page before
    state.PAGE.set(title)
    st.html(STYLE)
    if presenting():
        st.html(PRESENTER)
        st.button(
            "Leave presenter mode",
            icon=":material/cancel_presentation:",
            on_click=present,
            args=(False,),
            type="tertiary",
            key="leave presenting",
        )
    st.title(title)
    st.markdown(sentence)
    if concepts:
        with st.container(horizontal=True, gap="small", key="concepts"):
            for name in concepts:
                with st.popover(name, type="tertiary"):
                    st.markdown(CONCEPTS[name])


def presenting() -> bool:
    """Return whether this visitor is in presenter mode, by ``?present=1`` or from the Teaching page."""
    return state.PRESENTING.get()


def present(on: bool = True) -> None:
    """Switch presenter mode on or off."""
    state.PRESENTING.set(on)
    if not on and state.PRESENT in st.query_params:
        del st.query_params[state.PRESENT]


def _leave_legacy_pages() -> None:
    """Leave Streamlit's old multipage mode, which a folder named pages/ switches on.

    On a fresh server a deep link runs the page without app.py until st.navigation has been called once in the process. The
    switch is private: a Streamlit without it needs nothing here, and a browser test on a fresh server checks the result.
    """
    try:
        from streamlit.runtime.pages_manager import PagesManager
    except ImportError:
        return
    if getattr(PagesManager, "uses_pages_directory", False):
        PagesManager.uses_pages_directory = False
        st.rerun()


@contextmanager
def show_errors() -> Iterator[None]:
    """Show a ``BadInput`` raised inside as its one sentence on the page, and end the page there."""
    try:
        yield
    except BadInput as error:
        st.error(str(error), icon=":material/error:")
        st.stop()
