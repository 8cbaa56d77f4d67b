"""What is left for the code once the label is told?"""

import numpy as np
import streamlit as st

from latent_explorer.canvas import latent_canvas
from latent_explorer.course import lesson_page
from latent_explorer.course.lessons import conditional
from latent_explorer.models import canvas_data, projection_cache, store
from latent_explorer.ui import display_names, page, pictures
from vae_core.common.seeds import rng
from vae_core.latent.label_leak import label_leak

NAME, PLAIN, NARROW = "mnist-cvae", "mnist-10", "mnist-2"
ANSWERS = ("nearly always", "clearly more often than by chance", "no better than by chance")

here = lesson_page.start("conditional")
lesson_page.needs(NAME, PLAIN, NARROW)
model, atlas = store.load_model(NAME), store.load_atlas(NAME)

guess = lesson_page.predict(
    "Encoder and decoder of a VAE are both told which digit it is. How often does a linear classifier (a probe) "
    "still read the digit from the code?", ANSWERS
)  # fmt: skip

beside = st.segmented_control(
    "Beside it, not told the label", (PLAIN, NARROW), default=PLAIN, required=True, key="beside", bind="query-params"
)
maps = {
    f"{name}: {told}": (projection_cache.plane(name).xy, store.load_atlas(name).labels)
    for name, told in ((beside, "not told"), (NAME, "told the label"))
}
steps = (model.step, store.load_model(beside).step)
st.plotly_chart(
    store.drawn(f"maps beside {beside}", steps, lambda: conditional.maps(maps, model.about.class_names)), key="maps",
    config=page.PLOTLY_CONFIG,
    alt=f"codes of {beside} in clusters by class, and those of {NAME}, where the classes lie over each other",
)  # fmt: skip
found = store.drawn(
    f"kept of the label {beside}", steps,
    lambda: {name: store.on_thread(conditional.kept, store.load_atlas(name)) for name in (beside, NAME)},
)  # fmt: skip
plain, told = found.values()
if not lesson_page.withhold(guess, "What the probe reads comes"):
    st.plotly_chart(
        conditional.probes(found), key="probes", config=page.PLOTLY_CONFIG,
        alt=f"label read from the code: {plain.leak.accuracy:.0%} without, {told.leak.accuracy:.0%} with the label told",
    )  # fmt: skip
st.caption(
    f"Between the classes lies {plain.between:.0%} of the variance of {beside}'s codes, and {told.between:.0%} of {NAME}'s. A "
    f"code costs {plain.kl:.1f} and {told.kl:.1f} nats. Codes of training images, {conditional.SHOWN:,} shown; the probe is "
    f"tried on {told.leak.n_test:,} that it has not seen. {beside} has {store.load_model(beside).latent_dim} units, {NAME} "
    f"{model.latent_dim}. {display_names.model_caption(beside, store.load_model(beside))}; {display_names.model_caption(NAME, model)}."
)

st.markdown("#### Style × label, under your hand")
canvas = canvas_data.model(NAME)
latent_canvas(
    canvas, canvas_data.points(NAME), modes=("condition", "sliders"), key="style",
    decode=lambda z, condition: canvas_data.decode_with_condition(NAME, z, condition),
)  # fmt: skip
styles = rng(2, "styles").standard_normal((4, model.latent_dim))
digits = len(model.about.class_names)
grid = store.decode(NAME, np.repeat(styles, digits, axis=0), np.tile(np.arange(digits), len(styles))[:, None])
st.image(
    pictures.enlarge(pictures.mosaic(grid, digits), 2),
    width=640,
    alt="four styles, a row each, under ten labels, a column each",
)
st.caption(
    "One code per row, one label per column: slant and stroke stay along a row, the digit changes. "
    f"Four draws of the prior; {display_names.model_caption(NAME, model)}."
)

accuracy, chance = told.leak.accuracy, told.leak.chance
right = ANSWERS[0] if accuracy > 0.8 else ANSWERS[1] if accuracy > 1.5 * chance else ANSWERS[2]
lesson_page.verdict(
    guess, right, f"{right.capitalize()}: {accuracy:.0%} against {chance:.0%} by chance, and {plain.leak.accuracy:.0%} from "
    f"the codes of {beside}, which is not told."
)  # fmt: skip

st.markdown(
    r"""A conditional VAE is told the label $y$ on both sides (Kingma et al. 2014, arXiv 1406.5298; Sohn et al. 2015):

$$
\begin{aligned}
\log p(x|y) \ge{} & \mathbb E_{q(z|x,y)}\big[\log p(x|z,y)\big] \\
& - \mathrm{KL}\big(q(z|x,y)\,\|\,p(z)\big)
\end{aligned}
$$

The prior $p(z)$ is the same for every label. To say the digit in $z$ as well would cost up to
$\ln 10 \approx 2.3$ nats of KL, and tell the decoder what it already knows. So clusters do not pay any more: the codes of all
digits spread over the same prior, and a place in it means a style. Nothing *forbids* the code to know the label: a probe above
chance is called a leak."""
)
lesson_page.code(label_leak, conditional.between_classes)
lesson_page.try_it(
    "many styles under every label, an image under other labels, a number in one hand", "pages/conditional.py", model=NAME
)
lesson_page.end(here)
