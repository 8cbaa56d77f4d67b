"""Widgets bound to the URL parameters that ``state.py`` declares. A control that a link's ``?hide=`` names is not drawn.

Each function draws one Streamlit widget whose key, range and default come from its parameter, and returns the value. A hidden
control keeps the value that the URL or the session holds for it, else its default.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, overload

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from latent_explorer.ui import state
from latent_explorer.ui.parameters import Choice, Choices, Flag, Number, Parameter, Text

T = TypeVar("T")
BOUND: dict[str, Any] = {"bind": "query-params"}


def hidden(control: str) -> bool:
    """Return whether a teacher's link hides the control of that name; see ``state.CONTROLS``."""
    return control in state.HIDDEN.get()


def read_hidden_controls() -> None:
    """Read ``?hide=`` into the session, so that its controls stay hidden on other pages; an empty one shows all again."""
    if state.HIDE in st.query_params:
        names = st.query_params[state.HIDE][:1000].split(",")
        state.HIDDEN.set(frozenset(name.strip() for name in names if name.strip()))


def drop_invalid(parameters: Sequence[Parameter]) -> None:
    """Remove the URL parameters of a page that are outside their range; the page then runs again with their defaults.

    Streamlit reads bound parameters when a run begins and stops with an error at some of them, such as an infinite number.
    """
    wrong = [p.key for p in parameters if p.key in st.query_params and not p.accepts(st.query_params.get_all(p.key))]
    kept = {key: st.query_params.get_all(key) for key in st.query_params if key not in wrong}
    if wrong:
        st.query_params.from_dict(kept)
        st.rerun()


def _current(parameter: Parameter) -> str | None:
    """The parameter's text in the URL, if it is there and in its range."""
    if parameter.key not in st.query_params:
        return None
    values = st.query_params.get_all(parameter.key)
    return values[-1] if parameter.accepts(values) else None


@overload
def number_input(
    parameter: Number, label: str, *, place: DeltaGenerator | None = None, high: int, default: int | None = None, **options: Any
) -> int: ...
@overload
def number_input(parameter: Number, label: str, *, place: DeltaGenerator | None = None, **options: Any) -> int | float: ...
def number_input(
    parameter: Number,
    label: str,
    *,
    place: DeltaGenerator | None = None,
    high: int | float | None = None,
    default: int | float | None = None,
    **options: Any,
) -> int | float:
    """Draw a number input.

    Args:
        parameter: gives key, range, step and default.
        label: the text beside it.
        place: a container to draw into; the page by default.
        high: a smaller upper bound than the parameter's, such as the number of images that there are.
        default: a default that depends on the model.
        options: further arguments of ``st.number_input``.
    """
    top = parameter.high if high is None else min(high, parameter.high)
    start = min(parameter.default if default is None else default, top)
    _clamp(parameter.key, parameter.low, top, start)
    if hidden(parameter.key):
        return _number(parameter, top, start)
    value = (place or st).number_input(
        label, min_value=parameter.low, max_value=top, value=start, step=parameter.step, key=parameter.key, **BOUND, **options
    )
    return start if value is None else value


def slider(
    parameter: Number, label: str, *, place: DeltaGenerator | None = None, default: int | float | None = None, **options: Any
) -> Any:
    """Draw a slider over the parameter's range; a whole number if its default is one."""
    start = parameter.default if default is None else default
    _clamp(parameter.key, parameter.low, parameter.high, start)
    if hidden(parameter.key):
        return _number(parameter, parameter.high, start)
    return (place or st).slider(
        label, min_value=parameter.low, max_value=parameter.high, value=start, step=parameter.step, key=parameter.key, **BOUND,
        **options,
    )  # fmt: skip


def _number(parameter: Number, high: int | float, default: int | float) -> int | float:
    """The value of a hidden number."""
    if (kept := st.session_state.get(parameter.key)) is not None:
        return kept
    text = _current(parameter)
    value = default if text is None else type(default)(float(text))
    return value if parameter.low <= value <= high else default


def _clamp(key: str, low: int | float, high: int | float, default: int | float) -> None:
    """Reset a remembered number that is outside the range of what is there now, such as the 900th of 200 images."""
    kept = st.session_state.get(key)
    if isinstance(kept, int | float) and not (math.isfinite(kept) and low <= kept <= high):
        st.session_state[key] = default


