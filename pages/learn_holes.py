"""Lesson: the prior also draws latent codes from holes, where no images are encoded; two ways to fill the holes."""

import math

import streamlit as st

from latent_explorer.course import lesson_page
from latent_explorer.course.lessons import holes
from latent_explorer.course.parameters import Holes
from latent_explorer.models import Model
from latent_explorer.ui import display_names, page, widgets
from latent_explorer.ui.image_grid import show_images
from vae_core.analysis.code_mixture import fit_mixture
from vae_core.evaluation.latent.aggregate import log_density_ratio

BOUNDS = (0.05, 0.17, 0.5)  # shares between the answers
ASKED = Holes.DEPTH.default  # nats: depth of the holes in the question


def measured_kl(model: Model) -> float | None:
    """Return the measured KL(q ‖ p) over the held-out images."""
    return (model.measurements.values("decomposition") or {}).get("kl_to_prior")


lesson = lesson_page.start("holes", Holes)
model, plain, vamp = lesson_page.open_models("mnist-2", "mnist-mlp20", "mnist-vamp")
atlas = model.atlas

guess = lesson_page.ask_for_guess(
    Holes.GUESS,
    "A new image is decoded from a draw of the prior. What share of the draws falls where the latent codes of images are less "
    "than 0.37 times as dense as the prior (1 nat below it)?",
)

# the density ratio over the plane, and decoded draws from holes and from dense places
found = lesson_page.measure((model,), "holes, density ratio", holes.measure_density_ratio, atlas.mean, atlas.std)
depth = widgets.slider(Holes.DEPTH, "A hole is where log q − log p is at least this far below 0, in nats", width=420)
share, depth_text = found.share_below(-depth), f"{depth:g} nat{'s' * (depth != 1)}"
left, right = st.columns([3, 2])
left.plotly_chart(
    holes.density_ratio_figure(found, -depth), key="map", config=page.PLOTLY_CONFIG,
    alt=f"log q − log p over the latent space of {model.name}, with the draws of the prior that lie in holes of {depth_text}",
)  # fmt: skip
with right:
    for title, codes in zip(("From holes", "From dense places"), found.hole_and_dense_draws(-depth, 24)):
        st.markdown(f"**{title}**")
        if len(codes):
            show_images(model.decode(codes), 8, scale=2, width=440, alt=f"images decoded {title.lower()} of the prior")
        else:
            st.caption("None of the draws lies in a hole that deep.")
share_text = f" **{share:.1%}** of {len(found.draws):,} draws of the prior fall into holes of {depth_text}."
if depth == ASKED and not lesson_page.guessed(guess, "The share of draws that fall into holes this deep"):
    share_text = ""
st.caption(
    f"Red: the prior is denser than the latent codes of the images. Blue: the latent codes are denser.{share_text} Both "
    f"pictures show the first draws of the prior, not selected ones. Latent codes of {len(atlas):,} training images; "
    f"{display_names.model_caption(model)}."
)

# the answer
asked_share = found.share_below(-ASKED)
answer = Holes.ANSWERS[sum(asked_share > bound for bound in BOUNDS)]
lesson_page.show_verdict(
    guess, answer, f"{answer.capitalize()}: {asked_share:.1%} of the prior's draws lie at least 1 nat below."
)

# KL of the latent codes to three priors
st.markdown("#### Two ways to fill the holes")
values = lesson_page.measure(
    (plain, vamp), "holes, priors", holes.compare_priors, (plain.trained, plain.atlas), (vamp.trained, vamp.atlas)
)
before, after, learned = values.values()
n = len(plain.atlas)
st.plotly_chart(
    holes.prior_kl_figure(values), key="bars", config=page.PLOTLY_CONFIG, alt="KL of the latent codes to three priors, in nats"
)
plain_kl, vamp_kl = measured_kl(plain), measured_kl(vamp)
held_out_text = f" Measured over the held-out images: {plain_kl:.1f} and {vamp_kl:.1f} nats." if plain_kl and vamp_kl else ""
st.caption(
    f"Both fit the prior to the latent codes. A mixture of {holes.COMPONENTS} Gaussians, fitted to {holes.FITTED:,} latent "
    f"codes after training, removes {before - after:.1f} nats of KL; a VampPrior, trained together with the model, "
    f"{before - learned:.1f}. Neither comes close to 0. One reason is the small number of images: a latent code can carry at "
    f"most ln {n:,} = {math.log(n):.1f} nats of information about which image it is, and the rest of its KL counts "
    f"here.{held_out_text} {display_names.model_caption(plain)}; {display_names.model_caption(vamp)}."
)

# the formula
st.markdown(
    r"""The latent codes of all images together form the **aggregate posterior** $q(z) = \frac1N \sum_n q(z|x_n)$. The average
KL in the ELBO has two parts (Hoffman & Johnson 2016):

$$
\begin{aligned}
&\frac1N \sum_n \mathrm{KL}\big(q(z|x_n)\,\|\,p(z)\big) \\
&\quad = I_q(x; z) + \underbrace{\mathrm{KL}\big(q(z)\,\|\,p(z)\big)}_{\text{the holes}}
\end{aligned}
$$

Only the second part harms the samples: where $q(z) \ll p(z)$, the decoder was never trained, but the prior still draws from
there (Rosca et al. 2018, arXiv 1802.06847). One remedy is to fit a density to the latent codes after training (Ghosh et al.
2020, arXiv 1903.12436). Another is a prior that is a mixture of the posteriors of learned pseudo-images, the VampPrior (Tomczak
& Welling 2018, arXiv 1705.07120): $p(z) = \frac1K \sum_k q(z|u_k)$."""
)
lesson_page.show_code(log_density_ratio, holes.kl_to_priors, fit_mixture)
lesson_page.link_to_try("drag a path across the map into a hole", "pages/latent_map.py", model=model.name, tab="Plane")
lesson_page.end(lesson)
