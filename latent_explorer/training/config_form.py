"""A recipe as widgets: its fields' limits are the widgets' limits, its registries their choices."""

import dataclasses
import math

import streamlit as st

from latent_explorer.ui.display_names import part_title
from vae_core.common.fields import Option, options
from vae_core.config import PARTS, TrainConfig

LABELS = {
    "n_steps": "Steps",
    "n_images": "Images, at most",
    "image_size": "Size of your own images",
    "batch_size": "Batch",
    "latent_dim": "Latent units",
    "ema": "Weight averaging (EMA)",
    "clip_norm": "Bound on the gradient",
    "data_seed": "Seed of the split",
    "schedule": "KL schedule",
}


def label_of(name: str) -> str:
    return LABELS.get(name) or name.replace("_", " ").capitalize()


def ask(opt: Option, key: str, default, *, label: str | None = None):
    """One widget for one field; what it returns always fits the field. An optional field may be left empty."""
    label = label or label_of(opt.name)
    if opt.type is bool:
        return st.toggle(label, default, key=key, help=opt.help)
    if opt.choices:
        choices = [None, *opt.choices] if opt.optional else list(opt.choices)
        return st.selectbox(label, choices, choices.index(default), format_func=_or_none, key=key, help=opt.help)
    kind, low, high, step = int, opt.low, opt.high, None
    if opt.type is float:
        tiny = 1e-6  # number_input knows ≤, not <
        low = opt.above + tiny if opt.above is not None else low
        high = opt.below - tiny if opt.below is not None else high
        kind, step = float, _step(default)
    low, high = (None if bound is None else kind(bound) for bound in (low, high))
    if opt.optional:
        # a number_input can be emptied only if its value starts as None; the default then goes in by its key
        st.session_state.setdefault(key, default)
        default = None
    else:
        default = kind(default)
    return st.number_input(
        label, low, high, default, step=step, format="%g" if kind is float else None, key=key, help=opt.help, placeholder="none"
    )


def _step(value: float | None) -> float:
    """The power of ten below a value: what its buttons add."""
    return 10.0 ** math.floor(math.log10(value / 2)) if value else 0.1


def _or_none(choice) -> str:
    return "none" if choice is None else str(choice)


def ask_part(part: str, chosen: dict, key: str) -> dict:
    """A select box over the part's registry, and a widget for each field of the chosen variant; as JSON of the recipe.

    Not the recipe itself: values may each fit and not fit together, and a form must stay on the page then.
    """
    registry = PARTS[part]
    names = list(registry)
    name = st.selectbox(label_of(part), names, names.index(chosen["name"]), format_func=part_title, key=key)
    cls = registry[name]
    st.caption((cls.__doc__ or "").strip().splitlines()[0])
    preset = chosen if name == chosen["name"] else {}
    return {"name": name} | {
        opt.name: ask(opt, f"{key} {name} {opt.name}", preset.get(opt.name, opt.default)) for opt in options(cls)
    }


ABOVE = ("latent_dim", "objective")  # what stands above the groups
GROUPS = {  # what a form shows folded; the last holds every other field
    "Model": ("network", "likelihood", "prior", "conditional"),
    "Price of the code": ("schedule", "free_bits"),
    "Training": ("n_steps", "batch_size", "learning_rate", "seed", "n_images"),
}
_PLACED = {*ABOVE, *(name for names in GROUPS.values() for name in names)}
GROUPS["More settings"] = tuple(f.name for f in dataclasses.fields(TrainConfig) if f.name not in _PLACED)


def ask_config(preset: TrainConfig, key: str, *, without: tuple[str, ...] = ()) -> dict:
    """A widget for every field and part of a configuration but ``without``, starting at ``preset``; as its JSON.

    A folded group has no widgets, only what was last chosen in it: thirty of them would be made anew on every move of one.
    """
    fields = {opt.name: opt for opt in options(TrainConfig)}
    start = preset.to_json()
    kept = st.session_state.setdefault(_memory(key), {})

    def take(name: str) -> None:
        default, its_key = kept.get(name, start[name]), f"{key} {name}"
        kept[name] = ask_part(name, default, its_key) if name in PARTS else ask(fields[name], its_key, default)

    asked = lambda names: [name for name in names if name not in (*without, "dataset")]  # noqa: E731
    for name in asked(ABOVE):
        take(name)
    for group, names in GROUPS.items():
        with st.expander(group, key=f"{key} {group}", on_change="rerun") as fold:
            if fold.open:
                for name in asked(names):
                    take(name)
    return {name: kept.get(name, start[name]) for name in ("dataset", *asked(start))}


def _memory(key: str) -> str:
    return f"{key} chosen"


def start_anew(key: str) -> None:
    """Forget what was chosen of the part that suits one size of images only; for the change of the data set."""
    st.session_state[_memory(key)].pop("network", None)
    st.session_state.pop(f"{key} network", None)
