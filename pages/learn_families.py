"""Lesson: scores, likelihood and sampling time of a VAE, a GAN and a diffusion model."""

from pathlib import Path

import streamlit as st

from latent_explorer import models
from latent_explorer.course import lesson_page
from latent_explorer.course.lessons import families
from latent_explorer.course.parameters import Families
from latent_explorer.ui import display_names, page, widgets
from latent_explorer.ui.image_grid import show_images
from vae_core.baselines import Diffusion, TrainedBaseline
from vae_core.baselines.interpolation import interpolate_noise

GAN, DIFFUSION = "mnist-gan", "mnist-diffusion"
IMAGES = 8  # of an interpolation


def find_baselines(*names: str) -> list[Path]:
    """Return the folders of these GAN and diffusion models; if one is missing, the page ends with a notice."""
    folders = {name: families.find_baseline(name) for name in names}
    if missing := [name for name, folder in folders.items() if folder is None]:
        lesson_page.stop_without(missing)
    return [folder for folder in folders.values() if folder is not None]


def load_baseline(folder: Path) -> TrainedBaseline:
    """Load a GAN or diffusion model, once for all visitors."""
    stamp = ((folder / "baseline.json").stat().st_mtime_ns,)
    return models.shared(f"lesson families: {folder.name}", stamp, lambda: models.on_thread(TrainedBaseline.load, folder))


lesson = lesson_page.start("families", Families)
vae, vamp, vae_gan = lesson_page.open_models("mnist-10", "mnist-vamp", "mnist-vae-gan")
gan_folder, diffusion_folder = find_baselines(GAN, DIFFUSION)
gan, diffusion = load_baseline(gan_folder), load_baseline(diffusion_folder)
guess = lesson_page.ask_for_guess(
    Families.GUESS,
    "Which of these small models has the samples closest to the data? The distance is the Fréchet distance: 0 if the features "
    "of a classifier have the same mean and covariance for samples and data.",
)

# an interpolation between two samples of each family
with st.container(horizontal=True):
    steps = widgets.select_slider(Families.STEPS, "Steps of the diffusion", families.STEPS, default=8, width=420)
    seed = widgets.number_input(Families.SEED, "Seed", high=99, width=120)
interpolations = {
    f"{vae.name}: VAE, one network evaluation": lesson_page.measure(
        (vae,), f"families, VAE, seed {seed}", families.interpolate_samples, vae.trained, IMAGES, seed
    ),
    f"{GAN}: GAN, one network evaluation": lesson_page.measure(
        (), f"families, GAN of step {gan.step}, seed {seed}", interpolate_noise, gan, IMAGES, seed
    ),
    f"{DIFFUSION}: diffusion, {steps} network evaluation{'s' * (steps > 1)}": lesson_page.measure(
        (), f"families, diffusion model of step {diffusion.step}, seed {seed}, {steps} steps", interpolate_noise,
        diffusion, IMAGES, seed, sample_steps=steps,
    ),
}  # fmt: skip
for title, images in interpolations.items():
    show_images(images, IMAGES, scale=3, alt=f"{title}: from one sample to another", caption=title)
st.caption(
    "The leftmost and the rightmost image are samples. Between them, the latent code (for the diffusion model the first noise) "
    f"moves along a great circle. {display_names.model_caption(vae)}; {GAN}, step {gan.step:,}; {DIFFUSION}, step "
    f"{diffusion.step:,}."
)

# measured scores
st.markdown("#### Measured scores")
members = [
    families.load_member(vae.files.folder, "VAE"),
    families.load_member(vamp.files.folder, "VAE, VampPrior"),
    families.load_member(vae_gan.files.folder, "VAE-GAN", "not comparable"),
    families.load_member(gan_folder, "GAN", "has none"),
    families.load_member(diffusion_folder, "diffusion", "a bound, not measured"),
]
measured = sorted((m for m in members if m is not None), key=lambda m: m.scores["frechet_distance"])
if not measured:
    st.info("The samples of these models are not measured on this machine.", icon=":material/info:")
    st.stop()
