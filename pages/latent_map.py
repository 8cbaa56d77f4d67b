"""The aggregate posterior on the plane."""

import numpy as np
import streamlit as st

from latent_explorer import figures, page, pictures, session, words
from latent_explorer.canvas import latent_canvas
from vae_core.projection import PROJECTIONS
from vae_core.traversal import plane

TITLES = {"pca": "PCA", "umap": "UMAP"}
SHOWN = 48

page.start(
    "Latent map",
    "Each point is one training image, at the mean of its posterior q(z|x). Move over the map: what is decoded there?",
)
name = session.current_model()
model, atlas = session.load_model(name), session.load_atlas(name)
st.caption(words.summary(model))

flat, method, settings = model.latent_dim <= 2, "pca", {}
if not flat:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        method = st.segmented_control(
            "Projection", list(PROJECTIONS), default="pca", required=True, format_func=TITLES.get, key="projection",
            bind="query-params",
        )  # fmt: skip
        if method == "umap":
            with st.popover("UMAP settings"):
                settings["n_neighbors"] = st.slider(
                    "Neighbours", 5, 100, 15, help="Few show fine structure, many the coarse one."
                )
                settings["min_dist"] = st.slider("Minimal distance", 0.0, 0.99, 0.1, help="How densely points may be packed.")

with st.spinner("Projecting; the first new UMAP of a server also compiles, which takes about ten seconds"):
    projected = session.projection(name, method, **settings)
    points = session.canvas_points(name, method, **settings)

state = latent_canvas(
    session.canvas_model(name), points, modes=("map",), decode=lambda z: session.decode(name, z), key=f"map {name} {method}"
)
if flat:
    note = "The units themselves, nothing projected."
elif method == "pca":
    note = f"The plane holds {sum(projected.explained):.0%} of the variance of the means."
else:
    note = "UMAP keeps neighbourhoods; distances between groups mean nothing."
if projected.trustworthiness is not None:
    note += f" Trustworthiness {projected.trustworthiness:.3f} (1 is best)."
st.caption(f"{note} {len(atlas):,} images of the training split.")

chosen = state.selected
if chosen is not None and len(chosen):
    st.markdown(f"**{len(chosen):,} images selected**, the first {min(SHOWN, len(chosen))} as the model decodes their means:")
    images = session.decode(name, atlas.mean[chosen[:SHOWN]])
    st.image(pictures.enlarge(pictures.mosaic(images, 16), 3), width="stretch", alt="decoded selection")
    if atlas.labels is not None:
        counts = np.bincount(atlas.labels[chosen], minlength=len(model.about.class_names))
        figure = figures.counts(dict(zip(model.about.class_names, counts.tolist())))
        st.plotly_chart(figure, key="counts", config={"displayModeBar": False}, alt="selected images per class")
elif model.latent_dim == 2:
    side, extent = 21, 3.0
    values = np.linspace(-extent, extent, side, dtype=np.float32)
    codes = plane(np.zeros(2), (0, 1), values, values).reshape(-1, 2)
    st.plotly_chart(
        figures.decoded_plane(session.decode(name, codes), side, extent, axes=("z1", "z2")), key="plane",
        config={"displayModeBar": False}, alt=f"what {name} decodes over the plane of its two units",
    )  # fmt: skip
    st.caption(f"The same plane, decoded: {side}×{side} codes from −3 to 3 σ. {words.captioned(name, model)}.")
else:
    st.markdown("**Which images lie where?** Draw a lasso on the map, and what it holds appears here.")
    rows = np.random.default_rng(0).permutation(len(atlas))[:SHOWN]
    images = session.decode(name, atlas.mean[rows])
    st.image(pictures.enlarge(pictures.mosaic(images, 16), 3), width="stretch", alt="decoded means")
    st.caption(f"{len(rows)} points of the map, decoded from their means. {words.captioned(name, model)}.")
