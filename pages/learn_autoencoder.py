"""What does a VAE's code have that an autoencoder's has not? A place that is known before any image is coded."""

from functools import partial

import streamlit as st

from latent_explorer.course import lesson_page
from latent_explorer.course.lessons import autoencoder
from latent_explorer.models import store
from latent_explorer.ui import display_names, page, pictures
from vae_core.parts.objectives.elbo import ELBO, Autoencoder

AE, VAE = "mnist-ae2", "mnist-2"
ANSWERS = ("about 1%", "about 10%", "about half")
SOURCES = ("the prior N(0, I)", "a Gaussian fitted to the codes")
SHOWN, MEASURED = 24, 4000  # draws that are decoded, and draws that the shares are of

here = lesson_page.start("autoencoder")
lesson_page.needs(AE, VAE)

guess = lesson_page.predict(
    "The circle holds 99% of the draws of N(0, I). Nobody told the autoencoder where to put its codes. What share of its "
    "images lie outside the circle?", ANSWERS
)  # fmt: skip

with st.container(horizontal=True, vertical_alignment="bottom"):
    source = st.segmented_control(
        "Draw codes from", SOURCES, default=SOURCES[0], required=True, key="source", bind="query-params", width="content"
    )
    digits = [str(i) for i in range(10)]
    first = st.selectbox("Walk from", digits, 0, key="from", bind="query-params", width=120)
    last = st.selectbox("to", digits, 7, key="to", bind="query-params", width=120)

outside, misfit = {}, {}
for name, title, side in zip((AE, VAE), ("Autoencoder", "VAE"), st.columns(2)):
    model, atlas = store.load_model(name), store.load_atlas(name)
    classes = model.about.class_names
    fit = autoencoder.Fit.to(atlas.mean)
    outside[name], misfit[name] = autoencoder.share_outside(atlas.mean, autoencoder.prior_radius()), fit.kl()
    codes = store.on_thread(model.sample_codes, MEASURED, seed=0) if source == SOURCES[0] else fit.draw(MEASURED, seed=0)
    found = store.drawn(
        f"draws {name} {source}", (model.step, len(atlas)), partial(autoencoder.compare, codes, atlas.mean, atlas.labels)
    )
    way = autoencoder.between(atlas.mean, atlas.labels, int(first), int(last))
    with side:
        st.markdown(f"#### {title}: {outside[name]:.0%} outside" if guess else f"#### {title}")
        st.plotly_chart(
            store.drawn(
                f"map {name} {source} {first} {last}", (model.step, len(atlas)),
                partial(autoencoder.map_of, atlas.mean, atlas.labels, classes, codes[:SHOWN], way, legend=True),
            ),
            key=f"map {name}", config=page.PLOTLY_CONFIG,
            alt=f"the codes of {len(atlas):,} images of the {title} by class, with the circle of the prior",
        )  # fmt: skip
        st.image(
            pictures.enlarge(pictures.mosaic(store.decode(name, codes[:SHOWN]), 12), 3), width="stretch",
            alt=f"{SHOWN} decoded draws of the {title}", caption=f"{SHOWN} draws (diamonds) from {source}, decoded",
        )  # fmt: skip
        st.image(
            pictures.enlarge(pictures.mosaic(store.decode(name, way), len(way)), 3), width="stretch",
            alt=f"nine steps from {first} to {last}", caption=f"the dotted way from {first} to {last}, decoded",
        )  # fmt: skip
        st.caption(f"{autoencoder.outcome(found, classes)} {display_names.model_caption(name, model)}.")
st.caption(
    f"Both have the same network, batches and steps. The axes differ: the circle, of radius {autoencoder.prior_radius():.2f}, "
    f"is the ruler. Training images' codes (means); {autoencoder.DOTS:,} of them are shown."
)

right = ANSWERS[2] if outside[AE] > 0.25 else ANSWERS[1] if outside[AE] > 0.03 else ANSWERS[0]
lesson_page.verdict(
    guess, right, f"{right.capitalize()}: {outside[AE]:.0%} of the autoencoder's codes are outside, {outside[VAE]:.0%} of the "
    f"VAE's. Fitted by a Gaussian, the autoencoder's codes are {misfit[AE]:.2f} nats from N(0, I), the VAE's {misfit[VAE]:.2f}."
)  # fmt: skip

st.markdown(
    rf"""An autoencoder learns to code an image $x$ as a few numbers $z$, its units, and to decode it again, and nothing else. A
VAE's encoder answers with a Gaussian $q(z|x)$, its decoder with a distribution of images $p(x|z)$, and each code has a price
(Kingma & Welling 2014, arXiv 1312.6114): the KL $= \mathbb E_q[\log q - \log p]$, in nats, which is 0 only if $q = p$:

$$
\begin{{aligned}}
\mathcal L_\text{{AE}} &= -\log p\big(x\,|\,z = \mu(x)\big) \\
\mathcal L_\text{{VAE}} &= \mathbb E_{{q(z|x)}}\big[-\log p(x|z)\big] \\
&\quad + \mathrm{{KL}}\big(q(z|x)\,\|\,\mathcal N(0, I)\big)
\end{{aligned}}
$$

Because of the price the VAE's codes fill a place that is known before training: the **prior**. To draw a new image, draw
$z \sim \mathcal N(0, I)$ and decode it. The autoencoder has no prior. Drawing from $\mathcal N(0, I)$ does decode to images,
since the middle of its map is full, but the classes that lie further out are all but never drawn. One can look where its codes
are and fit a Gaussian to them afterwards (Ghosh et al. 2020, arXiv 1903.12436): then every class comes, and more of the draws
fall into the gaps between the arms of the map, which nothing in training filled.

The misfit of the fitted Gaussian $\mathcal N(m, S)$ to the prior has a closed form,
$\tfrac12(\mathrm{{tr}}\,S + m^\top m - D - \log\det S)$: {misfit[AE]:.2f} nats for the autoencoder, {misfit[VAE]:.2f} for the
VAE. It sees only the mean and the covariance of the codes, not their arms and gaps."""
)
lesson_page.code(Autoencoder, ELBO, autoencoder.Fit.kl, autoencoder.compare)
lesson_page.try_it("the autoencoder's map under your hand", "pages/latent_map.py", model=AE)
lesson_page.end(here)
