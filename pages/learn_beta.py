"""Lesson: β, the weight of the KL: what it changes, and which β a loss really has."""

import math

import numpy as np
import streamlit as st

from latent_explorer.canvas import latent_canvas
from latent_explorer.course import lesson_page
from latent_explorer.course.lessons import BETA_MODELS, beta
from latent_explorer.course.lessons.beta import REDUCTIONS, SHORT_NAMES, ReducedLoss
from latent_explorer.course.parameters import Beta
from latent_explorer.models import Model
from latent_explorer.ui import display_names, figures, notices, page, url_state, widgets
from latent_explorer.ui.image_grid import show_images
from vae_core.common.pixels import bytes_to_floats, floats_to_bytes
from vae_core.evaluation.likelihood.rate_distortion import rate_distortion_curve
from vae_core.parts.objectives import BetaVAE, MultiRate

CANVAS, SHOWN, MEASURED = "lesson beta", 8, 64  # key of the canvas; images that are shown, and that are measured
PARTS = {"rate", "distortion", "active_units", "total_correlation"}


def measure_curve(model: Model, images: np.ndarray, source: str, betas: tuple[float, ...]) -> list[tuple[float, float]]:
    """Measure (rate, distortion) of a multi-rate model at each β, once for all visitors."""
    return lesson_page.measure((model,), f"beta, {source}, {betas}", rate_distortion_curve, model.trained, images, list(betas))


def kl_parts(model: Model) -> dict:
    """Return the measured rate, distortion, active units and total correlation of a model, as far as there are any."""
    return (model.measurements.values("elbo") or {}) | (model.measurements.values("decomposition") or {})


lesson = lesson_page.start("beta", Beta)
model, *beta_models = lesson_page.open_models("mnist-multirate", *BETA_MODELS.values())
low, high = model.beta_range or (1.0, 1.0)
guess = lesson_page.ask_for_guess(
    Beta.GUESS,
    f"β multiplies the KL in the loss. Trained with β = {high:g} instead of 1, the latent code carries less information, and "
    "its KL falls. What happens to the ELBO, in which β is always 1?",
)

# images to measure on: held-out ones, or the model's own samples, which are easier to encode but show the same trade-off
held_out = model.images_or_none("test")
if held_out is None:
    notices.data_missing("MNIST", "this page uses samples of the model instead", quiet=True)
    images = floats_to_bytes(model.samples(MEASURED, seed=0, beta=1.0))
    source = f"{MEASURED} samples of the model"
else:
    images, source = held_out.subset(MEASURED, seed=0).images, f"{MEASURED} held-out images"

# one model that takes β as an input: the slider is in the canvas
st.markdown("#### One model, every β")
condition = url_state.condition(model.name, 1, CANVAS)
given = condition.given()
reported = latent_canvas(
    model.canvas, model.canvas_points(), modes=("condition",), condition=given, key=CANVAS,
    z=model.encode(images[:1], beta=1.0)[0][0], decode=model.decode_with_condition,
)  # fmt: skip
chosen = condition.keep(reported.condition, given)
chosen_beta = 1.0 if chosen is None else float(np.clip(float(f"{chosen[-1]:.3g}"), low, high))

# reconstructions, loss and rate-distortion curve at the chosen β
grid = tuple(float(b) for b in np.geomspace(low, high, 9).clip(low, high))
rate, distortion = measure_curve(model, images, source, (chosen_beta,))[0]
curve = measure_curve(model, images, source, grid)
codes = model.encode(images[:SHOWN], beta=chosen_beta)[0]
left, right = st.columns(2, gap="large")
with left:
    show_images(
        np.concatenate([bytes_to_floats(images[:SHOWN]), model.decode(codes, beta=chosen_beta)]), SHOWN, scale=3,
        width="stretch",
        alt=f"eight images, and below them their reconstructions at β = {chosen_beta:.3g}",
    )  # fmt: skip
    st.caption(f"Eight images, and their reconstructions at β = {chosen_beta:.3g}. {display_names.model_caption(model)}.")
    most = 1.05 * max(d + b * r for b, (r, d) in zip(grid, curve))  # one scale for every β
    st.plotly_chart(
        beta.loss_terms_figure(chosen_beta, rate, distortion, most=most), key="loss terms", config=page.PLOTLY_CONFIG,
        alt=f"reconstruction {distortion:.1f} and KL {rate:.1f} nats, with the KL times 1 and times β",
    )  # fmt: skip
right.plotly_chart(
    figures.rate_distortion_plane(
        {f"β = {chosen_beta:.3g}": (rate, distortion)}, curve=[(b, *point) for b, point in zip(grid, curve)], height=400
    ), key="curve", config=page.PLOTLY_CONFIG,
    alt=f"rate-distortion curve of {model.name}, with the point of β = {chosen_beta:.3g}",
)  # fmt: skip
st.caption(
    "While you drag the slider, the latent code stays the same and only the decoder gets another β. When you let go of the "
    f"slider, the encoder gets it too, and the figures below follow. Bars and curve are means over {source}. "
    f"{display_names.model_caption(model)}."
)

