"""One unit at a time: what does it change?"""

import numpy as np
import streamlit as st

from latent_explorer import figures, page, pictures, session, words
from vae_core.traversal import traverse

STEPS, EXTENT = 11, 3.0

page.start("Traverse", "Each row moves one latent unit from −3 σ to 3 σ of the prior and leaves the others where they are.")
name = session.current_model()
model, atlas = session.load_model(name), session.load_atlas(name)
st.caption(words.summary(model))
order, unit_kl, active = atlas.order, atlas.kl.mean(axis=0), atlas.active


def key(unit: int) -> str:
    return f"z {name} {unit}"


def put(code: np.ndarray) -> None:
    """Set every slider at once."""
    for unit, value in enumerate(np.clip(code, -EXTENT, EXTENT)):
        st.session_state[key(unit)] = float(value)


def put_real() -> None:
    """The posterior mean of some training image."""
    st.session_state["real"] = st.session_state.get("real", -1) + 1
    put(atlas.mean[np.random.default_rng(st.session_state["real"]).integers(len(atlas))])


def put_random() -> None:
    """A code drawn from the model's own prior."""
    st.session_state["draw"] = st.session_state.get("draw", -1) + 1
    put(session.load_model(name).sample_codes(1, seed=st.session_state["draw"])[0])


left, right = st.columns([2, 3], gap="large")
with left:
    shown = st.empty()
    with st.container(horizontal=True):
        st.button("Origin", on_click=put, args=(np.zeros(model.latent_dim),), icon=":material/restart_alt:")
        st.button("Random", on_click=put_random, icon=":material/casino:", help="A code drawn from the model's own prior.")
        st.button("Real image", on_click=put_real, icon=":material/image:", help="The posterior mean of a training image.")
    z = np.zeros(model.latent_dim, dtype=np.float32)

    def slider(unit: int) -> None:
        st.session_state.setdefault(key(unit), 0.0)
        label = f"z{unit} · {unit_kl[unit]:.2f} nats"
        z[unit] = st.slider(label, -EXTENT, EXTENT, step=0.05, key=key(unit), persist_state="session")

    for unit in order[active[order]]:
        slider(unit)
    if dead := [unit for unit in order if not active[unit]]:
        with st.expander(f"{len(dead)} inactive: their mean hardly varies over the data (Var < 0.01)"):
            for unit in dead:
                slider(unit)
image = session.decode(name, z)
with shown.container():
    st.image(pictures.enlarge(pictures.mosaic(image, 1), max(1, 256 // model.shape[-1])), width=256, alt="the decoded code")
    radius = np.linalg.norm(z)
    typical = f"codes of the prior lie near √{model.latent_dim} = {model.latent_dim**0.5:.2f}"
    st.caption(f"‖z‖ = {radius:.2f}; {typical}. {words.captioned(name, model)}.")

with right:
    units = order[active[order]] if active.any() else order
    values = np.linspace(-EXTENT, EXTENT, STEPS, dtype=np.float32)
    codes = traverse(z, units, values).reshape(-1, model.latent_dim)
    figure = figures.image_matrix(
        session.decode(name, codes),
        STEPS,
        row_names=[f"z{u}" for u in units],
        column_names=[f"{v:+.1f}" if v else "0" for v in values],
        x_title="value of the row's unit, in σ of the prior",
        cell=56,
    )
    st.plotly_chart(figure, key="matrix", config={"displayModeBar": False}, alt=f"traversals of {len(units)} units of {name}")
    st.caption("Rows by KL, the busiest unit first. The other units stay where the sliders are.")
    if model.about.factor_names and atlas.factors is not None:
        st.markdown("**Which unit moves which factor?** Look at the rows first, then compare:")
        with st.expander("Correlation of each unit's mean with each factor"):
            factors = atlas.factors.astype(float)
            table = np.abs(np.corrcoef(atlas.mean.T, factors.T)[: model.latent_dim, model.latent_dim :])[units]
            st.plotly_chart(
                figures.heat_map(table, [f"z{u}" for u in units], list(model.about.factor_names), "|r|"), key="factors",
                config={"displayModeBar": False}, alt="correlation of units with factors",
            )  # fmt: skip
            st.caption(
                "Absolute linear correlation over the map's images. Orientation turns round, and the square and the ellipse "
                "look the same after half a turn, so a linear measure sees little of it."
            )
