"""Lesson: how much distances on a UMAP tell about distances between latent codes."""

from functools import partial

import streamlit as st

from latent_explorer.course import lesson_page
from latent_explorer.course.lessons import umap
from latent_explorer.course.lessons.ground_truth import labels_of
from latent_explorer.course.parameters import UMAP
from latent_explorer.models import Model, projection_cache, umap_progress
from latent_explorer.ui import display_names, page, widgets
from vae_core.latent import projection
from vae_core.latent.projection import Projection, trustworthiness_of

FIRST = "UMAP, 15 neighbours, minimal distance 0.1"  # title of the UMAP that is stored with the model


def first_umap(model: Model) -> Projection:
    """Return the UMAP that is stored with the model; if it has none, show the progress of computing it."""
    drawn = umap_progress.umap(model, projection_cache.UMAP_SHIPPED, widget="first")
    if drawn is None:
        st.stop()
    return drawn


def second_umap(model: Model) -> tuple[str, Projection | None]:
    """Ask for the settings of another UMAP; return its title and the projection, None while it is computed."""
    with st.container(horizontal=True):
        neighbours = widgets.slider(UMAP.NEIGHBOURS, "Neighbours", width=260)
        distance = widgets.slider(UMAP.DISTANCE, "Minimal distance", width=260)
        seed = widgets.number_input(UMAP.SEED, "Seed", high=99, width=120)
    settings = {"n_neighbors": neighbours, "min_dist": distance, "seed": seed}
    title = f"UMAP, {neighbours} neighbours, minimal distance {distance:g}"
    return title, umap_progress.umap(model, settings, widget=UMAP.SECOND.key)


def identify(title: str, drawn: Projection) -> str:
    """Return a cache key of a projection: a sketch and its refined map differ in their coordinates."""
    return f"{title}, {float(drawn.xy[0, 0])}, {float(drawn.xy[-1, 1])}"


lesson = lesson_page.start("umap", UMAP)
(model,) = lesson_page.open_models("mnist-10")
labels = labels_of(model.atlas)

guess = lesson_page.ask_for_guess(
    UMAP.GUESS, "A UMAP draws the latent codes, of ten units each, in the plane. Which of these does it preserve best?"
)

# two maps of the same latent codes
maps = {FIRST: first_umap(model)}
second = None
if widgets.toggle(UMAP.SECOND, "A second UMAP of the same latent codes, instead of PCA"):
    title, second = second_umap(model)
    if second is not None:
        maps[title] = second
if second is None:
    maps["PCA"] = model.plane
figure = model.shared(
    f"lesson umap: maps, {'; '.join(identify(title, drawn) for title, drawn in maps.items())}",
    partial(umap.projections_figure, maps, labels, model.about.class_names),
)
st.plotly_chart(
    figure, key="maps", config=page.PLOTLY_CONFIG, alt=f"the latent codes of {model.name} on two maps: {' and '.join(maps)}"
)
agreements = {
    title: lesson_page.measure(
        (model,), f"umap, agreement of {identify(title, drawn)}", umap.measure_agreement, model.atlas.mean, labels, drawn
    )
    for title, drawn in maps.items()
}
if lesson_page.guessed(guess, "How well each map preserves distances"):
    st.plotly_chart(
        umap.agreement_figure(agreements), key="bars", config=page.PLOTLY_CONFIG, alt="how well each map preserves distances"
    )
    st.caption(
        "Spearman's rank correlation ρ of distances on the map with distances between the latent codes: from each of "
        f"{umap.ANCHORS} points to its {umap.NEIGHBOURS} nearest latent codes, and between the ten class centres. "
        "Trustworthiness is 1 at best and about ½ for noise, where ρ is 0."
    )
st.caption(
    f"{len(model.atlas):,} latent codes of ten units, {umap.SHOWN:,} shown; {display_names.model_caption(model)}."
    f"{'' if second is None else umap_progress.sketch_note(second)}"
)

# the answer
of_first = agreements[FIRST]
preserved = dict(zip(UMAP.ANSWERS, (of_first.trustworthiness or 0.0, of_first.neighbours, of_first.centres)))
answer = max(UMAP.ANSWERS, key=preserved.__getitem__)
lesson_page.show_verdict(
    guess,
    answer,
    f"{answer.capitalize()}: the trustworthiness is {preserved[UMAP.ANSWERS[0]]:.2f}. For which of the nearest neighbours is "
    f"nearer, ρ = {of_first.neighbours:.2f}; for how far the classes lie apart, ρ = {of_first.centres:.2f}. An identical order "
    "would have ρ = 1.",
)

# the formula
st.markdown(
    r"""UMAP (McInnes et al. 2018, arXiv 1802.03426) first turns distances into a graph of neighbours, in which each point has
its own unit of length $\sigma_i$, and then lays the graph out in the plane:

$$
\begin{aligned}
p_{j|i} &= \exp\!\Big(-\frac{d(z_i, z_j) - \rho_i}{\sigma_i}\Big) \\[0.4em]
w_{ij} &= \frac{1}{1 + a \|y_i - y_j\|^{2b}} \\[0.4em]
\min_y &\sum_{ij} \Big[ p_{ij} \log\frac{p_{ij}}{w_{ij}} \\
&\quad + (1 - p_{ij}) \log\frac{1 - p_{ij}}{1 - w_{ij}} \Big]
\end{aligned}
$$

Here $\rho_i$ (not Spearman's ρ) is the distance to the nearest neighbour, $p_{ij}$ combines $p_{j|i}$ and $p_{i|j}$, $y_i$ is
the position on the map, and $a$ and $b$ follow from the minimal distance. Because every point has its own unit of length, dense
and sparse regions look alike: **the sizes of groups mean nothing**, and the axes have no unit. The gaps between groups come
from the repulsion in the second term, and from the settings. You can read from the map which points are neighbours:
trustworthiness (Venna & Kaski 2001) is lower for each neighbour on the map that is not a neighbour by its latent code. A rank
correlation between class centres tells how much more you can read from this map."""
)
lesson_page.show_code(umap.measure_agreement, umap.neighbour_correlation, trustworthiness_of, projection.umap)
lesson_page.link_to_try(
    "compare other settings side by side, and select points", "pages/latent_map.py", model=model.name, projection="UMAP",
    tab="Projection",
)  # fmt: skip
lesson_page.end(lesson)
