"""A recipe as widgets: its fields' limits are the widgets' limits."""

import streamlit as st

from latent_explorer.words import title
from vae_core.fields import Configurable, Option, options


def ask(opt: Option, key: str, *, label: str | None = None):
    """One widget for one field; what it returns always fits the field."""
    label = label or opt.name.replace("_", " ")
    if opt.type is bool:
        return st.toggle(label, opt.default, key=key, help=opt.help)
    if opt.choices:
        return st.selectbox(label, opt.choices, opt.choices.index(opt.default), key=key, help=opt.help)
    low, high = opt.low, opt.high
    if opt.type is int:
        return st.number_input(label, low, high, opt.default, key=key, help=opt.help)
    tiny = 1e-6  # number_input knows ≤, not <
    low = opt.above + tiny if opt.above is not None else low
    high = opt.below - tiny if opt.below is not None else high
    low, high = (None if bound is None else float(bound) for bound in (low, high))
    return st.number_input(label, low, high, float(opt.default), step=10 ** round(-1.5), format="%g", key=key, help=opt.help)


def ask_part(part: str, registry: dict, default: str, *, names: list[str] | None = None) -> Configurable:
    """A select box over a registry, and a widget for each field of the chosen variant."""
    names = names or list(registry)
    name = st.selectbox(part.capitalize(), names, names.index(default), format_func=title, key=f"train {part}")
    cls = registry[name]
    doc = (cls.__doc__ or "").strip().splitlines()[0]
    st.caption(doc)
    return cls(**{opt.name: ask(opt, f"train {part} {name} {opt.name}") for opt in options(cls)})
