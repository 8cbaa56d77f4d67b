"""Lesson: the encoder gives the position of an image's latent code, and how precisely that position matters."""

import numpy as np
import streamlit as st

from latent_explorer import models
from latent_explorer.canvas import latent_canvas
from latent_explorer.course import lesson_page
from latent_explorer.course.lessons import encoder
from latent_explorer.course.lessons.ground_truth import labels_of
from latent_explorer.course.parameters import Encoder
from latent_explorer.ui import display_names, page, widgets
from latent_explorer.ui.image_grid import show_images
from vae_core.common.seeds import rng
from vae_core.latent.gaussian import split_kl
from vae_core.parts.posterior import Posterior

lesson = lesson_page.start("encoder", Encoder)
(model,) = lesson_page.open_models("mnist-2")
atlas, labels = model.atlas, labels_of(model.atlas)

guess = lesson_page.ask_for_guess(
    Encoder.GUESS,
    "For each image the encoder outputs a Gaussian over latent codes, the posterior q(z|x). The prior has the standard "
    "deviation 1. How large is the posterior's standard deviation for a typical image, in each unit?",
)

# a drawing, encoded while it is drawn
st.markdown("#### Your digit")
st.markdown("Draw with a finger or the mouse: while you draw, the posterior of your digit moves over the map.")
latent_canvas(
    model.canvas, model.canvas_points(examples=True), modes=("draw", "map"), decode=model.decode_with_condition,
    key="lesson encoder",
)  # fmt: skip

# one image: its posterior, draws from it, and its place among all posteriors
st.markdown("#### Two numbers, and the KL of each")
widths = lesson_page.measure((model,), "encoder, widths", encoder.measure_widths, atlas.mean, atlas.std, labels)
with st.container(horizontal=True, vertical_alignment="bottom"):
    image = widgets.number_input(
        Encoder.IMAGE, "Image on the map", high=len(atlas) - 1, default=int(np.argmax(widths.clear)), width=160
    )
    spread = widgets.slider(Encoder.SPREAD, "Draw 12 latent codes, in posterior σ", width=320)
mean, std = atlas.mean[image], atlas.std[image]
epsilon = rng(0, "encoder").standard_normal((12, model.latent_dim)).astype(np.float32)
left, right = st.columns([2, 3])
with left:
    st.markdown(models.on_thread(encoder.posterior_table, mean, std))
    show_images(
        model.decode(mean + spread * std * epsilon), 6, scale=3, width="stretch",
        alt=f"twelve decoded draws around the latent code of image {image}",
        caption=f"z = μ + {spread:g} · σ · ε, decoded. The image is a {labels[image]}.",
    )  # fmt: skip
right.plotly_chart(
    encoder.widths_figure(widths, image), key="widths", config=page.PLOTLY_CONFIG,
    alt="width of the posterior over the distance of the latent code from the origin, for images whose neighbours have the "
    "same label and for images whose neighbours have mixed labels",
)  # fmt: skip
st.caption(
    f"Width: the geometric mean of σ over the {model.latent_dim} units. Of an image's {encoder.NEIGHBOURS} nearest latent "
    f"codes, at least {encoder.CLEAR:.0%} have its label (blue), or at most {encoder.MIXED:.0%} (orange). "
    f"{len(atlas):,} training images; {display_names.model_caption(model)}."
)

# the answer
median, narrow = float(np.median(widths.width)), float((atlas.std < 0.1).mean())
answer = Encoder.ANSWERS[2 if median < 0.1 else 1 if median < 0.6 else 0]
lesson_page.show_verdict(
    guess,
    answer,
    f"{answer.capitalize()}: the median width is {median:.3f}, and {narrow:.0%} of all σ are below 0.1. A narrow posterior "
    f"costs more: of the {widths.mean_kl + widths.width_kl:.1f} nats of KL of an average image, {widths.width_kl:.1f} come "
    "from σ.",
)

# the formula
st.markdown(
    rf"""For an image $x$ the encoder outputs a mean $\mu$ and a standard deviation $\sigma$ for each unit. So an image gets
not a single latent code, but a small cloud of latent codes that should all decode to $x$ (Kingma & Welling 2014, arXiv
1312.6114):

$$
q(z|x) = \prod_j \mathcal N\big(z_j;\, \mu_j(x), \sigma_j(x)^2\big)
$$

Both numbers add to the loss, through the KL to the prior:

$$
\mathrm{{KL}}_j = \tfrac12 \mu_j^2 + \tfrac12\big(\sigma_j^2 - 1 - \log \sigma_j^2\big)
$$

A small $\sigma$ means: a small step from here changes the image. A large $\sigma$ means: any code around here gives nearly the
same image, and it costs less. Where $\sigma$ is small, a posterior ten times as narrow costs $\log 10 \approx 2.3$ nats more.

Does a wide posterior mean an ambiguous digit? Only a little: at the same distance from the origin, images with mixed
neighbours are {widths.ratio:.2f} times as wide as clear ones. The position matters more: the outermost fifth of the latent
codes is {widths.outward:.1f} times as wide as the innermost fifth (rank correlation of width and $|\mu|$:
{widths.rank_correlation:.2f}). Near the origin the latent codes are crowded, and only precise ones can be told apart; further
out there is more room. So $\sigma$ tells how precise the *latent code* must be, not how certain the *class* is."""
)
lesson_page.show_code(Posterior.kl, split_kl, encoder.same_distance_ratio)
lesson_page.link_to_try(
    "send an image through the latent code, and see its KL unit by unit", "pages/reconstruct.py", model=model.name,
    image="Made by the model",
)  # fmt: skip
lesson_page.end(lesson)