def selectbox(
    parameter: Choice,
    label: str,
    options: Sequence[T],
    *,
    place: DeltaGenerator | None = None,
    default: T | None = None,
    format_func: Callable[[Any], str] = str,
    **more: Any,
) -> T:
    """Draw a select box over ``options``; ``default`` is one of them, by default the first."""

    def draw(start: T) -> T | None:
        index = list(options).index(start)
        return (place or st).selectbox(label, options, index, format_func=format_func, key=parameter.key, **BOUND, **more)

    return _one_of(parameter, options, default, format_func, draw)


def select_slider(
    parameter: Choice,
    label: str,
    options: Sequence[T],
    *,
    place: DeltaGenerator | None = None,
    default: T | None = None,
    format_func: Callable[[Any], str] = str,
    **more: Any,
) -> T:
    """Draw a slider over ``options``."""

    def draw(start: T) -> T | None:
        return (place or st).select_slider(label, options, start, format_func=format_func, key=parameter.key, **BOUND, **more)

    return _one_of(parameter, options, default, format_func, draw)


def segmented_control(
    parameter: Choice,
    label: str,
    options: Sequence[T],
    *,
    place: DeltaGenerator | None = None,
    default: T | None = None,
    format_func: Callable[[Any], str] = str,
    **more: Any,
) -> T:
    """Draw a row of options, of which one is always chosen."""

    def draw(start: T) -> T | None:
        return (place or st).segmented_control(
            label, options, default=start, required=True, format_func=format_func, key=parameter.key, **BOUND, **more
        )

    return _one_of(parameter, options, default, format_func, draw)


def _one_of(
    parameter: Choice,
    options: Sequence[T],
    default: T | None,
    format_func: Callable[[Any], str],
    draw: Callable[[T], T | None],
) -> T:
    """Draw a choice of exactly one option, unless it is hidden, and return the option."""
    named = [option for option in options if format_func(option) == parameter.default]
    start = default if default is not None and default in options else (named or list(options))[0]
    _forget_unknown(parameter.key, options)
    if hidden(parameter.key):
        return _hidden_choice(parameter, options, start, format_func)
    value = draw(start)
    return start if value is None else value


def optional_choice(
    parameter: Choice,
    label: str,
    options: Sequence[T],
    *,
    place: DeltaGenerator | None = None,
    format_func: Callable[[Any], str] = str,
    pills: bool = False,
    **more: Any,
) -> T | None:
    """Draw a row of options of which none need be chosen; return None then."""
    _forget_unknown(parameter.key, options)
    if hidden(parameter.key):
        return _hidden_choice(parameter, options, None, format_func)
    draw = (place or st).pills if pills else (place or st).segmented_control
    return draw(label, options, format_func=format_func, key=parameter.key, **BOUND, **more)


def multiselect(
    parameter: Choices, label: str, options: Sequence[str], *, default: Sequence[str], place: DeltaGenerator | None = None,
    **more: Any,
) -> list[str]:  # fmt: skip
    """Draw a choice of several options, at most ``parameter.most``."""
    kept = st.session_state.get(parameter.key)
    if kept is not None and (known := [name for name in kept if name in options]) != list(kept):
        st.session_state[parameter.key] = known
    if hidden(parameter.key):
        asked = st.query_params.get_all(parameter.key)
        return [name for name in asked if name in options][: parameter.most] or list(default)
    return (place or st).multiselect(
        label, options, default=default, max_selections=parameter.most, key=parameter.key, **BOUND, **more
    )


def toggle(parameter: Flag, label: str, *, place: DeltaGenerator | None = None, **more: Any) -> bool:
    """Draw a switch."""
    if hidden(parameter.key):
        text = _current(parameter)
        return parameter.default if text is None else text.lower() == "true"
    return (place or st).toggle(label, parameter.default, key=parameter.key, **BOUND, **more)


def text_input(parameter: Text, label: str, *, place: DeltaGenerator | None = None, **more: Any) -> str:
    """Draw a line of text, at most ``parameter.longest`` characters long."""
    if hidden(parameter.key):
        text = _current(parameter)
        return parameter.default if text is None else text
    value = (place or st).text_input(label, parameter.default, max_chars=parameter.longest, key=parameter.key, **BOUND, **more)
    return value or ""


def _hidden_choice(parameter: Choice, options: Sequence[T], default: Any, format_func: Callable[[Any], str]) -> Any:
    """The option of a hidden control."""
    kept = st.session_state.get(parameter.key)
    if kept in options:
        return kept
    text = _current(parameter)
    return next((option for option in options if format_func(option) == text), default)


def _forget_unknown(key: str, options: Sequence[Any]) -> None:
    """Forget a remembered choice that is not offered any more, such as a factor of another model."""
    if key in st.session_state and st.session_state[key] is not None and st.session_state[key] not in options:
        del st.session_state[key]
