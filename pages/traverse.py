"""One unit at a time: what does it change?"""

import numpy as np
import streamlit as st

from latent_explorer.canvas import latent_canvas
from latent_explorer.models import canvas_data, measurements, store
from latent_explorer.ui import display_names, figures, file_formats, page, pictures, score_tables, url_state
from vae_core.latent.traversal import traverse

STEPS = 11
VALUES = np.linspace(-3, 3, STEPS, dtype=np.float32)

page.start(
    "Traverse",
    "Each row moves one latent unit and leaves the others where they are; drag a slider, and every row follows.",
    concepts=("traversal", "KL per unit", "active units", "mutual information", "MIG"),
)
name = store.current_model()
model, atlas = store.load_model(name), store.load_atlas(name)
st.caption(display_names.model_summary(model))
CANVAS = f"traverse {name}"
order = atlas.order
units = [int(u) for u in (order[atlas.active[order]] if atlas.active.any() else order)]

# the origin may lie in a hole of q(z), where nothing is decoded well; the real code nearest to it does not
anchor = atlas.mean[np.argmin(np.linalg.norm(atlas.mean, axis=1))]
given = url_state.code(name, model.latent_dim, anchor, CANVAS)
canvas_model = canvas_data.model(name)
condition = (
    None
    if canvas_model.default_condition is None
    else url_state.read_condition(name, len(canvas_model.default_condition), CANVAS)
)
state = latent_canvas(
    canvas_model,
    canvas_data.points(name),
    modes=("condition", "sliders", "matrix") if canvas_model.default_condition is not None else ("sliders", "matrix"),
    z=given,
    condition=condition,
    decode=lambda z, condition: canvas_data.decode_with_condition(name, z, condition),
    key=CANVAS,
)
z = url_state.keep_code(name, state.z, given, CANVAS)
condition = url_state.keep_condition(name, state.condition, condition, CANVAS)

SECTIONS = ["Units", "Scores", "Download"]
section = st.segmented_control("Below", SECTIONS, default="Units", required=True, key="part", bind="query-params")
found = measurements.information(name)
kl = None if model.config.objective.deterministic else atlas.kl.mean(axis=0)
variance = atlas.mean.var(axis=0)


def unit_section() -> None:
    if found is None:
        st.markdown("**How much does each unit carry?**")
        st.plotly_chart(
            figures.unit_table(units, kl, variance, None, ()),
            key="units",
            config=page.PLOTLY_CONFIG,
            alt="KL and variance of each unit",
        )
        return
    information, factors = found
    st.markdown("**Which unit moves this factor?** Look at the rows above, then say, and only then look:")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        factor = st.selectbox("Factor", factors, key="factor", bind="query-params", width=180)
        guess = st.pills("Your unit", [display_names.unit_name(u) for u in units[:12]], key="guess", bind="query-params")
        shown = st.toggle("Show me", key="shown", bind="query-params")
    k = factors.index(factor)
    best = int(np.argmax(information[:, k]))
    if guess:
        mine = next(u for u in units if display_names.unit_name(u) == guess)
        said = f"{guess} tells {information[mine, k]:.2f} nats of *{factor}*"
        if mine == best:
            st.success(f"Yes: {said}, more than any other unit.", icon=":material/check:")
        else:
            st.info(
                f"{said}; {display_names.unit_name(best)} tells more, {information[best, k]:.2f}.", icon=":material/lightbulb:"
            )
    if guess or shown:
        st.plotly_chart(
            figures.unit_table(units, kl, variance, information, factors), key="units", config=page.PLOTLY_CONFIG,
            alt="KL, variance and mutual information with each factor, a row per unit",
        )  # fmt: skip
    else:
        st.plotly_chart(
            figures.unit_table(units, kl, variance, None, ()),
            key="units",
            config=page.PLOTLY_CONFIG,
            alt="KL and variance of each unit",
        )
    dead = model.latent_dim - len(units)
    st.caption(
        f"Over the {len(atlas):,} images of the map; each unit in 20 bins of equal width"
        + (f". {dead} units are switched off and left out." if dead and atlas.active.any() else ".")
    )


def score_section() -> None:
    rows = score_tables.headline_rows(measurements.numbers(name), score_tables.disentanglement_metrics())
    st.markdown("**Does each unit mean one thing?** 1 is best; what each number says depends on its settings.")
    if not rows:
        st.info("None of the disentanglement scores has been measured for this model.", icon=":material/info:")
        st.page_link("pages/evaluate.py", label="Measure them", icon=":material/straighten:")
        return
    st.dataframe(
        {"score": [r[0] for r in rows], "value": [round(r[1], 3) for r in rows], "settings": [r[2] for r in rows]},
        hide_index=True, alt="disentanglement scores with their settings",
    )  # fmt: skip


def download_section() -> None:
    st.markdown("**Take it with you**: rows of the matrix above, from the code under your hand.")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        choice = st.selectbox(
            "Rows", ["all active units", *map(display_names.unit_name, units)], key="rows", bind="query-params", width=200
        )
        scale = st.select_slider("Pixels per pixel", [1, 2, 4, 8], 4, key="pixels", bind="query-params", width=200)
    rows = units[:12] if choice == "all active units" else [u for u in units if display_names.unit_name(u) == choice]
    codes = traverse(z, rows, VALUES)
    if not canvas_data.in_browser(name):
        rows, codes = rows[:1], codes[:1, ::5]
    images = canvas_data.decode_with_condition(name, codes.reshape(-1, model.latent_dim), condition).reshape(
        *codes.shape[:2], *model.shape
    )
    flat = images.reshape(-1, *model.shape)
    preview = pictures.enlarge(pictures.mosaic(flat, codes.shape[1]), max(1, 56 // model.shape[-1]))
    st.image(preview, width="content", alt=f"traversal of {', '.join(map(display_names.unit_name, rows))}")
    st.caption(
        f"{', '.join(map(display_names.unit_name, rows))} from −3 to 3 σ, z = ({url_state.write_code(z)}). {display_names.model_caption(name, model)}."
    )
    with st.container(horizontal=True):
        st.download_button(
            "PNG strip", lambda: file_formats.image_grid_png(flat, codes.shape[1], scale), f"{name}-traversal.png", "image/png",
            on_click="ignore", icon=":material/download:", key="strip",
        )  # fmt: skip
        st.download_button(
            "GIF", lambda: file_formats.gif_bytes(
                [pictures.enlarge(pictures.mosaic(images[:, i], min(6, len(rows))), scale) for i in range(images.shape[1])]
            ), f"{name}-traversal.gif", "image/gif", on_click="ignore", icon=":material/download:", key="gif",
        )  # fmt: skip
        st.download_button(
            "NPZ", lambda: file_formats.arrays_npz(z=codes, images=images), f"{name}-traversal.npz", on_click="ignore",
            icon=":material/download:", key="npz",
        )  # fmt: skip


{"Units": unit_section, "Scores": score_section, "Download": download_section}[section]()
