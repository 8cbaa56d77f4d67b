"""The parts that every lesson page has: question, guess and verdict, source code, and links to where the reader goes on."""

import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ParamSpec, TypeVar

import streamlit as st

from latent_explorer import models
from latent_explorer.course.lessons import LESSONS, Lesson, find_lesson
from latent_explorer.course.parameters import SHOW
from latent_explorer.models import Model
from latent_explorer.ui import page, widgets
from latent_explorer.ui.parameters import Choice, Parameters

P = ParamSpec("P")
T = TypeVar("T")


def start(slug: str, parameters: type[Parameters]) -> Lesson:
    """Begin a lesson page with its title, question and terms; the first line of its script."""
    lesson = find_lesson(slug)
    page.start(lesson.title, f"**{lesson.question}**", concepts=lesson.terms, parameters=parameters)
    return lesson


def open_models(*names: str) -> list[Model]:
    """Open the shipped models that a lesson uses; if one is missing, the page ends with a notice."""
    if missing := [name for name in names if not models.exists(name)]:
        stop_without(missing)
    return [models.open(name) for name in names]


def stop_without(missing: Sequence[str]) -> None:
    """End the page with a notice that these models are missing."""
    several = len(missing) > 1
    st.info(
        f"This lesson needs the shipped model{'s' * several} {', '.join(missing)}, which {'are' if several else 'is'} missing "
        f"here. `python checkpoints/build.py` trains {'them' if several else 'it'} again.",
        icon=":material/info:",
    )
    st.stop()


def measure(of: Sequence[Model], what: str, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return ``function(*args, **kwargs)``, computed once for all visitors, on the thread that runs torch.

    Args:
        of: the models that the result depends on; it is computed again when their files change.
        what: name of the result, with all settings that it depends on.
        function: a pure function; a caller must not change its result.
        args: its arguments.
        kwargs: its keyword arguments.
    """
    stamp = tuple(model.files.key for model in of)
    return models.shared(f"lesson: {what}", stamp, lambda: models.on_thread(function, *args, **kwargs))


def ask_for_guess(parameter: Choice, question: str) -> str | None:
    """Ask the lesson's question; return the visitor's guess, SHOW, or None as long as there is no guess."""
    return widgets.optional_choice(parameter, question, parameter.options)


def guessed(guess: str | None, hidden: str) -> bool:
    """Return whether there is a guess; if not, show a line instead of a figure that would give the answer away.

    Args:
        guess: the visitor's guess.
        hidden: name of the figure, as the subject of "… appears after your guess".
    """
    if guess is None:
        st.caption(f":material/visibility_off: {hidden} appears after your guess, above.")
    return guess is not None


def show_verdict(guess: str | None, right: str, explanation: str) -> None:
    """Answer a guess.

    Args:
        guess: the visitor's guess.
        right: the right answer, computed from the numbers of the figure.
        explanation: the measured numbers behind it.
    """
    if guess is None:
        return
    if guess == SHOW:
        st.info(explanation, icon=":material/lightbulb:")
    elif guess == right:
        st.success(explanation, icon=":material/check:")
    else:
        st.warning(explanation, icon=":material/lightbulb:")


def show_code(*functions: Callable) -> None:
    """Show the source of the functions that computed the lesson's numbers."""
    with st.expander("The code that computes it", icon=":material/code:"):
        for function in map(inspect.unwrap, functions):  # a decorated function's source is not in the decorator's file
            file = Path(inspect.getsourcefile(function) or "")
            st.caption(f"`{file.parent.name}/{file.name}`")
            st.code(inspect.getsource(function), language="python")


def link_to_try(label: str, script: str, **url_parameters: str) -> None:
    """Link to the page where the reader goes on, in the state that these URL parameters describe."""
    st.page_link(
        script, label=f"Try it yourself: {label}", icon=":material/open_in_new:", query_params=url_parameters or None
    )  # fmt: skip


def end(lesson: Lesson) -> None:
    """End a lesson page with links to the lessons before and after."""
    here = LESSONS.index(lesson)
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        for neighbour, icon in ((here - 1, ":material/arrow_back:"), (here + 1, ":material/arrow_forward:")):
            if 0 <= neighbour < len(LESSONS):
                st.page_link(LESSONS[neighbour].script, label=f"{neighbour + 1}. {LESSONS[neighbour].title}", icon=icon)
