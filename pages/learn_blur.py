"""Lesson: with a pixel loss, the decoder draws the mean of the images that share a latent code; other losses draw others."""

from functools import partial

import numpy as np
import streamlit as st

from latent_explorer import models
from latent_explorer.course import lesson_page
from latent_explorer.course.lessons import BETA_MODELS, blur
from latent_explorer.course.parameters import Blur
from latent_explorer.models import Model
from latent_explorer.ui import display_names, page, widgets
from latent_explorer.ui.image_grid import show_images
from vae_core.analysis import unit_matching
from vae_core.common.pixels import bytes_to_floats
from vae_core.evaluation.samples.scores import sharpness

LOSSES = {
    "mnist-mse": "squared error (Gaussian)",
    "mnist-laplace": "absolute error (Laplace)",
    "mnist-10": "cross-entropy (Bernoulli)",
    "mnist-perceptual": "features of a network",
    "mnist-vae-gan": "features of a discriminator (VAE-GAN)",
}
DECODED, MEASURED = 12, 200  # digits per model that are shown, and that the sharpness is measured on


def sharpness_of_models(codes: dict[Model, np.ndarray]) -> dict[str, float]:
    """Return the mean sharpness of each model's decoded latent codes, by the model's name."""
    return blur.mean_sharpness({model.name: model.decode(z[:MEASURED]) for model, z in codes.items()})


lesson = lesson_page.start("blur", Blur)
opened = {model.name: model for model in lesson_page.open_models(*BETA_MODELS.values(), *LOSSES)}
guess = lesson_page.ask_for_guess(
    Blur.GUESS, "One latent code z could be that of many images. What does the decoder draw for this z?"
)

# one latent code, the images that share it, and their mean
with st.container(horizontal=True, vertical_alignment="bottom"):
    beta = widgets.select_slider(
        Blur.BETA, "β: the higher, the more images share a latent code", list(BETA_MODELS), default=16, width=340
    )
    row = widgets.number_input(Blur.IMAGE, "Latent code of image", high=1000, width=130) - 1
model = opened[BETA_MODELS[beta]]
atlas = model.atlas
images, z = model.images().images[atlas.index], atlas.mean[row]
shared = lesson_page.measure((model,), f"blur, shared code of {row}", blur.find_shared_code, z, atlas.mean, atlas.std, images)
drawn = model.decode(z[None])[0]
nearest = bytes_to_floats(images[shared.by_weight[:12]])
shown = [(bytes_to_floats(images[row]), "the encoded image")]
if guess:
    shown += [(shared.mean, "mean of all images that share its latent code"), (drawn, "the decoder's image")]
with st.container(horizontal=True):
    for picture, caption in shown:
        show_images(picture[None], 1, scale=5, width=160, alt=caption, caption=caption)
show_images(
    nearest, 12, scale=2, alt="the twelve images that most likely have this latent code",
    caption="The twelve training images that most likely have this latent code",
)  # fmt: skip

# distances of the decoder's image from the three candidates
to_mean, to_likeliest = blur.squared_error(drawn, shared.mean), blur.squared_error(drawn, nearest[0])
sharing = bytes_to_floats(images[shared.by_weight[: max(2, round(shared.count))]])
to_random = float(np.mean([blur.squared_error(drawn, image) for image in sharing]))
mean_error = blur.expected_error(shared.mean, shared, images)
likeliest_error = blur.expected_error(nearest[0], shared, images)
if lesson_page.guessed(guess, "The decoder's image"):
    st.markdown(
        f"About **{shared.count:,.0f}** of {len(atlas):,} images share this latent code. The squared error per pixel between "
        f"the decoder's image and their mean is **{to_mean:.5f}**; between it and the most likely of them, "
        f"**{to_likeliest:.5f}**. The reason: averaged over all images that share the code, the error of the mean is "
        f"{mean_error:.4f}; that of the most likely image, although it is sharp, is {likeliest_error:.4f}."
    )
    st.caption(
        f"Sharpness (variance of the Laplacian): image {sharpness(images[[row]]):.3f}, mean "
        f"{sharpness(shared.mean[None]):.3f}, decoder's image {sharpness(drawn[None]):.3f}. At β = 1 almost no two of these "
        "images share a latent code, so the mean is one image: 10,000 images are too few to show the others."
    )
st.caption(f"{display_names.model_caption(model)}.")