# the answer
(rate_one, distortion_one), (rate_high, distortion_high) = measure_curve(model, images, source, (1.0,))[0], curve[-1]
change = (rate_one + distortion_one) - (rate_high + distortion_high)
answer = Beta.ANSWERS[0 if change > 1 else 2 if change < -1 else 1]
lesson_page.show_verdict(
    guess,
    answer,
    f"From β = 1 to {high:g} {answer}, by {abs(change):.1f} nats: the KL is {rate_one - rate_high:.1f} nats smaller, but the "
    f"reconstruction term is {distortion_high - distortion_one:.1f} nats larger.",
)

# what a large β is good for, by models that were each trained with one β
parts = {b: kl_parts(one) for b, one in zip(BETA_MODELS, beta_models)}
if not all(found.keys() >= PARTS for found in parts.values()):
    st.info("The numbers of the models with other β are not measured on this machine.", icon=":material/info:")
    st.stop()
weak, strong = parts[1], parts[16]
st.markdown(
    "**What do we gain, then?** Few units that depend little on each other. On the sprites, from β = 1 to 16, the number of "
    f"active units (units whose mean changes with the image) goes from {weak['active_units']} to {strong['active_units']}, and "
    f"the total correlation (how far the units are from independent) falls from {weak['total_correlation']:.2f} to "
    f"{strong['total_correlation']:.2f} nats. The first of these is an overestimate, because there are too few images to fill "
    f"the latent space. In the other direction, on the digits above, at β = {low:g} the latent code has "
    f"{curve[0][0] - rate_one:.1f} nats more KL, and the reconstruction term is {distortion_one - curve[0][1]:.1f} nats "
    "smaller."
)

# the same number β with other reductions of the loss
st.markdown("#### β = 4 of what?")
with st.container(horizontal=True, vertical_alignment="bottom"):
    reduction = widgets.segmented_control(
        Beta.REDUCTION, "Over pixels and units, the loss takes", list(REDUCTIONS), format_func=SHORT_NAMES.__getitem__,
        width="content",
    )  # fmt: skip
    number = widgets.select_slider(Beta.BETA, "β in the loss", [float(b) for b in Beta.BETA.options], width=260)
beta_four = beta_models[list(BETA_MODELS).index(4)]
pixels, units = math.prod(beta_four.shape), beta_four.latent_dim
reduced, sums = ReducedLoss(number, reduction, pixels, units), ReducedLoss(number, "sums", pixels, units)
terms = parts[4]["distortion"], parts[4]["rate"]
left, right = st.columns(2, gap="large")
left.plotly_chart(
    beta.loss_shares_figure({"sums": sums.terms(*terms), "as chosen": reduced.terms(*terms)}), key="loss shares",
    config=page.PLOTLY_CONFIG, alt="shares of reconstruction and KL in the loss, as sums and as chosen",
)  # fmt: skip
right.plotly_chart(
    beta.terms_over_beta_figure({b: (p["rate"], p["distortion"]) for b, p in parts.items()}, reduced.effective_beta),
    key="terms over beta", config=page.PLOTLY_CONFIG,
    alt=f"rate and distortion of the sprites models over β, and the effective β {reduced.effective_beta:.3g}",
)  # fmt: skip
st.markdown(
    f"{pixels:,} pixels, {units} units: β = {number:g} with {REDUCTIONS[reduction]} is **β = {reduced.effective_beta:.4g}** in "
    "sums."
    + (f" Already at 16 only {strong['active_units']} of {units} units are active." if reduced.effective_beta > 16 else "")
)
st.caption(
    f"Left: the terms of {display_names.model_caption(beta_four)}: reconstruction {terms[0]:.1f}, KL {terms[1]:.1f} nats per "
    "held-out image. Right: one model for each β from 1 to 16, trained on sums."
)

# the formula
st.markdown(
    r"""β says how many nats of reconstruction one nat of KL must save (Higgins et al. 2017; in terms of rate and distortion
Alemi et al. 2018, arXiv 1711.00464):

$$
L_\beta = \underbrace{-\mathbb{E}_q[\log p(x|z)]}_{\text{distortion } D} +
\beta\,\underbrace{\mathrm{KL}(q(z|x)\,\|\,p(z))}_{\text{rate } R}
$$

Training ends where one more nat of rate saves exactly β nats of distortion, at the point where the curve has slope −β. Only
β = 1 in sums is the ELBO. A model that gets β as an input covers the whole curve (Bae et al. 2023, arXiv 2212.03905). With $P$
pixels and $U$ units, means instead of sums give

$$
\frac{D}{P} + \beta\,\frac{R}{U} = \frac1P \Big(D + \beta\,\frac{P}{U}\,R\Big)
$$

so the same number β weighs $P/U$ times as much. When you report a β, also report how the loss is reduced, and over how many
pixels."""
)
lesson_page.show_code(BetaVAE, MultiRate.draw_beta, ReducedLoss)
lesson_page.link_to_try(
    "compare the models of all β side by side", "pages/compare.py", of="sprites32", by="Rate and distortion"
)
lesson_page.end(lesson)
