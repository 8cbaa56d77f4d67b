"""What does it cost to leave the prior, and who must not?"""

import numpy as np
import streamlit as st

from latent_explorer.course import lesson_page
from latent_explorer.course.lessons import kl
from latent_explorer.models import store
from latent_explorer.ui import display_names, page
from vae_core.latent.gaussian import split_kl
from vae_core.parts.posterior import Posterior

NAME = "mnist-10"
ANSWERS = ("as large", "about half", "nearly nothing")

here = lesson_page.start("kl")
lesson_page.needs(NAME)
model, atlas = store.load_model(NAME), store.load_atlas(NAME)
unit = int(np.argmax(atlas.kl.mean(axis=0)))  # the busiest, where each image pays most

guess = lesson_page.predict(
    "Each image's posterior is a narrow peak that pays KL to the prior. Add the peaks of all images and divide by their "
    "number: the KL of this sum to the prior is, compared with what an image pays on average, …", ANSWERS
)  # fmt: skip

st.markdown("#### One posterior")
with st.container(horizontal=True):
    mu = st.slider("Mean μ", -3.0, 3.0, 1.5, 0.1, key="mu", bind="query-params", width=300)
    sigma = st.slider("Standard deviation σ", 0.05, 2.0, 0.3, 0.05, key="sd", bind="query-params", width=300)
place, width = store.on_thread(split_kl, np.array([[mu]]), np.array([[sigma]]))
place, width = float(place[0, 0]), float(width[0, 0])
left, right_side = st.columns([2, 1])
left.plotly_chart(
    store.on_thread(kl.one_gaussian, mu, sigma), key="one", config=page.PLOTLY_CONFIG,
    alt=f"a Gaussian of mean {mu:g} and standard deviation {sigma:g} over the prior",
)  # fmt: skip
right_side.plotly_chart(
    kl.parts(place, width),
    key="parts",
    config=page.PLOTLY_CONFIG,
    alt=f"its KL: {place:.2f} nats of the mean, {width:.2f} of the width",
)
st.markdown(
    f"Away from 0 costs **{place:.2f} nats**, another width than 1 costs **{width:.2f} nats**: **{place + width:.2f}** in all. "
    f"Only μ = 0, σ = 1 is free, and then the code says nothing of the image. If every image paid as much, the unit could tell "
    f"at most $e^{{{place + width:.2f}}} \\approx {np.exp(place + width):.0f}$ equally likely cases apart."
)

st.markdown("#### The sum of many")
found = store.drawn(
    f"kl sum {NAME} {unit}", (model.step, len(atlas)),
    lambda: store.on_thread(kl.grow, atlas.mean[:, unit], atlas.std[:, unit]),
)  # fmt: skip
count = st.select_slider(
    "Images in the sum", found.counts, found.counts[3], format_func=lambda n: f"{n:,}", key="images", bind="query-params",
    width=620,
)  # fmt: skip
at = found.counts.index(count)
left, right_side = st.columns([3, 2])
left.plotly_chart(
    kl.over_prior(found.density[at], "sum of the posteriors", f"{display_names.unit_name(unit)} of the code"), key="sum", config=page.PLOTLY_CONFIG,
    alt=f"the sum of {count:,} posteriors of {display_names.unit_name(unit)} over the prior",
)  # fmt: skip
with right_side:
    if not lesson_page.withhold(guess, "What both pay, over the number of images, comes"):
        st.plotly_chart(
            kl.both_kls(found, at), key="kls", config=page.PLOTLY_CONFIG,
            alt="mean KL of an image and KL of the sum over the number of images",
        )  # fmt: skip
st.caption(
    f"{display_names.unit_name(unit)}, the unit that says most. With {count:,} image{'s' * (count > 1)} an image pays "
    f"{found.image_kl[at]:.2f} nats on average, their sum {found.sum_kl[at]:.3f}. The sum's height is divided by the number of "
    f"images. Training images in a random order; {display_names.model_caption(NAME, model)}."
)

image, together = found.image_kl[-1], found.sum_kl[-1]
right = ANSWERS[2] if together < 0.2 * image else ANSWERS[1] if together < 0.8 * image else ANSWERS[0]
lesson_page.verdict(
    guess, right, f"{right.capitalize()}: over all {len(atlas):,} images an image pays {image:.2f} nats in {display_names.unit_name(unit)}, "
    f"and the sum is {together:.3f} nats from the prior, {together / image:.0%} of it."
)  # fmt: skip

st.markdown(
    rf"""The KL of $\mathcal N(\mu, \sigma^2)$ to the prior $\mathcal N(0, 1)$ has a closed form, $\mu$ and $\sigma$ apart
(Kingma & Welling 2014, arXiv 1312.6114, appendix B):

$$
\mathrm{{KL}} =
\underbrace{{\tfrac12 \mu^2}}_{{\text{{mean}}}} + \underbrace{{\tfrac12(\sigma^2 - 1 - \log \sigma^2)}}_{{\text{{width}}}}
$$

No single posterior has to equal the prior; if all did, all images would have the same code. What should equal it is their
sum divided by $N$, $q(z) = \frac1N \sum_n q(z|x_n)$, because new images are decoded from draws of the prior. For each unit $j$
the average KL is the mutual information $I_q$ of image and unit plus a misfit (Hoffman & Johnson 2016; Chen et al. 2018, arXiv
1802.04942):

$$
\overline{{\mathrm{{KL}}_j}} = \underbrace{{I_q(x; z_j)}}_{{\text{{what it says}}}} +
\underbrace{{\mathrm{{KL}}\big(q(z_j)\,\|\,p(z_j)\big)}}_{{\text{{misfit of the sum}}}}
$$

Here {image:.2f} = {image - together:.2f} + {together:.2f} nats: nearly all that one pays for is information. That each unit
fits the prior does not mean that all do together: units may depend on each other, and leave holes between the codes."""
)
lesson_page.code(Posterior.kl, kl.kl_of_the_sum)
lesson_page.try_it("the KL of every unit, and what each of them moves", "pages/traverse.py", model=NAME, part="Units")
lesson_page.end(here)
