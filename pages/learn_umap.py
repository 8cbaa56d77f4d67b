"""Which distances on a UMAP mean something?"""

import streamlit as st

from latent_explorer import models
from latent_explorer.course import lesson_page
from latent_explorer.course.lessons import umap
from latent_explorer.models import projection_cache, store, umap_progress
from latent_explorer.ui import display_names, page
from vae_core.latent.projection import trustworthiness_of
from vae_core.latent.projection import umap as draw

NAME = "mnist-10"
ANSWERS = ("who is a neighbour", "which neighbour is nearer", "how far classes lie apart")

here = lesson_page.start("umap")
lesson_page.needs(NAME)
model, atlas = store.load_model(NAME), store.load_atlas(NAME)
shipped, flat = models.open(NAME).umap(**projection_cache.UMAP_SHIPPED), projection_cache.plane(NAME)

guess = lesson_page.predict("What does a UMAP of ten units keep best of the codes?", ANSWERS)

second = None
if st.toggle("A second UMAP of the same codes, instead of PCA", key="second", bind="query-params"):
    with st.container(horizontal=True):
        settings = {
            "n_neighbors": st.slider("Neighbours", 5, 100, 50, 5, key="neighbours", bind="query-params", width=260),
            "min_dist": st.slider("Minimal distance", 0.0, 0.9, 0.5, 0.1, key="distance", bind="query-params", width=260),
            "seed": int(st.number_input("Seed", 0, 99, 1, key="umapseed", bind="query-params", width=120)),
        }
    second = umap_progress.umap(models.open(NAME), settings, widget="second")

first = "UMAP, 15 neighbours, minimal distance 0.1"
maps = {first: shipped}
if second is None:
    maps["PCA"] = flat
else:
    maps[f"UMAP, {settings['n_neighbors']} neighbours, minimal distance {settings['min_dist']:g}"] = second
stamp = (model.step, *(float(plane.xy[0, 0]) for plane in maps.values()))
st.plotly_chart(
    store.drawn(f"maps {tuple(maps)}", stamp, lambda: umap.maps(maps, atlas.labels, model.about.class_names)), key="maps",
    config=page.PLOTLY_CONFIG, alt=f"the codes of {NAME} on two maps: {' and '.join(maps)}",
)  # fmt: skip
found = {
    title: store.drawn(
        f"agreement {NAME} {title}", (model.step, float(plane.xy[0, 0]), float(plane.xy[-1, 1])),
        lambda plane=plane: umap.agreement(atlas.mean, atlas.labels, plane),
    )
    for title, plane in maps.items()
}  # fmt: skip
if not lesson_page.withhold(guess, "What each map keeps of the codes' distances comes"):
    st.plotly_chart(
        umap.bars(found), key="bars", config=page.PLOTLY_CONFIG, alt="what each of the maps keeps of the codes' distances"
    )
    st.caption(
        f"Spearman's rank correlation of distances on the map with distances of the codes: of {umap.ANCHORS} points to their "
        f"{umap.NEAR} nearest codes, and between the ten class centres. Trustworthiness is 1 at best and near ½ for noise, "
        "where a ρ is 0."
    )
st.caption(
    f"{len(atlas):,} codes of ten units, {umap.SHOWN:,} shown; {display_names.model_caption(NAME, model)}."
    f"{'' if second is None else umap_progress.sketch_note(second)}"
)

here_is = found[first]
kept = {ANSWERS[0]: here_is.trust, ANSWERS[1]: here_is.near, ANSWERS[2]: here_is.centres}
right = max(kept, key=kept.get)
lesson_page.verdict(
    guess, right, f"{right.capitalize()}: trustworthiness is {here_is.trust:.2f}. Which of the nearest is nearer: ρ = "
    f"{here_is.near:.2f}; how far the classes lie apart: ρ = {here_is.centres:.2f}, 1 would be the same order."
)  # fmt: skip

st.markdown(
    r"""UMAP (McInnes et al. 2018, arXiv 1802.03426) first turns distances into a graph of neighbours, each point measured by
its own yardstick $\sigma_i$, then lays the graph out in the plane:

$$
\begin{aligned}
p_{j|i} &= \exp\!\Big(-\frac{d(z_i, z_j) - \rho_i}{\sigma_i}\Big) \\[0.4em]
w_{ij} &= \frac{1}{1 + a \|y_i - y_j\|^{2b}} \\[0.4em]
\min_y &\sum_{ij} \Big[ p_{ij} \log\frac{p_{ij}}{w_{ij}} \\
&\quad + (1 - p_{ij}) \log\frac{1 - p_{ij}}{1 - w_{ij}} \Big]
\end{aligned}
$$

Here $\rho_i$, not Spearman's, is the distance to the nearest neighbour; $p_{ij}$ joins $p_{j|i}$ and $p_{i|j}$; $y_i$ is the
place on the map, and $a$ and $b$ follow from the minimal distance. Since every point has a yardstick of its own, dense and thin
places look alike: **sizes of groups mean nothing**, and the axes have no unit. Gaps between groups come from the pushing of the
second term, and from the settings. What can be read is who lies beside whom: trustworthiness (Venna & Kaski 2001) takes off
for each neighbour on the map that is none by its code. A rank correlation between centres tells how much more may be read, for
this map."""
)
lesson_page.code(umap.agreement, umap.near, trustworthiness_of, draw)
lesson_page.try_it(
    "other settings, side by side, with a lasso", "pages/latent_map.py", model=NAME, projection="UMAP", tab="Projection"
)
lesson_page.end(here)
