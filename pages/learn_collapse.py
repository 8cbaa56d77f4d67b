"""Lesson: units become inactive as β rises; all of them do with a decoder that needs no latent code."""

from collections.abc import Callable
from typing import cast

import numpy as np
import streamlit as st

from latent_explorer.course import lesson_page
from latent_explorer.course.lessons import BETA_MODELS, collapse
from latent_explorer.course.lessons.collapse import UnitUsage
from latent_explorer.course.parameters import Collapse
from latent_explorer.models import Model
from latent_explorer.ui import display_names, page, widgets
from vae_core.parts.forward import Forward


def usage_of(model: Model) -> UnitUsage:
    """Measure how much the model uses its units, once for all visitors."""
    return lesson_page.measure((model,), "collapse, usage", collapse.measure_usage, model.atlas)


def probe_text(model: Model) -> str:
    """Return how often a classifier reads the digit from the model's latent codes."""
    leak = model.measurements.leak
    return "not measured" if leak is None else f"{leak.accuracy:.0%} (chance {leak.chance:.0%})"


lesson = lesson_page.start("collapse", Collapse)
*beta_models, collapsed, free_bits = lesson_page.open_models(*BETA_MODELS.values(), "digits-ar-collapsed", "digits-ar-freebits")
guess = lesson_page.ask_for_guess(
    Collapse.GUESS,
    "Two models of the digits have a decoder that draws one pixel after another and sees the pixels before. One ignores its "
    "latent code, the other was forced to use it. Which has the higher ELBO?",
)

# units over β
st.markdown("#### Raise β")
beta = widgets.select_slider(Collapse.BETA, "β", list(BETA_MODELS), default=1, width=420)
usage_by_beta = {b: usage_of(one) for b, one in zip(BETA_MODELS, beta_models)}
model, usage = beta_models[list(BETA_MODELS).index(beta)], usage_by_beta[beta]
atlas = model.atlas
left, right = st.columns([3, 2])
left.plotly_chart(
    collapse.unit_kl_figure(usage), key="units", config=page.PLOTLY_CONFIG,
    alt=f"KL per unit at β = {beta}: {usage.n_active} of {len(usage.kl)} units are active",
)  # fmt: skip
right.plotly_chart(
    collapse.active_units_figure(usage_by_beta, beta), key="active units", config=page.PLOTLY_CONFIG,
    alt="active units and KL of all units over β",
)  # fmt: skip
st.caption(
    f"At β = {beta}: {usage.n_active} of {len(usage.kl)} units are active, with {usage.kl.sum():.2f} nats in all. A unit is "
    "inactive if its posterior mean has a variance of at most 0.01 over the images. Each β is a training of its own (seed "
    f"{model.config.seed}): units are sorted within each model, and do not correspond to those of the next. "
    f"{len(atlas):,} training images; {display_names.model_caption(model)}."
)

# one unit over the images
st.markdown("#### One image cannot show it")
order = [int(u) for u in np.argsort(-usage.kl, kind="stable")]
with st.container(horizontal=True, vertical_alignment="bottom"):
    rank = widgets.select_slider(Collapse.RANK, "Unit, by KL", range(1, len(order) + 1), width=300)
    image = widgets.number_input(Collapse.IMAGE, "Image", high=len(atlas), width=130) - 1
unit = order[rank - 1]
unit_name, unit_kl = display_names.unit_name(unit), atlas.kl[:, unit]
st.plotly_chart(
    collapse.image_kl_figure(unit_kl, image, unit_name), key="images", config=page.PLOTLY_CONFIG,
    alt=f"histogram of the images' KL in {unit_name}; the chosen image has {unit_kl[image]:.2f} nats",
)  # fmt: skip
st.caption(
    f"{unit_name} is {'active' if usage.active[unit] else 'inactive'}: the variance of its mean is {usage.variance[unit]:.3f}. "
    f"The KL of this image (orange line) is {unit_kl[image]:.3f} nats, the average (dashed line) is {unit_kl.mean():.3f}, and "
    f"the range is {unit_kl.min():.3f} to {unit_kl.max():.2f}. An image may have little KL in an active unit, and some KL in "
    f"an inactive one: whether a unit has collapsed depends on the whole dataset. {display_names.model_caption(model)}."
)

