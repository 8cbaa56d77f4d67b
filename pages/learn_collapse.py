"""Units die as β rises; a decoder that needs no code lets all of them die; one image tells nothing of it."""

import numpy as np
import streamlit as st

from latent_explorer.course import lesson_page
from latent_explorer.course.lessons import LADDER, collapse
from latent_explorer.models import measurements, store
from latent_explorer.ui import display_names, page
from vae_core.parts.forward import Forward

DEAD, ALIVE = "digits-ar-collapsed", "digits-ar-freebits"
ANSWERS = ("the one that uses its code", "the one that ignores it")

here = lesson_page.start("collapse")
lesson_page.needs(*LADDER.values(), DEAD, ALIVE)
guess = lesson_page.predict(
    "Two models of the digits, with a decoder that draws pixel after pixel and sees those before. One ignores its code, one "
    "was made to use it. Which has the higher ELBO?", ANSWERS
)  # fmt: skip


def use_of(name: str) -> collapse.Use:
    return store.drawn(f"use {name}", store.stamp_of(name), lambda: collapse.use(store.load_atlas(name)))


st.markdown("#### Raise the price of the code")
beta = st.select_slider("β", list(LADDER), 1, key="beta", bind="query-params", width=420)
name, every = LADDER[beta], {b: use_of(rung) for b, rung in LADDER.items()}
model, atlas, found = store.load_model(name), store.load_atlas(name), every[beta]
left, right_side = st.columns([3, 2])
left.plotly_chart(
    collapse.bars(found), key="units", config=page.PLOTLY_CONFIG, alt=f"KL per unit at β = {beta}: {found.active} of ten in use"
)
right_side.plotly_chart(
    collapse.ladder(every, beta), key="ladder", config=page.PLOTLY_CONFIG, alt="active units and KL of all units over β"
)
st.caption(
    f"At β = {beta}: {found.active} of {len(found.kl)} units in use, {found.kl.sum():.2f} nats. Dead: the posterior's mean "
    f"has a variance of at most 0.01 over the images. Each β is a training of its own (seed {model.config.seed}), so "
    f"units are ranked within each and have no partner in the next; {len(atlas):,} training "
    f"images; {display_names.model_caption(name, model)}."
)

st.markdown("#### One image tells nothing of it")
order = [int(u) for u in np.argsort(-found.kl, kind="stable")]
with st.container(horizontal=True, vertical_alignment="bottom"):
    rank = st.select_slider("Unit, by KL", range(1, len(order) + 1), 1, key="rank", bind="query-params", width=300)
    image = st.number_input("Image", 1, len(atlas), 1, key="image", bind="query-params", width=130) - 1
unit = order[rank - 1]
pays = atlas.kl[:, unit]
st.plotly_chart(
    collapse.images_of(pays, image, display_names.unit_name(unit)), key="images", config=page.PLOTLY_CONFIG,
    alt=f"how many images pay how much in {display_names.unit_name(unit)}; the chosen one pays {pays[image]:.2f} nats",
)  # fmt: skip
state = "dead" if found.dead[unit] else "in use"
st.caption(
    f"{display_names.unit_name(unit)} is {state}: the variance of its mean is {found.variance[unit]:.3f}. This image (orange) pays "
    f"{pays[image]:.3f} nats, the average (dashed) {pays.mean():.3f}, the range is {pays.min():.3f} to {pays.max():.2f}. "
    "An image may pay little in a unit that is in use, and something in a dead one: collapse is said of a data set. "
    f"{display_names.model_caption(name, model)}."
)

st.markdown("#### A decoder that needs no code")
pair = {one: use_of(one) for one in (DEAD, ALIVE)}
models = {one: store.load_model(one) for one in pair}
floor = models[ALIVE].config.free_bits
st.plotly_chart(
    collapse.twins({one: m.history for one, m in models.items()}, floor), key="twins", config=page.PLOTLY_CONFIG,
    alt="KL per unit over training: all near zero without free bits, all near the floor with them",
)  # fmt: skip
a, b = pair[DEAD], pair[ALIVE]
read = {one: measurements.leak(one) for one in pair}
if not lesson_page.withhold(guess, "What each costs in nats comes"):
    st.dataframe(
        {
            "model": list(pair),
            "active units": [u.active for u in pair.values()],
            "KL, nats": [round(float(u.kl.sum()), 2) for u in pair.values()],
            "−log p(x|z), nats": [round(u.nll, 2) for u in pair.values()],
            "ELBO, nats": [round(u.elbo, 2) for u in pair.values()],
            "digit read from the code": [f"{r.accuracy:.0%} (chance {r.chance:.0%})" for r in read.values()],
        },
        hide_index=True,
        width="content",
    )
st.caption(
    f"Held-out images in the curves, the {len(store.load_atlas(DEAD)):,} training images in the table. Dashed: {floor:g} "
    f"nats, the free bits of each unit. The digit is read from the means alone, scaled up; in the collapsed model their "
    f"standard deviation is {a.variance.max() ** 0.5:.2f} at most, where the noise of the posterior is about 1. "
    f"{', '.join(display_names.model_caption(one, m) for one, m in models.items())}."
)
right = ANSWERS[0] if b.elbo > a.elbo else ANSWERS[1]
lesson_page.verdict(
    guess, right, f"{right.capitalize()}: {display_names.number_text(a.elbo, 2)} nats without the code, {display_names.number_text(b.elbo, 2)} with it. The "
    f"code saves {a.nll - b.nll:.2f} nats of reconstruction and costs {b.kl.sum() - a.kl.sum():.2f} nats of KL."
)  # fmt: skip
st.markdown(
    rf"""A unit stays alive while it saves more reconstruction than it costs: $\beta$ nats for each nat of code. As $\beta$
grows, the units that save least go first. A decoder that sees the pixels before can guess the next one without any code: then
the code saves too little even at $\beta = 1$, and the optimum of the ELBO is to drop it (Bowman et al. 2016, arXiv 1511.06349;
Chen et al. 2017, arXiv 1611.02731). Free bits take the price away up to a floor $\lambda$ (Kingma et al. 2016, arXiv
1606.04934):

$$
\mathcal L = \mathbb E\big[-\log p(x|z)\big] + \sum_j \max\!\Big(\lambda,\ \overline{{\mathrm{{KL}}_j}}\Big)
$$

The line over the KL means an average over the batch, and here $\lambda = {floor:g}$ nats. Over the training images each unit
pays just above that, {b.kl.min():.2f} to {b.kl.max():.2f} nats: it takes what is free and hardly more. So free bits keep the
code, and do not raise the ELBO; they are worth it where one wants the code. A unit counts as active if its mean moves
over the data (Burda et al. 2016, arXiv 1509.00519):

$$
\mathrm{{Var}}_x\big(\mathbb E_{{q(z_j|x)}}[z_j]\big) > 0.01
$$"""
)
lesson_page.code(collapse.Use, Forward.rate.fget)
lesson_page.try_it("the ladder's units side by side", "pages/compare.py", of="sprites32", by="Rate and distortion")
st.page_link(
    "pages/evaluate.py", label="When did each unit die? The numbers of this model", icon=":material/monitoring:",
    query_params={"model": name},
)  # fmt: skip
lesson_page.end(here)
