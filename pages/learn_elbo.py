"""The ledger of one image, and what the bound leaves out."""

import streamlit as st

from latent_explorer.course import lesson_page
from latent_explorer.course.lessons import elbo
from latent_explorer.models import measurements, store
from latent_explorer.ui import display_names, page, pictures
from vae_core.common.pixels import bytes_to_floats
from vae_core.evaluation.likelihood.inference_gap import importance_bounds
from vae_core.evaluation.likelihood.log_likelihood import importance_log_weights
from vae_core.parts.importance_weights import log_weights

MODELS = {"sprites32-beta1": "trained on the ELBO (β = 1)", "sprites32-beta16": "trained with β = 16"}
ANSWERS = ("less than half a nat", "a few nats", "more than ten nats")

here = lesson_page.start("elbo")
lesson_page.needs(*MODELS)
guess = lesson_page.predict(
    "The ELBO is a lower bound: log p(x) is never below it. By how much does this model's ELBO miss log p(x), for one image?",
    ANSWERS,
)

with st.container(horizontal=True, vertical_alignment="bottom"):
    name = st.segmented_control(
        "Model", list(MODELS), default=next(iter(MODELS)), required=True, format_func=MODELS.get, key="which",
        bind="query-params", width="content",
    )  # fmt: skip
    image = st.number_input("Held-out image", 1, elbo.IMAGES, 1, key="image", bind="query-params", width=130) - 1
    k = st.select_slider("Samples k in the bound", elbo.KS, 1, key="k", bind="query-params", width=300)
model = store.load_model(name)
images = store.load_images(name, "test").subset(elbo.IMAGES, seed=0).images
with st.spinner("Drawing 500 codes of each image"):
    bounds = store.drawn(
        f"elbo {name}", (model.step, elbo.IMAGES), lambda: store.on_thread(importance_bounds, model, images, elbo.KS)
    )
at = elbo.KS.index(k)

chosen = bytes_to_floats(images[[image]])
seen = store.decode(name, store.encode(name, chosen)[0])
left, right_side = st.columns([1, 4], vertical_alignment="center")
with left.container(horizontal=True):
    for picture, what in ((chosen, "the image"), (seen, "its code, decoded")):
        st.image(pictures.enlarge(pictures.mosaic(picture, 1), 3), width=96, alt=what, caption=what)
right_side.plotly_chart(
    elbo.ledger(bounds, image, at), key="ledger", config=page.PLOTLY_CONFIG,
    alt="what the image and the mean image cost in nats: reconstruction, KL, and the bound with k samples",
)  # fmt: skip
loss, better = -float(bounds.elbo[image]), -float(bounds.bound[at, image])
st.markdown(
    f"This image costs **{bounds.distortion[image]:.1f}** nats to draw from its code and **{bounds.rate[image]:.1f}** nats for "
    f"the code: −ELBO = **{loss:.1f}**. "
    + (f"With {k} codes the bound says {better:.1f}: **{loss - better:.1f} nats** of the bill were never due."
       if k > 1 else "Move k: more codes of the same image show how much of this bill is not due.")
)  # fmt: skip
if not lesson_page.withhold(guess, "The bound of every image over the number of samples comes"):
    st.plotly_chart(
        elbo.tightening(bounds, image, at), key="bound", config=page.PLOTLY_CONFIG,
        alt="the bound on log p(x) above the ELBO over the number of samples, of one image and of the mean",
    )  # fmt: skip
    st.caption("Grey: the other images. Also the bound with 500 samples is one from below.")
data = measurements.values(name, "elbo") or {}
whole = (
    f"Over {data['n_measured']:,} held-out images the ELBO is {display_names.number_text(data['elbo'])} nats. " if data else ""
)
st.caption(f"{whole}Bernoulli pixels; {display_names.model_caption(name, model)}.")

missing = elbo.gap(bounds)
mean = float(missing.mean())
right = ANSWERS[0] if mean < 0.5 else ANSWERS[1] if mean < 10 else ANSWERS[2]
lesson_page.verdict(
    guess, right, f"{right.capitalize()}: with {elbo.KS[-1]} samples the bound rises by {mean:.1f} nats on average, between "
    f"{missing.min():.1f} and {missing.max():.1f} for these {elbo.IMAGES} images; the true gap is larger still."
)  # fmt: skip

st.markdown(
    r"""How likely the model holds an image, $p(x) = \int p(x|z)\,p(z)\,dz$, is a sum over all codes that nobody can take. The
ELBO looks only where the encoder points, and what it misses has a name (Kingma & Welling 2014, arXiv 1312.6114):

$$
\text{ELBO} = \mathbb{E}_q[\log p(x|z)] - \mathrm{KL}(q \,\|\, p(z))
$$

$$
\log p(x) - \text{ELBO} = \mathrm{KL}(q \,\|\, p(z|x))
$$

with $q = q(z|x)$. The gap is 0 only if the encoder's Gaussian is the true posterior $p(z|x)$. Averaging $k$ weights before the
logarithm forgives a part of it (Burda et al. 2016, arXiv 1509.00519):

$$
\log p(x) \ge \mathbb{E}\Big[\log \frac1k \sum_{i=1}^k \frac{p(x|z_i)\,p(z_i)}{q(z_i|x)}\Big]
$$

with $z_i \sim q(z|x)$. It never falls as $k$ grows and reaches $\log p(x)$ in the limit. Try the model with β = 16: its
training counted the KL 16 times, so its encoder stays nearer to the prior than the true posterior of its decoder, and the ELBO
says far less about $\log p(x)$."""
)
lesson_page.code(importance_bounds, importance_log_weights, log_weights)
lesson_page.try_it("all the numbers of this model, the ELBO and the tighter bound among them", "pages/evaluate.py", model=name)
lesson_page.end(here)
