"""One unit at a time: what does it change?"""

import numpy as np
import streamlit as st

from latent_explorer import figures, page, session, words
from latent_explorer.canvas import latent_canvas

page.start(
    "Traverse", "Each row moves one latent unit and leaves the others where they are; drag a slider, and every row follows."
)
name = session.current_model()
model, atlas = session.load_model(name), session.load_atlas(name)
st.caption(words.summary(model))

# the origin may lie in a hole of q(z), where nothing is decoded well; the real code nearest to it does not
anchor = atlas.mean[np.argmin(np.linalg.norm(atlas.mean, axis=1))]
latent_canvas(
    session.canvas_model(name),
    session.canvas_points(name, "pca"),
    modes=("sliders", "matrix"),
    z=anchor,
    decode=lambda z: session.decode(name, z),
    key=f"traverse {name}",
)

if model.about.factor_names and atlas.factors is not None:
    st.markdown("**Which unit moves which factor?** Look at the rows first, then compare:")
    with st.expander("Correlation of each unit's mean with each factor"):
        order = atlas.order
        units = order[atlas.active[order]] if atlas.active.any() else order
        factors = atlas.factors.astype(float)
        table = np.abs(np.corrcoef(atlas.mean.T, factors.T)[: model.latent_dim, model.latent_dim :])[units]
        figure = figures.heat_map(table, [words.unit(u) for u in units], list(model.about.factor_names), "|r|")
        st.plotly_chart(figure, key="factors", config={"displayModeBar": False}, alt="correlation of units with factors")
        st.caption(
            "Absolute linear correlation over the map's images. Orientation turns round, and the square and the ellipse "
            "look the same after half a turn, so a linear measure sees little of it."
        )