# the answer
if shared.count < 2:
    answer = Blur.ANSWERS[2]
    explanation = (
        "Their mean, in theory. At this β, fewer than two images share the latent code of this image, so these numbers cannot "
        "show it. Choose a larger β."
    )
else:
    answer = Blur.ANSWERS[int(np.argmin([to_likeliest, to_random, to_mean]))]
    explanation = (
        f"{answer.capitalize()}: the squared error of the decoder's image is {to_mean:.5f} to the mean, {to_likeliest:.5f} to "
        f"the most likely image, and {to_random:.5f} on average to an image that shares the latent code."
    )
lesson_page.show_verdict(guess, answer, explanation)

# the same digits through models of other losses
st.markdown("#### Other losses, other images")
loss_models = [opened[name] for name in LOSSES]
atlases = [one.atlas for one in loss_models]
codes = {one: atlas.mean[rows] for one, atlas, rows in zip(loss_models, atlases, unit_matching.shared_rows(*atlases))}
sharpness_by_name: dict[str, float] = models.shared(
    "lesson blur: sharpness", tuple(one.files.key for one in loss_models), partial(sharpness_of_models, codes)
)
errors = {one.name: one.measurements.values("reconstruction") or {} for one in loss_models}
left, right = st.columns([3, 2])
with left:
    for one in loss_models:
        show_images(
            one.decode(codes[one][:DECODED]), DECODED, scale=2, alt=f"twelve digits decoded by {one.name}",
            caption=f"{LOSSES[one.name]}: {display_names.model_caption(one)}",
        )  # fmt: skip
right.plotly_chart(
    blur.error_and_sharpness_figure(
        {LOSSES[name]: value for name, value in sharpness_by_name.items()},
        {LOSSES[name]: values.get("mse") for name, values in errors.items()},
        errors["mnist-mse"].get("sharpness_of_data"), height=430,
    ), key="losses", config=page.PLOTLY_CONFIG, alt="sharpness of reconstructions over squared error, one mark per loss",
)  # fmt: skip
sharpest, softest = (choose(LOSSES, key=sharpness_by_name.__getitem__) for choose in (max, min))
samples = (opened["mnist-vae-gan"].measurements.values("samples") or {}).get("sharpness_ratio")
st.caption(
    f"The same twelve training digits in each row. Sharpness: mean over {MEASURED} digits. Squared error: over "
    f"{errors['mnist-mse'].get('n_measured', 0):,} held-out digits. Sharpest: {LOSSES[sharpest]}, "
    f"{sharpness_by_name[sharpest]:.3f}; least sharp: {LOSSES[softest]}, {sharpness_by_name[softest]:.3f}. mnist-10 has 10 "
    "units, the others 16, so it is not directly comparable. The sharpness of the perceptual loss is "
    f"{sharpness_by_name['mnist-perceptual'] / sharpness_by_name['mnist-mse']:.2f} times that of squared error."
    + (
        f" Sharp is not the same as correct: the VAE-GAN's own samples are {samples:.2f} times as sharp as the data."
        if samples
        else ""
    )
)

# the formula
st.markdown(
    r"""For a fixed encoder, the decoder must serve, at each $z$, all images that could have been encoded there. By Bayes' rule
the probability of each is $q(x_n|z) \propto q(z|x_n)$. Squared error and cross-entropy are both minimal at the mean (Bishop
2006, section 1.5.5):

$$
\arg\min_{\hat x} \sum_n q(x_n|z)\, \lVert \hat x - x_n \rVert^2 = \sum_n q(x_n|z)\, x_n
$$

So a blurry edge means: the edge is somewhere here, but its exact place is unknown. The absolute error (a Laplace likelihood) is
minimal at the median of each pixel: ink if more than half of the images have ink there, else none. Its edges are hard although
the place is just as uncertain. A perceptual loss (Hou et al. 2017, arXiv 1610.00291) compares features of the images; a VAE-GAN
(Larsen et al. 2016, arXiv 1512.09300) compares the features of a discriminator, which separates decoded from real images. Both
may prefer a sharp guess to the mean."""
)
lesson_page.show_code(blur.image_weights, blur.find_shared_code, sharpness)
lesson_page.link_to_try(
    "send an image through the latent code, and see its mean", "pages/reconstruct.py", model="mnist-mse"
)  # fmt: skip
st.page_link("pages/train.py", label="Train a model with another likelihood", icon=":material/play_circle:")
lesson_page.end(lesson)
