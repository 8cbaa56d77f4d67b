"""Lesson: given the label, the latent code of a conditional VAE encodes the rest, the style."""

from functools import partial

import numpy as np
import streamlit as st

from latent_explorer import models
from latent_explorer.canvas import latent_canvas
from latent_explorer.course import lesson_page
from latent_explorer.course.lessons import conditional
from latent_explorer.course.lessons.conditional import LabelInformation
from latent_explorer.course.lessons.ground_truth import labels_of
from latent_explorer.course.parameters import Conditional
from latent_explorer.models import Model
from latent_explorer.ui import display_names, page, widgets
from latent_explorer.ui.image_grid import show_images
from vae_core.common.seeds import rng
from vae_core.latent.label_leak import label_leak


def label_information(model: Model) -> LabelInformation:
    """Measure how much a model's latent codes encode the label, once for all visitors."""
    return lesson_page.measure((model,), "conditional, label", conditional.measure_label_information, model.atlas)


lesson = lesson_page.start("conditional", Conditional)
given_label, *without_label = lesson_page.open_models("mnist-cvae", *Conditional.BESIDE.options)

guess = lesson_page.ask_for_guess(
    Conditional.GUESS,
    "Encoder and decoder of a conditional VAE are both given the label: which digit it is. How often can a linear classifier "
    "(a probe) still read the digit from the latent code?",
)

# two maps, and a probe of each model's latent codes
beside = widgets.segmented_control(Conditional.BESIDE, "Compare with a model without the label", Conditional.BESIDE.options)
other = next(model for model in without_label if model.name == beside)
maps = {
    f"{other.name}: without the label": (other.plane.xy, labels_of(other.atlas)),
    f"{given_label.name}: given the label": (given_label.plane.xy, labels_of(given_label.atlas)),
}
st.plotly_chart(
    models.shared(
        "lesson conditional: maps", (other.files.key, given_label.files.key),
        partial(conditional.class_maps_figure, maps, given_label.about.class_names),
    ), key="maps", config=page.PLOTLY_CONFIG,
    alt=f"latent codes of {other.name} in clusters by class, and those of {given_label.name}, where the classes overlap",
)  # fmt: skip
without, given = label_information(other), label_information(given_label)
if lesson_page.guessed(guess, "The accuracy of the probe"):
    st.plotly_chart(
        conditional.probe_accuracy_figure({other.name: without, given_label.name: given}), key="probes",
        config=page.PLOTLY_CONFIG,
        alt=f"labels read from the latent code: {without.leak.accuracy:.0%} without the label, "
        f"{given.leak.accuracy:.0%} with it",
    )  # fmt: skip
st.caption(
    f"{without.between:.0%} of the variance of {other.name}'s latent codes lies between the classes, and {given.between:.0%} "
    f"of {given_label.name}'s. Their KL is {without.kl:.1f} and {given.kl:.1f} nats. Latent codes of training images, "
    f"{conditional.SHOWN:,} of them shown; the probe is tested on {given.leak.n_test:,} that it has not seen. {other.name} has "
    f"{other.latent_dim} units, {given_label.name} {given_label.latent_dim}. {display_names.model_caption(other)}; "
    f"{display_names.model_caption(given_label)}."
)

# styles under labels
st.markdown("#### Style × label")
latent_canvas(
    given_label.canvas, given_label.canvas_points(), modes=("condition", "sliders"), key="style",
    decode=given_label.decode_with_condition,
)  # fmt: skip
styles, n_labels = rng(2, "styles").standard_normal((4, given_label.latent_dim)), len(given_label.about.class_names)
grid = given_label.decode(np.repeat(styles, n_labels, axis=0), np.tile(np.arange(n_labels), len(styles))[:, None])
show_images(
    grid, n_labels, scale=2, width=640, alt="four styles, one per row, with ten labels, one per column"
)  # fmt: skip
st.caption(
    "One latent code per row, one label per column: along a row the slant and the stroke stay, and the digit changes. "
    f"Four draws of the prior; {display_names.model_caption(given_label)}."
)

# the answer
accuracy, chance = given.leak.accuracy, given.leak.chance
answer = Conditional.ANSWERS[0 if accuracy > 0.8 else 1 if accuracy > 1.5 * chance else 2]
lesson_page.show_verdict(
    guess,
    answer,
    f"{answer.capitalize()}: {accuracy:.0%}, where chance is {chance:.0%}. From the latent codes of {other.name}, which does "
    f"not get the label, it is {without.leak.accuracy:.0%}.",
)

# the formula
st.markdown(
    r"""The encoder and the decoder of a conditional VAE both get the label $y$ (Kingma et al. 2014, arXiv 1406.5298; Sohn et
al. 2015):

$$
\begin{aligned}
\log p(x|y) \ge{} & \mathbb E_{q(z|x,y)}\big[\log p(x|z,y)\big] \\
& - \mathrm{KL}\big(q(z|x,y)\,\|\,p(z)\big)
\end{aligned}
$$

The prior $p(z)$ is the same for every label. To encode the digit in $z$ as well would cost up to $\ln 10 \approx 2.3$ nats of
KL, and would tell the decoder only what it already knows. So clusters no longer help: the latent codes of all digits spread
over the same prior, and a position in it means a style. Nothing *forbids* the latent code to encode the label: a probe above
chance is called a leak."""
)
lesson_page.show_code(label_leak, conditional.between_class_share)
lesson_page.link_to_try(
    "try many styles with every label, an image with other labels, a number in one handwriting", "pages/conditional.py",
    model=given_label.name,
)  # fmt: skip
lesson_page.end(lesson)
