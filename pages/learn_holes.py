"""Where does the prior draw what no image ever coded?"""

import math

import streamlit as st

from latent_explorer.course import lesson_page
from latent_explorer.course.lessons import holes
from latent_explorer.models import measurements, store
from latent_explorer.ui import display_names, page, pictures
from vae_core.analysis.code_mixture import fit_mixture
from vae_core.evaluation.latent.aggregate import log_density_ratio

NAME, PLAIN, VAMP = "mnist-2", "mnist-mlp20", "mnist-vamp"
ANSWERS = ("nearly none", "about one in ten", "about one in four", "more than half")
BOUNDS = (0.05, 0.17, 0.5)  # between the answers
ASKED = 1.0  # nats: how deep the holes of the question are

here = lesson_page.start("holes")
lesson_page.needs(NAME, PLAIN, VAMP)
model, atlas = store.load_model(NAME), store.load_atlas(NAME)

guess = lesson_page.predict(
    "A new image is decoded from a draw of the prior. How many draws fall where codes of images are less than 0.37 times as "
    "dense as the prior says (1 nat below)?", ANSWERS
)  # fmt: skip

found = store.drawn(
    f"holes {NAME}", (model.step, len(atlas)), lambda: store.on_thread(holes.plane, atlas.mean, atlas.std)
)  # fmt: skip
depth = st.slider(
    "A hole is where q lies below p by at least, nats", 0.5, 4.0, ASKED, 0.5, key="depth", bind="query-params", width=420
)
share, deep = found.share_below(-depth), f"{depth:g} nat{'s' * (depth != 1)}"
left, right_side = st.columns([3, 2])
left.plotly_chart(
    holes.holes_map(found, -depth), key="map", config=page.PLOTLY_CONFIG,
    alt=f"log q − log p over the plane of {NAME}, with the draws of the prior that lie in holes of {deep}",
)  # fmt: skip
with right_side:
    for title, codes in zip(("From holes", "From full places"), found.picked(-depth, 24)):
        st.markdown(f"**{title}**")
        if len(codes):
            picture = pictures.enlarge(pictures.mosaic(store.decode(NAME, codes), 8), 2)
            st.image(picture, width=440, alt=f"images decoded {title.lower()} of the prior")
        else:
            st.caption("None of the draws is that deep in a hole.")
counted = f" **{share:.1%}** of {len(found.drawn):,} draws of the prior fall into holes of {deep}."
if depth == ASKED and lesson_page.withhold(guess, "How many of the draws fall into holes this deep comes"):
    counted = ""
st.caption(
    f"Red: the prior promises more than the encoder ever used; blue: the encoder crowds there.{counted} Both pictures are of "
    f"draws of the prior, the first ones, not chosen. Codes of {len(atlas):,} training images; {display_names.model_caption(NAME, model)}."
)

wide = found.share_below(-ASKED)
right = ANSWERS[sum(wide > bound for bound in BOUNDS)]
lesson_page.verdict(guess, right, f"{right.capitalize()}: {wide:.1%} of the prior's draws lie at least 1 nat below.")

st.markdown("#### Two ways to mend it")
plain, vamp = store.load_model(PLAIN), store.load_model(VAMP)
values = store.drawn(
    f"mended {PLAIN} {VAMP}", (plain.step, vamp.step),
    lambda: store.on_thread(holes.mended, (plain, store.load_atlas(PLAIN)), (vamp, store.load_atlas(VAMP))),
)  # fmt: skip
before, after, learned = values.values()
n = len(store.load_atlas(PLAIN))
st.plotly_chart(holes.bars(values), key="bars", config=page.PLOTLY_CONFIG, alt="mismatch of three priors, nats")
measured = [(measurements.values(name, "decomposition") or {}).get("kl_to_prior") for name in (PLAIN, VAMP)]
over_all = f" Over the held-out images {measured[0]:.1f} and {measured[1]:.1f} nats were measured." if all(measured) else ""
st.caption(
    f"Let the prior go to the codes: a mixture of {holes.COMPONENTS} Gaussians fitted to {holes.FITTED:,} finished codes takes "
    f"{before - after:.1f} nats away without any training, a VampPrior trained with the model {before - learned:.1f}. None "
    f"comes near 0, in part since there are so few images: a code says at most ln {n:,} = {math.log(n):.1f} nats of which of "
    f"them it is, and all other KL counts here.{over_all} {display_names.model_caption(PLAIN, plain)}; {display_names.model_caption(VAMP, vamp)}."
)

st.markdown(
    r"""The codes of all images together are the **aggregate posterior** $q(z) = \frac1N \sum_n q(z|x_n)$. The average KL
that the ELBO pays has two parts (Hoffman & Johnson 2016):

$$
\begin{aligned}
&\frac1N \sum_n \mathrm{KL}\big(q(z|x_n)\,\|\,p(z)\big) \\
&\quad = I_q(x; z) + \underbrace{\mathrm{KL}\big(q(z)\,\|\,p(z)\big)}_{\text{the holes}}
\end{aligned}
$$

Only the second part harms the samples: where $q(z) \ll p(z)$ the decoder has never been trained, and still the prior draws
from there (Rosca et al. 2018, arXiv 1802.06847). One can fit a density to the finished codes (Ghosh et al. 2020, arXiv
1903.12436), or let the prior be a mixture of the posteriors of learned pseudo-images, the VampPrior (Tomczak & Welling 2018,
arXiv 1705.07120):
$p(z) = \frac1K \sum_k q(z|u_k)$."""
)
lesson_page.code(log_density_ratio, holes.mismatch, fit_mixture)
lesson_page.try_it("draw across the map into a hole", "pages/latent_map.py", model=NAME, tab="Plane")
lesson_page.end(here)
