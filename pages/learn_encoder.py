"""Why does the encoder say two numbers for each unit? Where the code is, and how exactly that matters."""

import numpy as np
import streamlit as st

from latent_explorer.canvas import latent_canvas
from latent_explorer.course import lesson_page
from latent_explorer.course.lessons import encoder
from latent_explorer.models import canvas_data, store
from latent_explorer.ui import display_names, page, pictures
from vae_core.common.seeds import rng
from vae_core.latent.gaussian import split_kl
from vae_core.parts.posterior import Posterior

NAME = "mnist-2"
ANSWERS = ("about 1", "about a third", "below a tenth")

here = lesson_page.start("encoder")
lesson_page.needs(NAME)
model, atlas = store.load_model(NAME), store.load_atlas(NAME)

guess = lesson_page.predict(
    "For an image the encoder says a Gaussian, the posterior q(z|x). The prior's standard deviation is 1. What is the "
    "posterior's, for a typical image, in each unit?", ANSWERS
)  # fmt: skip

st.markdown("#### Your digit")
st.markdown("Draw with a finger or the mouse: the encoder answers while you draw, and the posterior moves over the map.")
latent_canvas(
    canvas_data.model(NAME), canvas_data.points(NAME, examples=True), modes=("draw", "map"),
    decode=lambda z, condition: canvas_data.decode_with_condition(NAME, z, condition), key="lesson encoder",
)  # fmt: skip

st.markdown("#### Two numbers, and their price")
found = store.drawn(
    f"widths {NAME}", (model.step, len(atlas)), lambda: store.on_thread(encoder.widths, atlas.mean, atlas.std, atlas.labels)
)
with st.container(horizontal=True, vertical_alignment="bottom"):
    row = st.number_input(
        "Image of the map", 0, len(atlas) - 1, int(np.argmax(found.clear)), key="image", bind="query-params", width=160
    )
    spread = st.slider("Draw 12 codes, in posterior σ", 0.0, 20.0, 1.0, 0.5, key="spread", bind="query-params", width=320)
mean, std = atlas.mean[row], atlas.std[row]
epsilon = rng(0, "encoder").standard_normal((12, model.latent_dim)).astype(np.float32)
left, right_side = st.columns([2, 3])
with left:
    st.markdown(store.on_thread(encoder.two_numbers, mean, std))
    st.image(
        pictures.enlarge(pictures.mosaic(store.decode(NAME, mean + spread * std * epsilon), 6), 3), width="stretch",
        alt=f"twelve decoded draws around the code of image {row}",
        caption=f"z = μ + {spread:g} · σ · ε, decoded. The image was a {atlas.labels[row]}.",
    )  # fmt: skip
right_side.plotly_chart(
    encoder.cloud(found, row), key="widths", config=page.PLOTLY_CONFIG,
    alt="width of the posterior over the distance of the code from the origin, for images with clear and with mixed neighbours",
)  # fmt: skip
median = float(np.median(found.width))
narrow = float((atlas.std < 0.1).mean())
st.caption(
    f"Width: the geometric mean of σ over the {model.latent_dim} units. Around an image, of its {encoder.NEIGHBOURS} nearest "
    f"codes, at least {encoder.CLEAR:.0%} have its label (blue) or at most {encoder.MIXED:.0%} (orange). "
    f"{len(atlas):,} training images; {display_names.model_caption(NAME, model)}."
)

right = ANSWERS[2] if median < 0.1 else ANSWERS[1] if median < 0.6 else ANSWERS[0]
lesson_page.verdict(
    guess, right, f"{right.capitalize()}: the median width is {median:.3f}, and {narrow:.0%} of all σ are below 0.1. Narrow is "
    f"dear: of the {found.place_kl + found.width_kl:.1f} nats that an image pays on average, {found.width_kl:.1f} are for σ."
)  # fmt: skip

st.markdown(
    rf"""For an image $x$ the encoder says a mean $\mu$ and a width $\sigma$ for each unit: not one code, but a small cloud of
codes that all should decode to $x$ (Kingma & Welling 2014, arXiv 1312.6114):

$$
q(z|x) = \prod_j \mathcal N\big(z_j;\, \mu_j(x), \sigma_j(x)^2\big)
$$

Both numbers have a price, the KL to the prior, which follows from them alone:

$$
\mathrm{{KL}}_j = \tfrac12 \mu_j^2 + \tfrac12\big(\sigma_j^2 - 1 - \log \sigma_j^2\big)
$$

A small $\sigma$ says: a small step from here changes the image. A large one says: anything around here will do, and it is
cheaper. Where $\sigma$ is small, a tenth of the width costs $\log 10 \approx 2.3$ nats more.

Does a wide posterior mean a doubtful digit? Only a little: at the same distance from the origin, images among mixed labels
are {found.ratio:.2f} times as wide as clear ones. The place matters more: the outermost fifth of the codes is
{found.outward:.1f} times as wide as the innermost (rank correlation of width and $|\mu|$: {found.rank_correlation:.2f}). Near
the origin codes lie close together, and only exact ones are told apart; further out there is room. $\sigma$ says how exactly
the *code* matters, not whether the *class* is sure."""
)
lesson_page.code(Posterior.kl, split_kl, encoder.same_distance_ratio)
lesson_page.try_it(
    "an image through the code, with its KL unit by unit", "pages/reconstruct.py", model=NAME, image="Made by the model"
)
lesson_page.end(here)
