"""Models side by side: the same images, the same seed."""

import numpy as np
import streamlit as st

from latent_explorer import figures, page, pictures, session, words

page.start("Compare", "The same images through each model, and samples drawn with the same seed.")
names = session.some_models()

by_data: dict[str, list[str]] = {}
for name in names:
    by_data.setdefault(session.load_model(name).about.dataset, []).append(name)
# first what can be shown whole: data whose images are on this machine
datasets = sorted(by_data, key=lambda d: (session.images_or_none(by_data[d][0], "test") is None, -len(by_data[d]), d))
with st.container(horizontal=True, vertical_alignment="bottom"):
    dataset = st.selectbox(
        "Data", datasets, key="compare data", width=200, help="Only models of the same images can be compared."
    )
    chosen = st.multiselect(
        "Models", by_data[dataset], default=by_data[dataset][:4], max_selections=4, key=f"compare {dataset}"
    )
    seed = st.number_input("Seed", 0, 9999, 0, key="compare seed", width=120, help="Decides the inputs and the samples.")
if not chosen:
    st.info("Choose one or more models above.", icon=":material/info:")
    st.stop()

models = {name: session.load_model(name) for name in chosen}
scale = max(2, 84 // models[chosen[0]].shape[-1])
held_out = session.images_or_none(chosen[0], "test")
rows = None if held_out is None else np.random.default_rng(seed).permutation(len(held_out))[:8]
if rows is not None:
    st.markdown("**Inputs**, held out from training")
    st.image(pictures.enlarge(pictures.mosaic(held_out.images[rows], 8), scale), width=560, alt="eight held-out images")
else:
    st.caption(
        f"The {dataset} images are not on this machine, so nothing is reconstructed here; the README says how to fetch them."
    )

columns = st.columns(max(2, len(chosen)), gap="large")
for column, (name, model) in zip(columns, models.items()):
    with column:
        st.subheader(name, anchor=False)
        st.caption(words.objective(model.config) + f", {model.latent_dim} units, step {model.step:,}")
        if rows is not None:
            x = held_out.images[rows]
            mean, _ = session.encode(name, x)
            reconstruction = session.decode(name, mean)
            error = np.mean((reconstruction - x / 255) ** 2)
            st.image(
                pictures.enlarge(pictures.mosaic(reconstruction, 4), scale), width="stretch", alt=f"reconstructions by {name}"
            )
            st.caption(f"Reconstructions, mean squared error {error:.4f} per pixel")
        samples = session.samples(name, 16, seed=int(seed))
        st.image(pictures.enlarge(pictures.mosaic(samples, 4), scale), width="stretch", alt=f"samples of {name}")
        st.caption("Samples from its own prior")

points = {}
for name in chosen:
    if elbo := session.numbers(name).get("elbo", {}).get("values"):
        points[name] = (elbo["rate"], elbo["distortion"])
left, right = st.columns(2, gap="large")
with left:
    st.markdown("**Where the nats go**: a little more code, a little less error")
    if points:
        st.plotly_chart(
            figures.rate_distortion(points), key="rd", config={"displayModeBar": False}, alt="rate against distortion"
        )
        st.caption("Held-out images; a dotted line joins all pairs of the same ELBO = −(rate + distortion).")
    else:
        st.info("None of these models has been measured: `python -m vae_core evaluate`.", icon=":material/info:")
with right:
    st.markdown("**How many units does each use?**")
    unit_kl = {name: session.load_atlas(name).kl.mean(axis=0) for name in chosen}
    st.plotly_chart(figures.kl_bars(unit_kl, height=360), key="bars", config={"displayModeBar": False}, alt="KL per unit")
    st.caption("Mean KL of each unit to N(0, 1) over the training images of the map.")
