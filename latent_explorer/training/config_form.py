"""A training configuration as widgets: their limits are those of its fields, their choices the registries of its parts."""

import dataclasses
import math
from typing import Any

import streamlit as st

from latent_explorer.training.datasets import trainable_datasets
from latent_explorer.ui.display_names import part_title
from vae_core.common.fields import Option, options
from vae_core.config import PARTS, TrainConfig
from vae_core.data import DATASETS
from vae_core.training.presets import live_preset

LABELS = {
    "n_steps": "Steps",
    "n_images": "Images, at most",
    "image_size": "Size of your own images",
    "batch_size": "Batch size",
    "latent_dim": "Latent units",
    "ema": "Weight averaging (EMA)",
    "clip_norm": "Gradient norm, at most",
    "data_seed": "Seed of the split",
    "schedule": "KL schedule",
}
N_IMAGES = 10_000  # default size of the training set, so that a run begins at once
SMALLEST = 1e-6  # st.number_input has closed bounds; an open bound moves by this much

FIRST_FIELDS = ("latent_dim", "objective")  # above the groups
_NAMED_GROUPS = {
    "Model": ("network", "likelihood", "prior", "conditional"),
    "KL term": ("schedule", "free_bits"),
    "Training": ("n_steps", "batch_size", "learning_rate", "seed", "n_images"),
}
_NAMED = {*FIRST_FIELDS, *(name for names in _NAMED_GROUPS.values() for name in names)}
GROUPS = _NAMED_GROUPS | {"More settings": tuple(f.name for f in dataclasses.fields(TrainConfig) if f.name not in _NAMED)}
"""Fields in groups, which are folded at first; the last group holds every field that no other names."""


def dataset_widget(key: str) -> str:
    """Show the choice of a data set and return its name; the form's network is chosen anew after a change."""
    available = trainable_datasets()
    default = available.index("mnist" if "mnist" in available else "digits")
    return st.selectbox(
        "Data", available, default, key=f"{key} data", help="Data sets on this machine.", on_change=_forget_network, args=(key,)
    )


def preset(dataset: str, **changes: Any) -> TrainConfig:
    """Return the configuration that a form starts with, for a data set."""
    return live_preset(dataset, DATASETS[dataset].shape, n_images=N_IMAGES, **changes)


def config_widgets(start: TrainConfig, key: str, *, without: tuple[str, ...] = ()) -> dict[str, Any]:
    """Show a widget for every field and part of a configuration.

    A folded group has no widgets, only its last choices: Streamlit would otherwise send thirty of them after every change.

    Args:
        start: The first values.
        key: Prefix of the widgets' keys.
        without: Fields that are not shown and not returned.

    Returns:
        The configuration as JSON, not as a ``TrainConfig``: values that are each allowed can exclude each other, and the form
        must stay on the page then.
    """
    values = start.to_json()
    chosen: dict[str, Any] = st.session_state.setdefault(_memory(key), {})
    shown = [name for name in values if name not in (*without, "dataset")]

    def show_fields(names: tuple[str, ...]) -> None:
        for name in names:
            if name in shown:
                chosen[name] = _widget(name, f"{key} {name}", chosen.get(name, values[name]))

    show_fields(FIRST_FIELDS)
    for group, names in GROUPS.items():
        with st.expander(group, key=f"{key} {group}", on_change="rerun") as expander:
            if expander.open:
                show_fields(names)
    return {name: chosen.get(name, values[name]) for name in ("dataset", *shown)}


def _widget(name: str, key: str, value: Any) -> Any:
    """Show the widget of a field, or the widgets of a part."""
    if name in PARTS:
        return part_widgets(name, value, key)
    (opt,) = (opt for opt in options(TrainConfig) if opt.name == name)
    return field_widget(opt, key, value)


def part_widgets(part: str, value: dict[str, Any], key: str) -> dict[str, Any]:
    """Show a select box over the registry of a part, and a widget for each field of the chosen one; return its JSON."""
    registry = PARTS[part]
    names = list(registry)
    name = st.selectbox(field_label(part), names, names.index(value["name"]), format_func=part_title, key=key)
    cls = registry[name]
    st.caption((cls.__doc__ or "").strip().splitlines()[0])
    start = value if name == value["name"] else {}
    return {"name": name} | {
        opt.name: field_widget(opt, f"{key} {name} {opt.name}", start.get(opt.name, opt.default)) for opt in options(cls)
    }


def field_widget(opt: Option, key: str, value: Any, *, label: str | None = None) -> Any:
    """Show the widget of a field and return its value, which always lies in the field's limits.

    Args:
        opt: The field; an optional one may be left empty.
        key: The widget's key.
        value: The first value.
        label: By default the field's name.
    """
    label = label or field_label(opt.name)
    if opt.type is bool:
        return st.toggle(label, value, key=key, help=opt.help)
    if opt.choices:
        choices = [None, *opt.choices] if opt.optional else list(opt.choices)
        return st.selectbox(label, choices, choices.index(value), format_func=_choice_text, key=key, help=opt.help)
    return _number_widget(opt, key, value, label)


def _number_widget(opt: Option, key: str, value: float | None, label: str) -> float | None:
    kind = float if opt.type is float else int
    # open bounds become closed ones
    low = opt.low if opt.above is None else opt.above + SMALLEST
    high = opt.high if opt.below is None else opt.below - SMALLEST
    if opt.optional:
        # a number_input can be emptied only if its value starts as None; the first value is set through its key
        st.session_state.setdefault(key, value)
        start = None
    else:
        start = None if value is None else kind(value)
    return st.number_input(
        label,
        None if low is None else kind(low),
        None if high is None else kind(high),
        start,
        step=_button_step(value) if kind is float else None,
        format="%g" if kind is float else None,
        key=key,
        help=opt.help,
        placeholder="none",
    )


def field_label(name: str) -> str:
    """Return the label of a field's widget."""
    return LABELS.get(name) or name.replace("_", " ").capitalize()


def _button_step(value: float | None) -> float:
    """Return the change by a widget's + and − buttons: the power of ten below half of the value."""
    return 10.0 ** math.floor(math.log10(value / 2)) if value else 0.1


def _choice_text(choice: object) -> str:
    return "none" if choice is None else str(choice)


def _memory(key: str) -> str:
    """Return the session's key for what was last chosen in a form."""
    return f"{key} chosen"


def _forget_network(key: str) -> None:
    """Drop the chosen network, which fits one size of images only."""
    st.session_state[_memory(key)].pop("network", None)
    st.session_state.pop(f"{key} network", None)
