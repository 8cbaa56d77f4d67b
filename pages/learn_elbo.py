"""Lesson: the two terms of the ELBO for one image, and the distance of the ELBO from log p(x)."""

import streamlit as st

from latent_explorer.course import lesson_page
from latent_explorer.course.lessons import elbo
from latent_explorer.course.parameters import ELBO
from latent_explorer.ui import display_names, page, widgets
from latent_explorer.ui.image_grid import show_images
from vae_core.common.pixels import bytes_to_floats
from vae_core.evaluation.likelihood.inference_gap import importance_bounds
from vae_core.evaluation.likelihood.log_likelihood import importance_log_weights
from vae_core.parts.importance_weights import log_weights

TITLES = dict(zip(("sprites32-beta1", "sprites32-beta16"), ELBO.MODEL.options))

lesson = lesson_page.start("elbo", ELBO)
lesson_models = {model.name: model for model in lesson_page.open_models(*TITLES)}
guess = lesson_page.ask_for_guess(
    ELBO.GUESS,
    "The ELBO is a lower bound: log p(x) is never below it. How far below log p(x) is the ELBO of this model for one image?",
)

# controls
with st.container(horizontal=True, vertical_alignment="bottom"):
    name = widgets.segmented_control(ELBO.MODEL, "Model", list(TITLES), format_func=TITLES.__getitem__, width="content")
    image = widgets.number_input(ELBO.IMAGE, "Held-out image", high=elbo.IMAGES, width=130) - 1
    k = widgets.select_slider(ELBO.SAMPLES, "Samples k in the bound", elbo.KS, width=300)
model = lesson_models[name]

# the bound of each image for every k
images = model.images("test").subset(elbo.IMAGES, seed=0).images
with st.spinner("Drawing 500 latent codes for each image"):
    bounds = lesson_page.measure((model,), "elbo, bounds", importance_bounds, model.trained, images, elbo.KS)
at = elbo.KS.index(k)

# one image: its terms and its bound
chosen = bytes_to_floats(images[[image]])
reconstruction = model.decode(model.encode(chosen)[0])
left, right = st.columns([1, 4], vertical_alignment="center")
with left.container(horizontal=True):
    show_images(chosen, 1, scale=3, width=96, alt="the image", caption="the image")
    show_images(reconstruction, 1, scale=3, width=96, alt="its latent code, decoded", caption="its latent code, decoded")
right.plotly_chart(
    elbo.elbo_terms_figure(bounds, image, at), key="terms", config=page.PLOTLY_CONFIG,
    alt="nats of the image and of the mean image: reconstruction, KL, and the bound with k samples",
)  # fmt: skip
loss, bound = -float(bounds.elbo[image]), -float(bounds.bound[at, image])
st.markdown(
    f"For this image the reconstruction term is **{bounds.distortion[image]:.1f}** nats and the KL "
    f"**{bounds.rate[image]:.1f}** nats: −ELBO = **{loss:.1f}**. "
    + (
        f"With {k} samples the bound on −log p(x) is {bound:.1f}: the ELBO is at least **{loss - bound:.1f} nats** too low."
        if k > 1
        else "Move k: with more samples of the latent code the bound comes closer to log p(x)."
    )
)
if lesson_page.guessed(guess, "The bound of every image over the number of samples"):
    st.plotly_chart(
        elbo.bound_figure(bounds, image, at), key="bound", config=page.PLOTLY_CONFIG,
        alt="the bound on log p(x) above the ELBO over the number of samples, of one image and of the mean",
    )  # fmt: skip
    st.caption("Grey: the other images. The bound with 500 samples is a lower bound, too.")
measured = model.measurements.values("elbo")
whole = (
    f"Over {measured['n_measured']:,} held-out images the mean ELBO is {display_names.number_text(measured['elbo'])} nats. "
    if measured
    else ""
)
st.caption(f"{whole}Bernoulli pixels; {display_names.model_caption(model)}.")

# the answer
gap = elbo.bound_gap(bounds)
mean = float(gap.mean())
answer = ELBO.ANSWERS[0 if mean < 0.5 else 1 if mean < 10 else 2]
lesson_page.show_verdict(
    guess,
    answer,
    f"{answer.capitalize()}: with {elbo.KS[-1]} samples the bound rises by {mean:.1f} nats on average, and by {gap.min():.1f} "
    f"to {gap.max():.1f} nats for these {elbo.IMAGES} images; the true gap is even larger.",
)

# the formula
st.markdown(
    r"""The likelihood of an image, $p(x) = \int p(x|z)\,p(z)\,dz$, is an integral over all latent codes, which cannot be
computed. The ELBO looks only at the latent codes that the encoder proposes, and its distance from $\log p(x)$ has a name
(Kingma & Welling 2014, arXiv 1312.6114):

$$
\text{ELBO} = \mathbb{E}_q[\log p(x|z)] - \mathrm{KL}(q \,\|\, p(z))
$$

$$
\log p(x) - \text{ELBO} = \mathrm{KL}(q \,\|\, p(z|x))
$$

with $q = q(z|x)$. The gap is 0 only if the encoder's Gaussian is the true posterior $p(z|x)$. Averaging $k$ weights before
taking the logarithm closes a part of it (Burda et al. 2016, arXiv 1509.00519):

$$
\log p(x) \ge \mathbb{E}\Big[\log \frac1k \sum_{i=1}^k \frac{p(x|z_i)\,p(z_i)}{q(z_i|x)}\Big]
$$

with $z_i \sim q(z|x)$. The bound never falls as $k$ grows, and reaches $\log p(x)$ in the limit. Try the model with β = 16: its
training counted the KL 16 times. Therefore its encoder stays closer to the prior than the true posterior of its decoder, and
the ELBO tells much less about $\log p(x)$."""
)
lesson_page.show_code(importance_bounds, importance_log_weights, log_weights)
lesson_page.link_to_try(
    "see all numbers of this model, with the ELBO and the tighter bound", "pages/evaluate.py", model=model.name
)
lesson_page.end(lesson)
