"""Lesson: each image's posterior has a KL to the prior; the aggregate posterior of all images is close to the prior."""

import numpy as np
import streamlit as st

from latent_explorer import models
from latent_explorer.course import lesson_page
from latent_explorer.course.lessons import kl
from latent_explorer.course.parameters import KL
from latent_explorer.ui import display_names, page, widgets
from vae_core.latent.gaussian import split_kl
from vae_core.parts.posterior import Posterior

lesson = lesson_page.start("kl", KL)
(model,) = lesson_page.open_models("mnist-10")
atlas = model.atlas
unit = int(np.argmax(atlas.kl.mean(axis=0)))  # the unit with the largest KL
unit_name = display_names.unit_name(unit)

guess = lesson_page.ask_for_guess(
    KL.GUESS,
    "The posterior of each image is a narrow peak over the latent codes, with a KL to the prior. Add up the peaks of all "
    "images and divide by their number: this is the aggregate posterior. Compared with the average KL of an image, its KL to "
    "the prior is …",
)

# the two parts of one KL
st.markdown("#### One posterior")
with st.container(horizontal=True):
    mu = widgets.slider(KL.MU, "Mean μ", width=300)
    sigma = widgets.slider(KL.SIGMA, "Standard deviation σ", width=300)
parts = models.on_thread(split_kl, np.array([[mu]]), np.array([[sigma]]))
of_mean, of_width = (float(part[0, 0]) for part in parts)
left, right = st.columns([2, 1])
left.plotly_chart(
    models.on_thread(kl.gaussian_figure, mu, sigma), key="one", config=page.PLOTLY_CONFIG,
    alt=f"a Gaussian of mean {mu:g} and standard deviation {sigma:g} over the prior",
)  # fmt: skip
right.plotly_chart(
    kl.kl_parts_figure(of_mean, of_width), key="parts", config=page.PLOTLY_CONFIG,
    alt=f"its KL: {of_mean:.2f} nats for the mean, {of_width:.2f} for the width",
)  # fmt: skip
st.markdown(
    f"The distance of μ from 0 costs **{of_mean:.2f} nats**, and a σ other than 1 costs **{of_width:.2f} nats**: "
    f"**{of_mean + of_width:.2f} nats** in total. Only μ = 0, σ = 1 has no KL, and then the unit carries no information about "
    "the image. If every image had this KL, the unit could distinguish at most "
    f"$e^{{{of_mean + of_width:.2f}}} \\approx {np.exp(of_mean + of_width):.0f}$ equally likely cases."
)

# the aggregate posterior of more and more images
st.markdown("#### Many posteriors together")
growth = lesson_page.measure((model,), f"kl, growth of unit {unit}", kl.measure_growth, atlas.mean[:, unit], atlas.std[:, unit])
count = widgets.select_slider(
    KL.IMAGES,
    "Images in the aggregate posterior",
    growth.counts,
    default=growth.counts[3],
    format_func="{:,}".format,
    width=620,
)
at = growth.counts.index(count)
left, right = st.columns([3, 2])
left.plotly_chart(
    kl.density_figure(growth.density[at], "aggregate posterior", f"{unit_name} of the latent code"), key="aggregate",
    config=page.PLOTLY_CONFIG, alt=f"the aggregate posterior of {count:,} images in {unit_name} over the prior",
)  # fmt: skip
with right:
    if lesson_page.guessed(guess, "The KL of both over the number of images"):
        st.plotly_chart(
            kl.kl_growth_figure(growth, at), key="kls", config=page.PLOTLY_CONFIG,
            alt="mean KL of an image and KL of the aggregate posterior over the number of images",
        )  # fmt: skip
st.caption(
    f"{unit_name}, the unit with the largest KL. With {count:,} image{'s' * (count > 1)}, the mean KL of an image is "
    f"{growth.image_kl[at]:.2f} nats, and that of their aggregate posterior {growth.aggregate_kl[at]:.3f}. Training images in "
    f"a random order; {display_names.model_caption(model)}."
)

# the answer
image, aggregate = growth.image_kl[-1], growth.aggregate_kl[-1]
answer = KL.ANSWERS[2 if aggregate < 0.2 * image else 1 if aggregate < 0.8 * image else 0]
lesson_page.show_verdict(
    guess,
    answer,
    f"{answer.capitalize()}: over all {len(atlas):,} images, the mean KL of an image in {unit_name} is {image:.2f} nats, and "
    f"the KL of the aggregate posterior {aggregate:.3f} nats, {aggregate / image:.0%} of it.",
)

# the formula
st.markdown(
    rf"""The KL from $\mathcal N(\mu, \sigma^2)$ to the prior $\mathcal N(0, 1)$ has a closed form with one part for $\mu$ and
one for $\sigma$ (Kingma & Welling 2014, arXiv 1312.6114, appendix B):

$$
\mathrm{{KL}} =
\underbrace{{\tfrac12 \mu^2}}_{{\text{{mean}}}} + \underbrace{{\tfrac12(\sigma^2 - 1 - \log \sigma^2)}}_{{\text{{width}}}}
$$

No single posterior has to equal the prior; if all of them did, all images would have the same latent code. The distribution
that should equal the prior is the **aggregate posterior** $q(z) = \frac1N \sum_n q(z|x_n)$, because new images are decoded from
draws of the prior. For each unit $j$ the average KL is the mutual information $I_q$ of image and unit, plus the KL of the
aggregate posterior (Hoffman & Johnson 2016; Chen et al. 2018, arXiv 1802.04942):

$$
\overline{{\mathrm{{KL}}_j}} = \underbrace{{I_q(x; z_j)}}_{{\text{{information}}}} +
\underbrace{{\mathrm{{KL}}\big(q(z_j)\,\|\,p(z_j)\big)}}_{{\text{{misfit to the prior}}}}
$$

Here {image:.2f} = {image - aggregate:.2f} + {aggregate:.2f} nats: nearly all of the KL is information about the image. Each
unit alone may fit the prior although all units together do not: they may depend on each other, and leave holes between the
latent codes."""
)
lesson_page.show_code(Posterior.kl, kl.aggregate_kl)
lesson_page.link_to_try(
    "see the KL of every unit, and what each of them changes", "pages/traverse.py", model=model.name, part="Units"
)
lesson_page.end(lesson)
