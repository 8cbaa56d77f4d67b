"""Models that differ in nothing but their seed: mean and standard deviation of each number."""

import numpy as np
import streamlit as st

from latent_explorer import models
from vae_core.analysis import unit_matching

COLUMNS = {"ELBO, nats": "elbo", "rate, nats": "rate", "distortion, nats": "distortion", "active": "active_units"}


def show_seeds(names: list[str]) -> None:
    """Draw a table with a row per group of models that differ in their seed alone."""
    st.markdown("**Is a difference larger than chance?** Models that differ only in their seed show how much chance does.")
    readable = {model.name: model for model in models.open_readable(names)[0]}
    groups = unit_matching.seed_groups({name: model.config.to_json() for name, model in readable.items()})
    if not groups:
        st.info(
            "No two models here differ in their seed alone. Train one again with another seed, and its spread appears here.",
            icon=":material/info:",
        )
        st.page_link("pages/train.py", label="Train one", icon=":material/play_circle:")
        return
    table: dict[str, list] = {"models": [], "seeds": []} | {column: [] for column in COLUMNS}
    for members in groups.values():
        measured = [elbo for name in members if (elbo := readable[name].measurements.values("elbo"))]
        table["models"].append(", ".join(members))
        table["seeds"].append(len(members))
        for column, key in COLUMNS.items():
            table[column].append(_spread(np.array([elbo[key] for elbo in measured], dtype=float)))
    st.dataframe(table, hide_index=True, alt="mean and standard deviation across seeds")
    st.caption(
        "Mean ± standard deviation across seeds. A difference between two rows below about twice that may well be chance."
    )


def _spread(values: np.ndarray) -> str:
    """Format mean ± sample standard deviation."""
    if not len(values):
        return "not measured"
    deviation = values.std(ddof=1) if len(values) > 1 else 0
    return f"{values.mean():.2f} ± {deviation:.2f}".replace("-", "−")
