"""One weight on the code's price: what it trades, and when its number means something."""

import math

import numpy as np
import streamlit as st

from latent_explorer.canvas import latent_canvas
from latent_explorer.course import lesson_page
from latent_explorer.course.lessons import LADDER
from latent_explorer.course.lessons import beta as lessons_beta
from latent_explorer.course.lessons.beta import REDUCTIONS, Written
from latent_explorer.models import canvas_data, measurements, store
from latent_explorer.ui import display_names, figures, page, pictures, url_state
from vae_core.common.pixels import bytes_to_floats, floats_to_bytes
from vae_core.evaluation.likelihood.rate_distortion import rate_distortion_curve
from vae_core.parts.objectives import BetaVAE, MultiRate

NAME = "mnist-multirate"
CANVAS, SHOWN, MEASURED = "lesson beta", 8, 64
SHORT = {"sums": "sums", "means": "means", "mixed": "mean, sum"}  # of the pixels, of the units
ANSWERS = ("it rises", "it stays", "it falls")

here = lesson_page.start("beta")
lesson_page.needs(NAME, *LADDER.values())
model = store.load_model(NAME)
low, high = model.beta_range
guess = lesson_page.predict(
    f"β multiplies the KL in the loss. Trained at β = {high:g} instead of 1, the code says less and its KL falls. What becomes "
    "of the ELBO, where β is always 1?", ANSWERS
)  # fmt: skip

held = store.images_or_none(NAME, "test")
if held is None:  # the model's own samples stand in: they are easier to code, but the trade is the same
    images = floats_to_bytes(store.samples(NAME, MEASURED, seed=0, beta=1.0))
    source = f"{MEASURED} samples of the model's own, as the MNIST images are not on this machine"
else:
    images, source = held.subset(MEASURED, seed=0).images, f"{MEASURED} held-out images"


def measured(betas: tuple[float, ...]) -> list[tuple[float, float]]:
    """(rate, distortion) at each β."""
    key = f"beta {NAME} {held is None} {betas}"
    return store.drawn(key, (model.step,), lambda: store.on_thread(rate_distortion_curve, model, images, list(betas)))


st.markdown("#### One model, every β")
value = url_state.condition(NAME, 1, CANVAS)
condition = value.given()
state = latent_canvas(
    canvas_data.model(NAME), canvas_data.points(NAME), modes=("condition",), condition=condition, key=CANVAS,
    z=store.encode(NAME, images[:1], beta=1.0)[0][0],
    decode=lambda z, condition: canvas_data.decode_with_condition(NAME, z, condition),
)  # fmt: skip
condition = value.keep(state.condition, condition)
beta = float(np.clip(float(f"{condition[-1]:.3g}"), low, high))
grid = tuple(float(b) for b in np.geomspace(low, high, 9).clip(low, high))
rate, distortion = measured((beta,))[0]
curve = measured(grid)

through = store.decode(NAME, store.encode(NAME, images[:SHOWN], beta=beta)[0], beta=beta)
left, right_side = st.columns(2, gap="large")
with left:
    st.image(
        pictures.enlarge(pictures.mosaic(np.concatenate([bytes_to_floats(images[:SHOWN]), through]), SHOWN), 3), width="stretch",
        alt=f"eight images, and below them their reconstructions at β = {beta:.3g}",
    )  # fmt: skip
    st.caption(f"Eight images, and what is left of them at β = {beta:.3g}. {display_names.model_caption(NAME, model)}.")
    most = 1.05 * max(d + b * r for b, (r, d) in zip(grid, curve))  # one scale for every β
    st.plotly_chart(
        lessons_beta.bills(beta, rate, distortion, most=most), key="bills", config=page.PLOTLY_CONFIG,
        alt=f"reconstruction {distortion:.1f} and KL {rate:.1f} nats, the KL once as it is and once times β",
    )  # fmt: skip
right_side.plotly_chart(
    figures.rate_distortion_plane(
        {f"β = {beta:.3g}": (rate, distortion)}, curve=[(b, *point) for b, point in zip(grid, curve)], height=400
    ), key="curve", config=page.PLOTLY_CONFIG, alt=f"rate-distortion curve of {NAME}, with the point of β = {beta:.3g}",
)  # fmt: skip
st.caption(
    f"At the top the code stays, and only the decoder is told β; let go of the slider, and what stands below follows, with "
    f"the encoder told β as well. Ledger and curve are means over {source}. {display_names.model_caption(NAME, model)}."
)

