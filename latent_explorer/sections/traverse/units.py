"""The units in numbers: KL, variance and mutual information with each factor, after the reader's own guess."""

import numpy as np
import streamlit as st

from latent_explorer.models import Model
from latent_explorer.ui import display_names, figures, page, widgets
from latent_explorer.ui.state import Traverse

MAX_PILLS = 12  # units to guess from


def show_units(model: Model) -> None:
    """Draw the table of units; with known factors a question comes first."""
    known = model.measurements.information
    if known is None:
        st.markdown("**How much information does each unit carry?**")
        _table(model, None, ())
        return
    information, factors = known
    units = model.units

    # the question: which unit moves this factor?
    st.markdown("**Which unit moves this factor?** Look at the rows above, choose a unit, then compare with the numbers:")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        factor = widgets.selectbox(Traverse.FACTOR, "Factor", factors, width=180)
        names = [display_names.unit_name(unit) for unit in units[:MAX_PILLS]]
        guess = widgets.optional_choice(Traverse.GUESS, "Your unit", names, pills=True)
        shown = widgets.toggle(Traverse.SHOWN, "Show me")
    if guess:
        _verdict(guess, units[names.index(guess)], information[:, factors.index(factor)], factor)

    # the numbers, once there is a guess
    if guess or shown:
        _table(model, information, factors)
    else:
        _table(model, None, ())
    inactive = model.latent_dim - len(units)
    note = f". {inactive} inactive units are left out." if inactive and model.atlas.active.any() else "."
    st.caption(f"Over the {len(model.atlas):,} images of the map; each unit in 20 bins of equal width{note}")


def _verdict(guess: str, unit: int, information: np.ndarray, factor: str) -> None:
    """Compare the guessed unit with the one of the largest mutual information."""
    best = int(np.argmax(information))
    carries = f"{guess} carries {information[unit]:.2f} nats about *{factor}*"
    if unit == best:
        st.success(f"Yes: {carries}, more than any other unit.", icon=":material/check:")
    else:
        text = f"{carries}; {display_names.unit_name(best)} carries more, {information[best]:.2f}."
        st.info(text, icon=":material/lightbulb:")


def _table(model: Model, information: np.ndarray | None, factors: tuple[str, ...]) -> None:
    kl = None if model.deterministic else model.atlas.kl.mean(axis=0)
    variance = model.atlas.mean.var(axis=0)
    alt = "KL and variance of each unit"
    if information is not None:
        alt = "KL, variance and mutual information with each factor, a row per unit"
    figure = figures.unit_table(model.units, kl, variance, information, factors)
    st.plotly_chart(figure, key="units", config=page.PLOTLY_CONFIG, alt=alt)
