"""The units of each model, and the units of two models matched by what they encode."""

import numpy as np
import streamlit as st

from latent_explorer.models import Model
from latent_explorer.ui import display_names, figures, page, widgets
from latent_explorer.ui.image_grid import show_images
from latent_explorer.ui.state import Compare
from vae_core.analysis import unit_matching
from vae_core.latent.traversal import traverse

VALUES = np.linspace(-2.5, 2.5, 9, dtype=np.float32)
MAX_PAIRS = 8
MIN_SHARED = 20  # images that two atlases must share


def show_units(chosen: list[Model]) -> None:
    """Draw the KL of each model's units, then the units of two models matched to each other."""
    st.markdown("**How many units does each use?**")
    unit_kl = {model.name: model.atlas.kl.mean(axis=0) for model in chosen if not model.deterministic}
    if unit_kl:
        figure = figures.kl_bars(unit_kl, height=300)
        st.plotly_chart(figure, key="bars", config=page.PLOTLY_CONFIG, alt="KL per unit of each model")
        st.caption("Mean KL of each unit to N(0, 1) over the training images of the map, each model's units sorted.")
    if len(chosen) < 2:
        st.info("Choose a second model to match its units.", icon=":material/info:")
        return
    by_name = {model.name: model for model in chosen}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        one = widgets.selectbox(Compare.ROWS_FOLLOW, "Rows follow", list(by_name), width=240)
        two = widgets.selectbox(Compare.MATCHED, "Matched to them", [name for name in by_name if name != one], width=240)
    _show_matching(by_name[one], by_name[two])


def _show_matching(one: Model, two: Model) -> None:
    rows_one, rows_two = unit_matching.shared_rows(one.atlas, two.atlas)
    if len(rows_one) < MIN_SHARED:
        st.info("These two maps share too few images to match units by.", icon=":material/info:")
        return
    table = unit_matching.unit_correlations(one.atlas.mean[rows_one], two.atlas.mean[rows_two])
    units_one, units_two = _units(one), _units(two)
    matched = unit_matching.match_units(table[np.ix_(units_one, units_two)])
    pairs = [(units_one[i], units_two[j]) for i, j in matched][:MAX_PAIRS]

    st.markdown(
        "**Do both models find the same factors?** Each row shows a pair of units; a negative r reverses the second one."
    )
    if one.in_browser and two.in_browser:
        # both start from the image whose code is nearest to the first model's origin
        row = int(np.argmin(np.linalg.norm(one.atlas.mean[rows_one], axis=1)))
        anchors = one.atlas.mean[rows_one[row]], two.atlas.mean[rows_two[row]]
        for i, j in pairs:
            _show_pair(one, two, (i, j), anchors, table[i, j])
    else:
        st.caption("One of the two generates images pixel by pixel, so only the correlations are shown.")
    names_one = [display_names.unit_name(i) for i, _ in pairs]
    names_two = [f"{display_names.unit_name(j)} " for _, j in pairs]
    matched_table = np.abs(table[np.ix_([i for i, _ in pairs], [j for _, j in pairs])])
    st.plotly_chart(
        figures.heat_map(matched_table, names_one, names_two), key="pairs", config=page.PLOTLY_CONFIG,
        alt=f"absolute correlation of the units of {one.name} and {two.name}, matched",
    )  # fmt: skip
    st.caption(
        f"|r| over {len(rows_one):,} shared images; rows {one.name}, columns {two.name}. Matched units are on the diagonal: "
        "a dark cell beside it is shared between units."
    )


def _units(model: Model) -> list[int]:
    """Active units, else the one with the largest KL."""
    return model.units if model.atlas.active.any() else model.units[:1]


def _show_pair(one: Model, two: Model, pair: tuple[int, int], anchors: tuple[np.ndarray, np.ndarray], r: float) -> None:
    """Traverse both units of a pair side by side, the second reversed if the correlation is negative."""
    names = [f"{one.name} {display_names.unit_name(pair[0])}"]
    names.append(f"{two.name} {'−' if r < 0 else ''}{display_names.unit_name(pair[1])}, r = {display_names.number_text(r, 2)}")
    directions = (1, np.sign(r) or 1)
    columns = st.columns(2, gap="medium")
    for column, model, unit, anchor, direction, name in zip(columns, (one, two), pair, anchors, directions, names):
        images = model.decode(traverse(anchor, [unit], direction * VALUES)[0])
        with column:
            scale = max(1, 64 // images.shape[-1])
            alt = f"{model.name} along {display_names.unit_name(unit)}"
            show_images(images, len(VALUES), scale=scale, width="stretch", alt=alt)
            st.caption(name)
