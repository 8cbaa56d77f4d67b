"""How does a gradient pass through a random draw? It goes round the dice: they are thrown before."""

from functools import partial

import numpy as np
import streamlit as st

from latent_explorer.course import lesson_page
from latent_explorer.course.lessons import reparameterization as lab
from latent_explorer.course.lessons.autoencoder import typical
from latent_explorer.models import store
from latent_explorer.ui import display_names, page, pictures
from vae_core.analysis.gradients import gradient_draws
from vae_core.parts.posterior import Posterior

NAME = "mnist-2"
ANSWERS = ("about 2 times", "about 50 times", "1,000 times and more")

here = lesson_page.start("reparameterization")
lesson_page.needs(NAME)
model, atlas = store.load_model(NAME), store.load_atlas(NAME)

guess = lesson_page.predict(
    "Two estimates of the gradient are right on average. The pathwise one follows the decoder's slope through z = μ + σε; the "
    "score function uses only the value of log p(x|z). How many times the variance of the first has the second?", ANSWERS
)  # fmt: skip

st.markdown("#### Noise that stays")
with st.container(horizontal=True):
    mu = st.slider("Mean μ", -3.0, 3.0, 1.5, 0.1, key="mu", bind="query-params", width=300)
    sigma = st.slider("Standard deviation σ", 0.05, 2.0, 0.4, 0.05, key="sd", bind="query-params", width=300)
st.plotly_chart(
    lab.threads(lab.frozen_noise(), mu, sigma), key="threads", config=page.PLOTLY_CONFIG,
    alt=f"{lab.FROZEN} draws of noise, each with a thread to its code z = {mu:g} + {sigma:g} ε",
)  # fmt: skip
st.markdown(
    "The dice are thrown once, below. Move μ: each z moves by as much, ∂z/∂μ = 1. Move σ: each z moves by its own ε, "
    "∂z/∂σ = ε. So the gradient walks from the image back to z, and on to μ and σ; it never has to pass the dice."
)

st.markdown("#### What it saves, on a trained decoder")
digit = st.segmented_control(
    "Digit", model.about.class_names, default="3", required=True, key="digit", bind="query-params", width="content"
)
which = model.about.class_names.index(digit)
# an image of the model's own: the training images are not on every machine, and a gradient needs one
image = store.decode(NAME, typical(atlas.mean[atlas.labels == which])[None])[0]
found = store.drawn(f"gradients {NAME} {digit}", (model.step, len(atlas)), partial(store.on_thread, lab.measure, model, image))
left, right_side = st.columns([1, 4], vertical_alignment="center")
left.image(pictures.enlarge(pictures.mosaic(image[None], 1), 5), width=130, alt=f"a decoded {digit}", caption="x")
with right_side:
    if not lesson_page.withhold(guess, "The variance of each way comes"):
        st.plotly_chart(
            lab.variances(found), key="variances", config=page.PLOTLY_CONFIG,
            alt="variance of one draw's gradient for each of three ways",
        )  # fmt: skip
unit = int(np.argmax(found.draws[0].var(axis=0)))
st.plotly_chart(
    lab.running_means(found, unit),
    key="means",
    config=page.PLOTLY_CONFIG,
    alt="mean gradient over the number of draws, two ways",
)
apart = lab.rounded(max(found.apart()))
st.caption(
    f"∇μ E[log p(x|z)] at the posterior of this x, which the model decoded itself; {lab.DRAWS} draws, the same ε for each "
    f"way. Above: variance summed over units. Below: {display_names.unit_name(unit)}; without a baseline the score function would leave the "
    f"figure. The means of all three are at most {apart} standard errors apart. {display_names.model_caption(NAME, model)}."
)

score, baseline = found.ratio[1:]
right = ANSWERS[2] if score > 300 else ANSWERS[1] if score > 10 else ANSWERS[0]
lesson_page.verdict(
    guess, right, f"{right.capitalize()}: here {lab.rounded(score)} times, so that it needs that many times the draws to be as "
    f"exact as the pathwise one. With a good baseline it is still {lab.rounded(baseline)} times."
)  # fmt: skip

st.markdown(
    rf"""Training needs the gradient of an average over draws, $\mathbb E_{{q(z|x)}}[f(z)]$ with $f(z) = \log p(x|z)$; but $q$
itself depends on $\mu$ and $\sigma$. Write the draw as $z = \mu + \sigma\varepsilon$ with $\varepsilon \sim \mathcal N(0, 1)$,
and the average is over $\varepsilon$, which depends on nothing (Kingma & Welling 2014, arXiv 1312.6114; Rezende et al. 2014,
arXiv 1401.4082):

$$
\begin{{aligned}}
\nabla_\mu\, \mathbb E[f] &=
\underbrace{{\mathbb E_\varepsilon\big[f'(\mu + \sigma\varepsilon)\big]}}_{{\text{{pathwise}}}} \\[4pt]
&= \underbrace{{\mathbb E_\varepsilon\big[f(z)\, \varepsilon / \sigma\big]}}_{{\text{{score function}}}}
\end{{aligned}}
$$

Both are unbiased: their means are the same gradient. The score function (REINFORCE, Williams 1992) knows only the value of
$f$, about {display_names.number_text(-float(np.mean(atlas.nll)), 0)} nats for an average image, whichever way $z$ went. This large number
times $\varepsilon/\sigma$, with a $\sigma$ of a few hundredths, is nearly all noise. Taking away the mean of $f$ over the other
draws, a baseline (Mnih & Rezende 2016, arXiv 1602.06725), removes most of it. The pathwise gradient goes through the draw: it
knows the slope of $f$ and needs no baseline. But $f$ must have a slope: for codes that are whole numbers this way is closed."""
)
lesson_page.code(Posterior.sample, gradient_draws)
lesson_page.try_it(
    "how far draws of z go, and what they decode to", "pages/reconstruct.py", model=NAME, image="Made by the model"
)
lesson_page.end(here)
