"""What every lesson's page is made of: its question, a guess before the answer, the formula's code, and where to go on."""

import inspect
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from latent_explorer.course.lessons import LESSONS, Lesson, lesson_of
from latent_explorer.models import store
from latent_explorer.ui import page


def start(slug: str) -> Lesson:
    """First line of a lesson: its title, its question and its terms."""
    lesson = lesson_of(slug)
    page.start(lesson.title, f"**{lesson.question}**", concepts=lesson.terms)
    return lesson


def needs(*models: str) -> None:
    """The shipped models that the lesson is drawn from; where one is missing, a sentence that says so, and the lesson ends."""
    if missing := [name for name in models if name not in store.model_names()]:
        st.info(
            f"This lesson is drawn from the shipped model{'s' * (len(missing) > 1)} {', '.join(missing)}, not here any more; "
            "`python checkpoints/build.py` makes it again.", icon=":material/info:",
        )  # fmt: skip
        st.stop()


SHOW = "show me"  # the answer of who would rather not guess


def predict(question: str, answers: tuple[str, ...], key: str = "guess") -> str | None:
    """Ask before most_visible_factor: the guess, or None as long as there is none. What can be found by moving does not wait for it."""
    return st.segmented_control(question, (*answers, SHOW), key=key, bind="query-params")


def withhold(guess: str | None, what: str) -> bool:
    """Whether ``what``, which would tell the answer, waits for a guess; then a line stands in its place."""
    if guess is None:
        st.caption(f":material/visibility_off: {what} after your guess, above.")
    return guess is None


def verdict(guess: str | None, right: str, because: str) -> None:
    """Answer a guess, with what was just measured. ``right`` must come from the figure's own numbers."""
    if guess is None:
        return
    if guess == SHOW:
        st.info(because, icon=":material/lightbulb:")
    elif guess == right:
        st.success(because, icon=":material/check:")
    else:
        st.warning(because, icon=":material/lightbulb:")


def code(*functions: Callable) -> None:
    """The code that runs, read from its source by name."""
    with st.expander("The code that computes it", icon=":material/code:"):
        for function in map(inspect.unwrap, functions):  # a decorator's file is not the function's
            file = Path(inspect.getsourcefile(function) or "")
            st.caption(f"`{file.parent.name}/{file.name}`")
            st.code(inspect.getsource(function), language="python")


def try_it(label: str, script: str, **state: str) -> None:
    """A link to the page where the reader goes on, in the state that shows it: its address' parameters."""
    st.page_link(script, label=f"Try it yourself: {label}", icon=":material/open_in_new:", query_params=state or None)


def end(lesson: Lesson) -> None:
    """Last line of a lesson: the one before, the one after."""
    here = LESSONS.index(lesson)
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        for there, icon in ((here - 1, ":material/arrow_back:"), (here + 1, ":material/arrow_forward:")):
            if 0 <= there < len(LESSONS):
                st.page_link(LESSONS[there].script, label=f"{there + 1}. {LESSONS[there].title}", icon=icon)