(rate_one, loss_one), (rate_top, loss_top) = measured((1.0,))[0], curve[-1]
change = (rate_one + loss_one) - (rate_top + loss_top)
right = ANSWERS[0] if change > 1 else ANSWERS[2] if change < -1 else ANSWERS[1]
lesson_page.verdict(
    guess, right, f"From β = 1 to {high:g} {right}, by {abs(change):.1f} nats: the KL saves {rate_one - rate_top:.1f}, the "
    f"reconstruction loses {loss_top - loss_one:.1f}."
)  # fmt: skip

weak, strong = LADDER[1], LADDER[16]
parts = {
    name: (measurements.values(name, "elbo") or {}) | (measurements.values(name, "decomposition") or {})
    for name in LADDER.values()
}
if not all({"rate", "distortion", "active_units", "total_correlation"} <= found.keys() for found in parts.values()):
    st.info("The β ladder's numbers are not measured on this machine.", icon=":material/info:")
    st.stop()
st.markdown(
    f"**So what is gained?** Few units that depend little on each other. On sprites, from β = 1 to 16, "
    f"{parts[weak]['active_units']} active units (their mean changes with the image) become {parts[strong]['active_units']}, "
    "and the total correlation (how far the units are from independent) falls from "
    f"{parts[weak]['total_correlation']:.2f} to {parts[strong]['total_correlation']:.2f} nats; the first is too high, "
    "as the images are too few to fill the space of its codes. "
    f"The other way, at β = {low:g}, {curve[0][0] - rate_one:.1f} nats more of code save {loss_one - curve[0][1]:.1f} nats of "
    "reconstruction on the digits above."
)

st.markdown("#### β = 4 of what?")
with st.container(horizontal=True, vertical_alignment="bottom"):
    reduction = st.segmented_control(
        "Over pixels and units the loss takes", list(REDUCTIONS), default="means", required=True, format_func=SHORT.get,
        key="reduction", bind="query-params", width="content",
    )  # fmt: skip
    number = st.select_slider("β in the code", [0.01, 0.04, 0.1, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0], 4.0, key="b",
                              bind="query-params", width=260)  # fmt: skip
four = LADDER[4]
sprites = store.load_model(four)
pixels, units = math.prod(sprites.shape), sprites.latent_dim
written = Written(number, reduction, pixels, units)
ledger = parts[four]["distortion"], parts[four]["rate"]
left, right_side = st.columns(2, gap="large")
left.plotly_chart(
    lessons_beta.shares({
        "sums": Written(number, "sums", pixels, units).terms(*ledger), "as chosen": written.terms(*ledger)
    }), key="shares", config=page.PLOTLY_CONFIG, alt="shares of reconstruction and KL in the loss, as sums and as chosen",
)  # fmt: skip
right_side.plotly_chart(
    lessons_beta.ladder({b: (parts[n]["rate"], parts[n]["distortion"]) for b, n in LADDER.items()}, written.effective),
    key="ladder", config=page.PLOTLY_CONFIG, alt=f"the ladder of sprites models over β, and the effective β {written.effective:.3g}",
)  # fmt: skip
active = parts[strong]["active_units"]
st.markdown(
    f"{pixels:,} pixels, {units} units: β = {number:g} with {REDUCTIONS[reduction]} is **β = {written.effective:.4g}** in sums."
    + (f" Already at 16 only {active} of {units} units are active." if written.effective > 16 else "")
)
st.caption(
    f"The ledger of {display_names.model_caption(four, sprites)}: reconstruction {ledger[0]:.1f}, KL {ledger[1]:.1f} nats per held-out "
    "image. Right: one model for each β from 1 to 16, trained on sums."
)

st.markdown(
    r"""β is the price of a nat of code in nats of reconstruction (Higgins et al. 2017; in rate and distortion
Alemi et al. 2018, arXiv 1711.00464):

$$
L_\beta = \underbrace{-\mathbb{E}_q[\log p(x|z)]}_{D} + \beta\,\underbrace{\mathrm{KL}(q(z|x)\,\|\,p(z))}_{R}
$$

Training stops where the next nat of code saves just β nats of reconstruction, where the curve has slope −β. Only β = 1 in sums
is the ELBO. A model that is told β holds the whole curve (Bae et al. 2023, arXiv 2212.03905). With $P$ pixels and $U$ units,
means instead of sums give

$$
\frac{D}{P} + \beta\,\frac{R}{U} = \frac1P \Big(D + \beta\,\frac{P}{U}\,R\Big)
$$

so that the same number weighs $P/U$ times as much. Who reports a β must say how the loss is reduced, and over how
many pixels."""
)
lesson_page.code(BetaVAE, MultiRate.draw_beta, Written)
lesson_page.try_it("the whole β ladder side by side", "pages/compare.py", of="sprites32", by="Rate and distortion")
lesson_page.end(here)
