"""Lesson: a VAE's latent space has a prior, which is known before any image is encoded; an autoencoder's has none."""

from functools import partial

import numpy as np
import streamlit as st

from latent_explorer import models
from latent_explorer.course import lesson_page
from latent_explorer.course.lessons import autoencoder
from latent_explorer.course.lessons.autoencoder import GaussianFit
from latent_explorer.course.lessons.ground_truth import labels_of
from latent_explorer.course.parameters import Autoencoder
from latent_explorer.models import Model
from latent_explorer.ui import display_names, page, widgets
from latent_explorer.ui.image_grid import show_images
from vae_core.parts.objectives import elbo

DECODED, MEASURED = 24, 4000  # draws that are decoded, and draws that the shares are measured on


def draw_codes(model: Model, fit: GaussianFit, source: str, n: int) -> np.ndarray:
    """Draw n latent codes from the prior or from the fitted Gaussian."""
    if source == Autoencoder.SOURCE.options[0]:
        return models.on_thread(model.trained.sample_codes, n, seed=0)
    return fit.draw(n, seed=0)


def show_model(model: Model, title: str, source: str, fit: GaussianFit, first: int, last: int) -> None:
    """Show a model's map with draws and a path between two classes, both decoded, and what the draws are worth."""
    atlas, labels, classes = model.atlas, labels_of(model.atlas), model.about.class_names
    codes = draw_codes(model, fit, source, MEASURED)
    path = autoencoder.path_between_classes(atlas.mean, labels, first, last)
    figure = model.shared(
        f"lesson autoencoder: map, {source}, {first}, {last}",
        partial(autoencoder.latent_map_figure, atlas.mean, labels, classes, codes[:DECODED], path, legend=True),
    )
    comparison = lesson_page.measure(
        (model,), f"autoencoder, draws from {source}", autoencoder.compare_draws, codes, atlas.mean, labels
    )
    st.plotly_chart(
        figure, key=f"map {model.name}", config=page.PLOTLY_CONFIG,
        alt=f"the latent codes of {len(atlas):,} images of the {title} by class, with the circle of the prior",
    )  # fmt: skip
    show_images(
        model.decode(codes[:DECODED]), 12, scale=3, width="stretch", alt=f"{DECODED} decoded draws of the {title}",
        caption=f"{DECODED} draws (diamonds) from {source}, decoded",
    )  # fmt: skip
    show_images(
        model.decode(path), len(path), scale=3, width="stretch", alt=f"nine steps from {first} to {last}",
        caption=f"the dotted path from {first} to {last}, decoded",
    )  # fmt: skip
    st.caption(f"{autoencoder.describe_draws(comparison, classes)} {display_names.model_caption(model)}.")


lesson = lesson_page.start("autoencoder", Autoencoder)
ae, vae = lesson_page.open_models("mnist-ae2", "mnist-2")

guess = lesson_page.ask_for_guess(
    Autoencoder.GUESS,
    "The encoder turns each image into a few numbers, its latent code. The circle contains 99% of the draws of N(0, I). "
    "Nothing in its training tells the autoencoder where to put its latent codes. What share of its images lies outside the "
    "circle?",
)

# controls: the source of the draws, and the two classes that the path joins
with st.container(horizontal=True, vertical_alignment="bottom"):
    source = widgets.segmented_control(
        Autoencoder.SOURCE, "Draw latent codes from", Autoencoder.SOURCE.options, width="content"
    )
    first = widgets.selectbox(Autoencoder.FROM, "Path from", Autoencoder.FROM.options, width=120)
    last = widgets.selectbox(Autoencoder.TO, "to", Autoencoder.TO.options, width=120)

# both models side by side
radius = autoencoder.prior_radius()
ae_fit, vae_fit = (GaussianFit.fit(model.atlas.mean) for model in (ae, vae))
ae_outside, vae_outside = (autoencoder.share_outside(model.atlas.mean, radius) for model in (ae, vae))
left, right = st.columns(2)
for column, model, title, fit, outside in (
    (left, ae, "Autoencoder", ae_fit, ae_outside),
    (right, vae, "VAE", vae_fit, vae_outside),
):
    with column:
        st.markdown(f"#### {title}: {outside:.0%} outside" if guess else f"#### {title}")
        show_model(model, title, source, fit, int(first), int(last))
st.caption(
    "Both models have the same network, batches and steps. Their axes have different scales: compare them by the circle, "
    f"which has radius {radius:.2f} in both. The points are the latent codes (posterior means) of training images; "
    f"{autoencoder.SHOWN_CODES:,} of them are shown."
)

# the answer
ae_kl, vae_kl = ae_fit.kl_to_prior(), vae_fit.kl_to_prior()
answer = Autoencoder.ANSWERS[2 if ae_outside > 0.25 else 1 if ae_outside > 0.03 else 0]
lesson_page.show_verdict(
    guess,
    answer,
    f"{answer.capitalize()}: {ae_outside:.0%} of the autoencoder's latent codes are outside, and {vae_outside:.0%} of the "
    f"VAE's. A Gaussian fitted to the autoencoder's codes is {ae_kl:.2f} nats from N(0, I); one fitted to the VAE's, "
    f"{vae_kl:.2f} nats.",
)

# the formula
st.markdown(
    rf"""An autoencoder only learns to encode an image $x$ as a few numbers $z$ (one per **unit**) and to decode it again. A
VAE's encoder outputs a Gaussian $q(z|x)$, its decoder a distribution of images $p(x|z)$, and its loss has a second term
(Kingma & Welling 2014, arXiv 1312.6114): the KL $= \mathbb E_q[\log q - \log p]$, in nats, which is 0 only if $q = p$:

$$
\begin{{aligned}}
\mathcal L_\text{{AE}} &= -\log p\big(x\,|\,z = \mu(x)\big) \\
\mathcal L_\text{{VAE}} &= \mathbb E_{{q(z|x)}}\big[-\log p(x|z)\big] \\
&\quad + \mathrm{{KL}}\big(q(z|x)\,\|\,\mathcal N(0, I)\big)
\end{{aligned}}
$$

The KL term pulls the VAE's latent codes into a region that is known before training: the **prior**. To make a new image, draw
$z \sim \mathcal N(0, I)$ and decode it. The autoencoder has no prior. Draws from $\mathcal N(0, I)$ do decode to images,
because the middle of its map is full, but the classes that lie further out almost never appear. After training, you can fit a
Gaussian to its latent codes (Ghosh et al. 2020, arXiv 1903.12436). Then every class appears, but more of the draws fall into
the gaps between the arms of the map, where the decoder was never trained.

The distance of the fitted Gaussian $\mathcal N(m, S)$ from the prior has a closed form,
$\tfrac12(\mathrm{{tr}}\,S + m^\top m - D - \log\det S)$: {ae_kl:.2f} nats for the autoencoder, {vae_kl:.2f} for the VAE. It
depends only on the mean and the covariance of the latent codes, not on the arms and gaps of the map."""
)
lesson_page.show_code(elbo.Autoencoder, elbo.ELBO, GaussianFit.kl_to_prior, autoencoder.compare_draws)
lesson_page.link_to_try("move the pointer over the autoencoder's map", "pages/latent_map.py", model=ae.name)
lesson_page.end(lesson)
