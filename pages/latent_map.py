"""The aggregate posterior on the plane."""

import numpy as np
import streamlit as st

from latent_explorer import figures, page, pictures, session, words
from vae_core.projection import PROJECTIONS
from vae_core.traversal import plane

page.start("Latent map", "Each point is one training image, at the mean of its posterior q(z|x).")
name = session.current_model()
model, atlas = session.load_model(name), session.load_atlas(name)
st.caption(words.summary(model))

flat = model.latent_dim <= 2
titles = {"pca": "PCA", "umap": "UMAP"}
colourings = {
    "class": atlas.labels is not None,
    **dict.fromkeys(model.about.factor_names, True),
    "KL": True,
    "−log p(x|z)": True,
}
with st.container(horizontal=True, vertical_alignment="bottom"):
    method = "pca"
    if not flat:
        method = st.segmented_control(
            "Projection", list(PROJECTIONS), default="pca", required=True, format_func=titles.get, key="projection",
            bind="query-params",
        )  # fmt: skip
    colouring = st.selectbox(
        "Colour", [c for c, here in colourings.items() if here], key=f"colour {model.about.dataset}", width=220
    )
    settings = {}
    if method == "umap":
        with st.popover("UMAP settings"):
            settings["n_neighbors"] = st.slider("Neighbours", 5, 100, 15, help="Few show fine structure, many the coarse one.")
            settings["min_dist"] = st.slider("Minimal distance", 0.0, 0.99, 0.1, help="How densely points may be packed.")

shipped = method == "umap" and atlas.xy is not None and settings == {"n_neighbors": 15, "min_dist": 0.1}
if shipped:
    xy, note = atlas.xy, "UMAP, 15 neighbours, stored with the model. Distances between groups mean nothing here."
else:
    with st.spinner(
        "Projecting; the first UMAP of a server also compiles, which takes about ten seconds" if settings else "Projecting"
    ):
        projected = session.projection(name, method, **settings)
    xy, note = projected.xy, ""
    if flat:
        note = "The two units themselves, nothing projected; dotted rings are 1, 2 and 3 σ of the prior."
    elif method == "pca":
        note = f"PCA: the plane holds {sum(projected.explained):.0%} of the variance of the means."
    else:
        note = "UMAP: neighbourhoods, not distances, are what it keeps."
    if projected.trustworthiness is not None:
        note += f" Trustworthiness {projected.trustworthiness:.3f} (1 is best)."

colours = {}
if colouring == "class":
    colours = {"classes": atlas.labels, "names": model.about.class_names}
elif colouring == "KL":
    colours = {"values": atlas.kl.sum(axis=1), "value_name": "KL, nats"}
elif colouring == "−log p(x|z)":
    colours = {"values": atlas.nll, "value_name": "−log p(x|z), nats"}
else:
    values = atlas.factors[:, model.about.factor_names.index(colouring)]
    colours = {"values": values.astype(float), "value_name": colouring}

axes = ("z0", "z1") if flat else (("PC 1", "PC 2") if method == "pca" else ("", ""))
left, right = st.columns([3, 2], gap="large")
with left:
    figure = figures.scatter(xy, axes=axes, rings=flat, **colours)
    event = st.plotly_chart(
        figure, on_select="rerun", selection_mode=("lasso", "box", "points"), key=f"map {name} {method}",
        config={"scrollZoom": True, "displaylogo": False}, alt=f"{len(atlas):,} encodings of {name}, coloured by {colouring}",
    )  # fmt: skip
    st.caption(f"{note} {len(atlas):,} images of the training split.")

chosen = np.array([p["customdata"] for p in event["selection"]["points"] if "customdata" in p], dtype=int)
with right:
    if len(chosen):
        st.markdown(f"**{len(chosen):,} images selected**, the first 48 as the model decodes their means:")
        images = session.decode(name, atlas.mean[chosen[:48]])
        st.image(pictures.enlarge(pictures.mosaic(images, 8), 3), width="stretch", alt="decoded selection")
        if atlas.labels is not None:
            counts = np.bincount(atlas.labels[chosen], minlength=len(model.about.class_names))
            st.bar_chart(dict(zip(model.about.class_names, counts)), height=160)
    elif model.latent_dim == 2:
        side, extent = 21, 3.0
        values = np.linspace(-extent, extent, side, dtype=np.float32)
        codes = plane(np.zeros(2), (0, 1), values, values).reshape(-1, 2)
        st.plotly_chart(
            figures.decoded_plane(session.decode(name, codes), side, extent, axes=("z0", "z1")), key="plane",
            config={"displayModeBar": False}, alt=f"what {name} decodes over the plane of its two units",
        )  # fmt: skip
        st.caption(f"The same plane, decoded: {side}×{side} codes from −3 to 3 σ. {words.captioned(name, model)}.")
    else:
        st.markdown("**Which images lie where?** Draw a lasso or a box on the map, and they appear here.")
        rows = np.random.default_rng(0).permutation(len(atlas))[:48]
        st.image(
            pictures.enlarge(pictures.mosaic(session.decode(name, atlas.mean[rows]), 8), 3),
            width="stretch",
            alt="decoded means",
        )
        st.caption(f"48 points of the map, decoded from their means. {words.captioned(name, model)}.")
