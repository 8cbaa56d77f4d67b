"""What does each family of generative models give, and what does it cost?"""

import streamlit as st

from latent_explorer.course import lesson_page
from latent_explorer.course.lessons import families
from latent_explorer.models import store
from latent_explorer.ui import display_names, page, pictures
from vae_core.baselines import Diffusion, TrainedBaseline
from vae_core.baselines.interpolation import interpolate_noise

NAME, VAMP, MIXED, GAN, DIFFUSION = "mnist-10", "mnist-vamp", "mnist-vae-gan", "mnist-gan", "mnist-diffusion"
WALK = 8

here = lesson_page.start("families")
lesson_page.needs(NAME, VAMP, MIXED)
folders = {name: store.CHECKPOINTS / name for name in (GAN, DIFFUSION)}
if missing := [name for name, folder in folders.items() if not (folder / "baseline.json").is_file()]:
    st.info(f"This lesson also takes {' and '.join(missing)}, not here any more; `python checkpoints/build.py` makes it again.")
    st.stop()
gan, diffusion = (
    store.drawn(f"baseline {n}", (f.stat().st_mtime_ns,), lambda f=f: store.on_thread(TrainedBaseline.load, f))
    for n, f in folders.items()
)
model = store.load_model(NAME)
members = [
    families.member(store.checkpoint_path(NAME), "VAE"),
    families.member(store.checkpoint_path(VAMP), "VAE, VampPrior"),
    families.member(store.checkpoint_path(MIXED), "VAE with a GAN's critic", "of another kind"),
    families.member(folders[GAN], "GAN", "has none"),
    families.member(folders[DIFFUSION], "diffusion", "a bound, not measured"),
]
members = [m for m in members if m is not None]
guess = lesson_page.predict(
    "Which of these small models has the samples nearest to the data, by Fréchet distance (0: the features of a classifier "
    "have the same mean and covariance)?", tuple(m.family for m in members)
)  # fmt: skip

with st.container(horizontal=True):
    steps = st.select_slider("Steps of the diffusion", families.STEPS, 8, key="steps", bind="query-params", width=420)
    seed = st.number_input("Seed", 0, 99, 0, key="seed", bind="query-params", width=120)
stamp = (model.step, gan.step, diffusion.step)
walks = {
    f"{NAME}: VAE, one pass": store.drawn(
        f"walk VAE {seed}", stamp, lambda: store.on_thread(families.vae_walk, model, WALK, seed)
    ),
    f"{GAN}: GAN, one pass": store.drawn(
        f"walk GAN {seed}", stamp, lambda: store.on_thread(interpolate_noise, gan, WALK, seed)
    ),
    f"{DIFFUSION}: diffusion, {steps} pass{'es' * (steps > 1)}": store.drawn(
        f"walk diffusion {seed} {steps}",
        stamp,
        lambda: store.on_thread(interpolate_noise, diffusion, WALK, seed, sample_steps=steps),
    ),
}
for title, images in walks.items():
    picture = pictures.enlarge(pictures.mosaic(images, WALK), 3)
    st.image(picture, width="content", alt=f"{title}: from one sample to another", caption=title)
st.caption(
    "Left and right are samples; between them the code, or the first noise, goes along a great circle. "
    f"{display_names.model_caption(NAME, model)}; {GAN}, step {gan.step:,}; {DIFFUSION}, step {diffusion.step:,}."
)

st.markdown("#### What was measured")
if not lesson_page.withhold(guess, "The table comes"):
    st.dataframe(families.table(members), hide_index=True, alt="what was measured of each model, a row each")
best = min(members, key=lambda m: m.scores["frechet_distance"])
settings = best.settings
st.caption(
    f"Samples against {settings['n_images']:,} held-out images, all by the same classifier's features. Precision: the "
    f"share of samples that lie among the data; recall: of the data among the samples (k = {settings['k_precision']}); "
    f"coverage: of the data with a sample among their {settings['k_density']} nearest. "
    f"As many training images are {best.scores['frechet_floor']:.2f} from them. "
    f"{MIXED} has a likelihood of continuous pixels, which cannot be compared with that of binary ones. None of these is tuned "
    f"for days: {gan.step:,} and {diffusion.step:,} steps for GAN and diffusion. The numbers rank "
    "these models, not the families."
)

st.markdown("#### What a sample costs")
vae_time, gan_time, diffusion_times = store.drawn(
    "times of a sample", stamp, lambda: store.on_thread(families.times, model, gan, diffusion)
)
st.plotly_chart(
    families.steps_figure((NAME, vae_time), (GAN, gan_time), (DIFFUSION, diffusion_times)), key="times", config=page.PLOTLY_CONFIG,
    alt="milliseconds per sample over steps, of a VAE, a GAN and a diffusion model",
)  # fmt: skip
st.caption(
    f"Timed on this machine when the server first opened this page, {families.TIMED} samples at once: {1000 * vae_time:.1f} ms "
    f"for the VAE, {1000 * gan_time:.1f} ms for the GAN, {1000 * diffusion_times[-1]:.0f} ms for {families.STEPS[-1]} steps of "
    "the diffusion. Other work on the machine makes them longer."
)

scores = ", ".join(
    f"{m.name} {m.scores['frechet_distance']:.1f}" for m in sorted(members, key=lambda m: m.scores["frechet_distance"])
)
lesson_page.verdict(
    guess, best.family, f"{best.family}, of these: {scores}. Coverage and precision need not follow; see the table."
)

st.markdown(
    r"""All three turn noise into images; they differ in what they learn it by.

$$
\begin{aligned}
\text{VAE:} &\quad \mathbb E_q[\log p(x|z)] - \mathrm{KL}(q(z|x)\,\|\,p(z)) \\
\text{GAN:} &\quad \min_G \max_D\; V(G, D) \\
\text{diffusion:} &\quad
\mathbb E\,\|\epsilon - \epsilon_\theta(\sqrt{\bar\alpha}\,x + \sqrt{1-\bar\alpha}\,\epsilon, t)\|^2
\end{aligned}
$$

A **VAE** (Kingma & Welling 2014, arXiv 1312.6114) has a lower bound on how likely an image is and says where its code lies; it
draws in one pass, and is soft. In a **GAN** (Goodfellow et al. 2014, arXiv 1406.2661) a generator $G$ learns to fool a
discriminator $D$ that learns to tell drawn from real. It draws in one pass and is crisp; it has no likelihood and no encoder,
and nothing makes it show all of the data. A **diffusion model** (Ho et al. 2020, arXiv 2006.11239) mixes noise $\epsilon$ into
an image, more at each step $t$, and a network $\epsilon_\theta$ learns to guess it. It has a bound as well, a code as large as
the image, and asks its network again and again; DDIM (Song et al. 2021, arXiv 2010.02502) makes that number a choice."""
)
lesson_page.code(Diffusion.sample, interpolate_noise)
lesson_page.try_it("samples of the VAEs side by side", "pages/compare.py", of="mnist", by="Images")
lesson_page.end(here)
