"""A code that many images share is drawn as their mean; other losses draw something else."""

import numpy as np
import streamlit as st

from latent_explorer.course import lesson_page
from latent_explorer.course.lessons import LADDER, blur
from latent_explorer.models import measurements, store
from latent_explorer.ui import display_names, page, pictures
from vae_core.analysis import unit_matching
from vae_core.common.pixels import bytes_to_floats
from vae_core.evaluation.samples.scores import sharpness

LOSSES = {
    "mnist-mse": "squared error (Gaussian)",
    "mnist-laplace": "absolute error (Laplace)",
    "mnist-10": "cross-entropy (Bernoulli)",
    "mnist-perceptual": "features of a network",
    "mnist-vae-gan": "features of a critic (VAE-GAN)",
}
ANSWERS = ("the most likely of them", "one of them by chance", "their mean")

here = lesson_page.start("blur")
lesson_page.needs(*LADDER.values(), *LOSSES)
guess = lesson_page.predict("One code z could have come from many images. What does the decoder draw there?", ANSWERS)

with st.container(horizontal=True, vertical_alignment="bottom"):
    beta = st.select_slider(
        "β: the higher, the more images share a code", list(LADDER), 16, key="beta", bind="query-params", width=340
    )
    row = st.number_input("Code of image", 1, 1000, 8, key="image", bind="query-params", width=130) - 1
name = LADDER[beta]
model, atlas = store.load_model(name), store.load_atlas(name)
images, z = store.load_images(name).images[atlas.index], atlas.mean[row]
shared = store.drawn(f"shared {name} {row}", (model.step, len(atlas)), lambda: blur.share(z, atlas.mean, atlas.std, images))
drawn = store.decode(name, z[None])[0]
nearest = bytes_to_floats(images[shared.likely[:12]])
shown = [(bytes_to_floats(images[row]), "the image that was coded")]
if guess:
    shown += [(shared.mean, "mean of all images that share its code"), (drawn, "what the decoder draws")]
with st.container(horizontal=True):
    for picture, what in shown:
        st.image(pictures.enlarge(pictures.mosaic(picture[None], 1), 5), width=160, alt=what, caption=what)
st.image(
    pictures.enlarge(pictures.mosaic(nearest, 12), 2), alt="the twelve images that most likely have this code",
    caption="The twelve training images most likely to have this code",
)  # fmt: skip
to_mean, to_top = blur.squared_error(drawn, shared.mean), blur.squared_error(drawn, nearest[0])
likely = bytes_to_floats(images[shared.likely[: max(2, round(shared.count))]])
random = float(np.mean([blur.squared_error(drawn, x) for x in likely]))
cost = {what: blur.expected_error(x, shared, images) for what, x in (("mean", shared.mean), ("sharp", nearest[0]))}
if not lesson_page.withhold(guess, "What the decoder draws for it comes"):
    st.markdown(
        f"About **{shared.count:,.0f}** of {len(atlas):,} images share this code. The drawing is **{to_mean:.5f}** from their "
        f"mean and **{to_top:.5f}** from the likeliest of them (squared error per pixel). Why: over all that share the code, "
        f"the mean errs by {cost['mean']:.4f}, the likeliest image, sharp as it is, by {cost['sharp']:.4f}."
    )
    st.caption(
        f"Sharpness: image {sharpness(images[[row]]):.3f}, mean {sharpness(shared.mean[None]):.3f}, drawing "
        f"{sharpness(drawn[None]):.3f} (variance of the Laplacian). At β = 1 hardly two of these images share a code, so the "
        "mean is one image: 10,000 are too few to show the others."
    )
st.caption(f"{display_names.model_caption(name, model)}.")
if shared.count < 2:
    right, because = ANSWERS[2], (
        "Their mean, in theory; at this β and image fewer than two images share the code, so it cannot be told here. Raise β."
    )  # fmt: skip
else:
    right = ANSWERS[int(np.argmin([to_top, random, to_mean]))]
    because = (
        f"{right.capitalize()}: the drawing is {to_mean:.5f} from the mean, {to_top:.5f} from the likeliest image and "
        f"{random:.5f} on average from one that shares the code."
    )
lesson_page.verdict(guess, right, because)

st.markdown("#### Another loss, another drawing")
count = 200
maps = [store.load_atlas(one) for one in LOSSES]
codes = {one: kept.mean[same] for one, kept, same in zip(LOSSES, maps, unit_matching.shared_rows(*maps))}
sharp = store.drawn(
    "sharp", tuple(store.load_model(one).step for one in LOSSES),
    lambda: blur.sharp_each({one: store.decode(one, z[:count]) for one, z in codes.items()}),
)  # fmt: skip
measured = {one: measurements.values(one, "reconstruction") or {} for one in LOSSES}
left, right_side = st.columns([3, 2])
with left:
    for one, what in LOSSES.items():
        st.image(
            pictures.enlarge(pictures.mosaic(store.decode(one, codes[one][:12]), 12), 2), alt=f"twelve digits through {one}",
            caption=f"{what}: {display_names.model_caption(one, store.load_model(one))}",
        )  # fmt: skip
right_side.plotly_chart(
    blur.losses(
        {LOSSES[one]: sharp[one] for one in LOSSES}, {LOSSES[one]: measured[one].get("mse") for one in LOSSES},
        measured["mnist-mse"].get("sharpness_of_data"), height=430,
    ), key="losses", config=page.PLOTLY_CONFIG, alt="sharpness of reconstructions over squared error, one mark per loss",
)  # fmt: skip
sharpest, softest = max(sharp, key=sharp.get), min(sharp, key=sharp.get)
samples = (measurements.values("mnist-vae-gan", "samples") or {}).get("sharpness_ratio")
st.caption(
    f"The same twelve training digits through each model; sharpness over {count}, squared error over "
    f"{measured['mnist-mse'].get('n_measured', 0):,} held-out digits. Sharpest: {LOSSES[sharpest]}, {sharp[sharpest]:.3f}; "
    f"softest: {LOSSES[softest]}, {sharp[softest]:.3f}. mnist-10 has 10 units, the others 16, so it is no twin of theirs. The "
    f"perceptual loss has {sharp['mnist-perceptual'] / sharp['mnist-mse']:.2f} times the sharpness of squared error here."
    + (f" Sharp is not true: the VAE-GAN's own samples are {samples:.2f} times as sharp as the data." if samples else "")
)
st.markdown(
    r"""For a fixed encoder, the decoder meets at each $z$ all the images that could have been coded there. Bayes says how
likely each is, $q(x_n|z) \propto q(z|x_n)$. Squared error and cross-entropy are both smallest at the mean (Bishop 2006, section
1.5.5):

$$
\arg\min_{\hat x} \sum_n q(x_n|z)\, \lVert \hat x - x_n \rVert^2 = \sum_n q(x_n|z)\, x_n
$$

So a soft edge says: somewhere here, I do not know where. Absolute error (a Laplace likelihood) is smallest at the median of
each pixel: ink where more than half of the images have ink, else paper, so an edge is hard although the image is as unsure. A
perceptual loss (Hou et al. 2017, arXiv 1610.00291) compares features, a VAE-GAN (Larsen et al. 2016, arXiv 1512.09300) the
features of a critic that knows drawn from real: both can prefer a sharp guess to the mean."""
)
lesson_page.code(blur.owners, blur.share, sharpness)
lesson_page.try_it("an image through the code, and its mean drawing", "pages/reconstruct.py", model="mnist-mse")
st.page_link("pages/train.py", label="Train one with another likelihood", icon=":material/play_circle:")
lesson_page.end(here)