# two autoregressive models, without and with free bits
st.markdown("#### A decoder that needs no latent code")
pair = (collapsed, free_bits)
without, with_bits = (usage_of(one) for one in pair)
floor = free_bits.config.free_bits
st.plotly_chart(
    collapse.training_kl_figure({one.name: one.trained.history for one in pair}, floor), key="training",
    config=page.PLOTLY_CONFIG,
    alt="KL per unit over training: near zero in all units without free bits, near the minimum in all units with them",
)  # fmt: skip
if lesson_page.guessed(guess, "The table of both models in nats"):
    usages = (without, with_bits)
    st.dataframe(
        {
            "model": [one.name for one in pair],
            "active units": [u.n_active for u in usages],
            "KL, nats": [round(float(u.kl.sum()), 2) for u in usages],
            "−log p(x|z), nats": [round(u.nll, 2) for u in usages],
            "ELBO, nats": [round(u.elbo, 2) for u in usages],
            "digit read from the latent code": [probe_text(one) for one in pair],
        },
        hide_index=True,
        width="content",
    )
st.caption(
    f"The curves are of held-out images, the table of the {len(collapsed.atlas):,} training images. Dashed line: {floor:g} "
    "nats, the free bits of each unit. A classifier reads the digit from the means alone, scaled up; in the collapsed model "
    f"their standard deviation is at most {without.variance.max() ** 0.5:.2f}, while that of the posterior is about 1. "
    f"{', '.join(display_names.model_caption(one) for one in pair)}."
)

# the answer
answer = Collapse.ANSWERS[0 if with_bits.elbo > without.elbo else 1]
lesson_page.show_verdict(
    guess,
    answer,
    f"{answer.capitalize()}: its ELBO is {display_names.number_text(max(without.elbo, with_bits.elbo), 2)} nats, that of the "
    f"other {display_names.number_text(min(without.elbo, with_bits.elbo), 2)}. The latent code improves the reconstruction by "
    f"{without.nll - with_bits.nll:.2f} nats and costs {with_bits.kl.sum() - without.kl.sum():.2f} nats of KL.",
)

# the formula
st.markdown(
    rf"""A unit stays active as long as each nat of its KL saves at least $\beta$ nats of reconstruction. As $\beta$ grows, the
units that save least become inactive first. A decoder that sees the pixels before can predict the next one without any latent
code. Then the code saves too little even at $\beta = 1$, and the ELBO is highest if the model ignores it (Bowman et al. 2016,
arXiv 1511.06349; Chen et al. 2017, arXiv 1611.02731). With free bits, the KL does not count up to a minimum $\lambda$ (Kingma
et al. 2016, arXiv 1606.04934):

$$
\mathcal L = \mathbb E\big[-\log p(x|z)\big] + \sum_j \max\!\Big(\lambda,\ \overline{{\mathrm{{KL}}_j}}\Big)
$$

The line over the KL means an average over the batch, and here $\lambda = {floor:g}$ nats. Over the training images the KL of
each unit is just above that, {with_bits.kl.min():.2f} to {with_bits.kl.max():.2f} nats: each unit uses its free bits and hardly
more. So free bits keep the latent code in use, but do not raise the ELBO; they are useful if you want to work with the code. A
unit counts as active if its mean changes over the data (Burda et al. 2016, arXiv 1509.00519):

$$
\mathrm{{Var}}_x\big(\mathbb E_{{q(z_j|x)}}[z_j]\big) > 0.01
$$"""
)
lesson_page.show_code(UnitUsage, cast(Callable, Forward.rate.fget))
lesson_page.link_to_try(
    "compare the units of the models of all β", "pages/compare.py", of="sprites32", by="Rate and distortion"
)
st.page_link(
    "pages/evaluate.py", label="When did each unit become inactive? The numbers of this model", icon=":material/monitoring:",
    query_params={"model": model.name},
)  # fmt: skip
lesson_page.end(lesson)
