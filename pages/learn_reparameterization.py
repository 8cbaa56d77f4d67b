"""Lesson: a gradient passes through a random draw because the noise is drawn first and does not depend on μ and σ."""

import numpy as np
import streamlit as st

from latent_explorer.course import lesson_page
from latent_explorer.course.lessons import reparameterization
from latent_explorer.course.lessons.autoencoder import densest_code
from latent_explorer.course.lessons.ground_truth import labels_of
from latent_explorer.course.lessons.reparameterization import format_ratio
from latent_explorer.course.parameters import Reparameterization
from latent_explorer.ui import display_names, page, widgets
from latent_explorer.ui.image_grid import show_images
from vae_core.analysis.gradients import gradient_draws
from vae_core.parts.posterior import Posterior

lesson = lesson_page.start("reparameterization", Reparameterization)
(model,) = lesson_page.open_models("mnist-2")
atlas, labels = model.atlas, labels_of(model.atlas)

guess = lesson_page.ask_for_guess(
    Reparameterization.GUESS,
    "To train the encoder we need the gradient of an average over random draws z. There are two ways to estimate it, and both "
    "are right on average. The pathwise gradient follows the slope of the decoder through z = μ + σε. The score function uses "
    "only the value of log p(x|z). How many times larger is the variance of the score function?",
)

# the draw as a function of fixed noise
st.markdown("#### The noise stays, μ and σ move")
with st.container(horizontal=True):
    mu = widgets.slider(Reparameterization.MU, "Mean μ", width=300)
    sigma = widgets.slider(Reparameterization.SIGMA, "Standard deviation σ", width=300)
st.plotly_chart(
    reparameterization.noise_to_code_figure(reparameterization.fixed_noise(), mu, sigma), key="noise",
    config=page.PLOTLY_CONFIG,
    alt=f"{reparameterization.FIXED} draws of noise, each with a line to its latent code z = {mu:g} + {sigma:g} ε",
)  # fmt: skip
st.markdown(
    "The noise ε is drawn once (below) and stays. Move μ: each z moves by the same amount, ∂z/∂μ = 1. Move σ: each z moves in "
    "proportion to its own ε, ∂z/∂σ = ε. So the gradient goes from the image back to z, and from z to μ and σ. It never has to "
    "go through the random draw."
)

# variance of three estimators on a trained decoder
st.markdown("#### The variance that it saves, on a trained decoder")
digit = widgets.segmented_control(
    Reparameterization.DIGIT, "Digit", model.about.class_names, default="3", width="content"
)  # fmt: skip
label = model.about.class_names.index(digit)
# an image that the model decodes itself: the training images are not on every machine
image = model.decode(densest_code(atlas.mean[labels == label])[None])[0]
gradients = lesson_page.measure(
    (model,), f"reparameterization, gradients for {digit}", reparameterization.compare_gradients, model.trained, image
)
left, right = st.columns([1, 4], vertical_alignment="center")
with left:
    show_images(image[None], 1, scale=5, width=130, alt=f"a decoded {digit}", caption="x")
with right:
    if lesson_page.guessed(guess, "The variance of each estimator"):
        st.plotly_chart(
            reparameterization.variance_figure(gradients), key="variances", config=page.PLOTLY_CONFIG,
            alt="variance of one draw's gradient for each of three estimators",
        )  # fmt: skip
unit = int(np.argmax(gradients.draws[0].var(axis=0)))
st.plotly_chart(
    reparameterization.running_mean_figure(gradients, unit), key="means", config=page.PLOTLY_CONFIG,
    alt="mean gradient over the number of draws, for two estimators",
)  # fmt: skip
st.caption(
    f"∇μ E[log p(x|z)] at the posterior of this x, an image that the model decoded itself; {reparameterization.DRAWS} draws, "
    f"with the same ε for each estimator. Above: variance, summed over units. Below: {display_names.unit_name(unit)}, without "
    "the score function that has no baseline, which would be far outside the figure. The means of all three differ by at most "
    f"{format_ratio(max(gradients.mean_differences()))} standard errors. {display_names.model_caption(model)}."
)

# the answer
score, baseline = gradients.ratios[1:]
answer = Reparameterization.ANSWERS[2 if score > 300 else 1 if score > 10 else 0]
lesson_page.show_verdict(
    guess,
    answer,
    f"{answer.capitalize()}: here {format_ratio(score)} times, so the score function needs that many times more draws to be as "
    f"accurate as the pathwise gradient. With a good baseline it is still {format_ratio(baseline)} times.",
)

# the formula
st.markdown(
    rf"""Training needs the gradient of an average over draws, $\mathbb E_{{q(z|x)}}[f(z)]$ with $f(z) = \log p(x|z)$. The
difficulty: $q$ itself depends on $\mu$ and $\sigma$. The solution: write the draw as $z = \mu + \sigma\varepsilon$ with
$\varepsilon \sim \mathcal N(0, 1)$. Then the average is over $\varepsilon$, whose distribution does not depend on anything
(Kingma & Welling 2014, arXiv 1312.6114; Rezende et al. 2014, arXiv 1401.4082):

$$
\begin{{aligned}}
\nabla_\mu\, \mathbb E[f] &=
\underbrace{{\mathbb E_\varepsilon\big[f'(\mu + \sigma\varepsilon)\big]}}_{{\text{{pathwise}}}} \\[4pt]
&= \underbrace{{\mathbb E_\varepsilon\big[f(z)\, \varepsilon / \sigma\big]}}_{{\text{{score function}}}}
\end{{aligned}}
$$

Both are unbiased: their means are the same gradient. The score function (REINFORCE, Williams 1992) knows only the value of
$f$, about {display_names.number_text(-float(np.mean(atlas.nll)), 0)} nats for an average image in every direction of $z$. This
large number times $\varepsilon/\sigma$, with a $\sigma$ of a few hundredths, is nearly all noise. Subtracting a baseline, the
mean of $f$ over the other draws (Mnih & Rezende 2016, arXiv 1602.06725), removes most of the noise. The pathwise gradient goes
through the draw: it uses the slope of $f$ and needs no baseline. But $f$ must have a slope: for latent codes that are whole
numbers there is no pathwise gradient."""
)
lesson_page.show_code(Posterior.sample, gradient_draws)
lesson_page.link_to_try(
    "see how far draws of z spread, and what they decode to",
    "pages/reconstruct.py",
    model=model.name,
    image="Made by the model",
)
lesson_page.end(lesson)