best = measured[0]
if lesson_page.guessed(guess, "The table"):
    in_order = [m for m in members if m is not None]
    st.dataframe(families.scores_table(in_order), hide_index=True, alt="the measured scores, a row per model")
st.caption(
    f"Samples compared with {best.settings['n_images']:,} held-out images, by the features of one classifier. Precision: the "
    "share of samples that lie among the data. Recall: the share of data that lie among the samples (k = "
    f"{best.settings['k_precision']}). Coverage: the share of data with a sample among their {best.settings['k_density']} "
    f"nearest images. The same number of training images has a Fréchet distance of {best.scores['frechet_floor']:.2f}. The "
    f"likelihood of {vae_gan.name} is of continuous pixels, and cannot be compared with that of binary pixels. None of these "
    f"models was tuned for long: GAN and diffusion have {gan.step:,} and {diffusion.step:,} steps. The numbers rank these "
    "models, not the families."
)

# time per sample
st.markdown("#### The time per sample")
vae_time, gan_time, diffusion_times = lesson_page.measure(
    (vae,), "families, sampling times", families.measure_sampling_times, vae.trained, gan, diffusion
)
st.plotly_chart(
    families.sampling_time_figure((vae.name, vae_time), (GAN, gan_time), (DIFFUSION, diffusion_times)), key="times",
    config=page.PLOTLY_CONFIG, alt="milliseconds per sample over network evaluations, of a VAE, a GAN and a diffusion model",
)  # fmt: skip
st.caption(
    f"Measured on this machine when the page was opened for the first time, {families.TIMED} samples at once: "
    f"{1000 * vae_time:.1f} ms for the VAE, {1000 * gan_time:.1f} ms for the GAN, {1000 * diffusion_times[-1]:.0f} ms for "
    f"{families.STEPS[-1]} steps of the diffusion. Other work on the machine makes these times longer."
)

# the answer
scores = ", ".join(f"{m.name} {m.scores['frechet_distance']:.1f}" for m in measured)
lesson_page.show_verdict(
    guess,
    best.family,
    f"{best.family}, of these models: {scores}. The order by coverage or precision can be different; see the table.",
)

# the formula
st.markdown(
    r"""All three turn noise into images; they differ in how they learn it.

$$
\begin{aligned}
\text{VAE:} &\quad \mathbb E_q[\log p(x|z)] - \mathrm{KL}(q(z|x)\,\|\,p(z)) \\
\text{GAN:} &\quad \min_G \max_D\; V(G, D) \\
\text{diffusion:} &\quad
\mathbb E\,\|\epsilon - \epsilon_\theta(\sqrt{\bar\alpha}\,x + \sqrt{1-\bar\alpha}\,\epsilon, t)\|^2
\end{aligned}
$$

A **VAE** (Kingma & Welling 2014, arXiv 1312.6114) has a lower bound on the likelihood of an image, and an encoder that gives
its latent code. A sample takes one network evaluation, and is blurry. In a **GAN** (Goodfellow et al. 2014, arXiv 1406.2661) a
generator $G$ learns to deceive a discriminator $D$, which learns to tell generated from real images. A sample takes one network
evaluation and is sharp. A GAN has no likelihood and no encoder, and nothing forces it to cover all of the data. A **diffusion
model** (Ho et al. 2020, arXiv 2006.11239) mixes noise $\epsilon$ into an image, more at each step $t$, and a network
$\epsilon_\theta$ learns to predict the noise. It has a lower bound on the likelihood as well, a latent code as large as the
image, and needs many network evaluations per sample; with DDIM (Song et al. 2021, arXiv 2010.02502) their number can be
chosen."""
)
lesson_page.show_code(Diffusion.sample, interpolate_noise)
lesson_page.link_to_try("compare samples of the VAEs side by side", "pages/compare.py", of="mnist", by="Images")
lesson_page.end(lesson)
