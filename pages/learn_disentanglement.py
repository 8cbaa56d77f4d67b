"""Which unit is which factor, by hand, by mutual information, by scores; and why nothing in the ELBO asks for it."""

import streamlit as st

from latent_explorer.canvas import latent_canvas
from latent_explorer.course import lesson_page
from latent_explorer.course.lessons import LADDER
from latent_explorer.course.lessons import disentanglement as parts
from latent_explorer.models import canvas_data, measurements, store
from latent_explorer.ui import display_names, figures, page
from vae_core.evaluation.disentanglement.mutual_information import mig, mutual_information

MODELS = {name: f"β = {beta}" for beta, name in LADDER.items()}
MODELS |= {"sprites32-factor": "FactorVAE", "sprites32-tc": "β-TCVAE"}
SEEDS = {"sprites32-beta4": "seed 0", "sprites32-beta4-seed1": "seed 1", "sprites32-beta4-seed2": "seed 2"}
ANSWERS = ("all five", "two to four", "one or none")

here = lesson_page.start("disentanglement")
lesson_page.needs(*MODELS, *SEEDS)
guess = lesson_page.predict(
    "Each sprite is drawn from five numbers: shape, scale, orientation, x, y. Of the seven models, take the one with the "
    "highest score (MIG). How many of the five have a unit of their own there?", ANSWERS
)  # fmt: skip


def gaps_of(name: str) -> parts.Gaps:
    model, atlas = store.load_model(name), store.load_atlas(name)
    return store.drawn(
        f"gaps {name}", (model.step, len(atlas)), lambda: parts.gaps(atlas.mean, atlas.factors, model.about.factor_names)
    )


name = st.segmented_control(
    "Model", list(MODELS), default="sprites32-beta16", required=True, format_func=MODELS.get, key="which", bind="query-params"
)
model, atlas, found = store.load_model(name), store.load_atlas(name), gaps_of(name)
st.markdown("Move one unit at a time: does one thing change, or several at once?")
latent_canvas(canvas_data.model(name), canvas_data.points(name), modes=("sliders", "matrix"), key=f"learn {name}")

information, names = measurements.information(name)
units = [int(u) for u in atlas.order if atlas.active[u]]
left, right_side = st.columns([3, 2])
left.plotly_chart(
    figures.unit_table(units, atlas.kl.mean(axis=0), atlas.mean.var(axis=0), information, names), key="table",
    config=page.PLOTLY_CONFIG, alt=f"KL, variance and mutual information with each factor of the active units of {name}",
)  # fmt: skip
with right_side:
    if not lesson_page.withhold(guess, "What the best unit knows of each factor, and the runner-up, comes"):
        st.plotly_chart(
            parts.gap_bars(found, display_names.unit_name), key="gaps", config=page.PLOTLY_CONFIG,
            alt="share of each factor that its best unit and the runner-up know",
        )  # fmt: skip
measured, pairs = measurements.numbers(name).get("mig"), measurements.numbers(name).get("factor_vae")
scores = ""
if measured and pairs:
    m, p, settings = measured["values"], pairs["values"], pairs["settings"]
    scores = (
        f" From the whole grid, posterior means: MIG {m['mig']:.2f} of at most {m['ceiling']:.2f} ({m['n_measured']:,} images, "
        f"{measured['settings']['bins']} bins), FactorVAE score {p['factor_vae']:.2f} where chance is {p['chance']:.2f} "
        f"({settings['n_train']:,} votes to train, {settings['n_test']:,} to test)."
    )
st.caption(
    f"Left: active units only. Right: MIG is the mean lead of the best unit, {found.mig:.2f} over {len(atlas):,} training "
    f"images.{scores} One seed; {display_names.model_caption(name, model)}."
)

every = {one: gaps_of(one) for one in MODELS}
top = max(every, key=lambda one: every[one].mig)
best = every[top]
right = ANSWERS[0] if best.own == len(best.names) else ANSWERS[1] if best.own > 1 else ANSWERS[2]
told = ", ".join(f"{n} {a:.0%} (next {b:.0%})" for n, a, b in zip(best.names, best.first, best.second))
lesson_page.verdict(
    guess, right, f"{right.capitalize()}. The highest MIG is {best.mig:.2f}, of {top}. What the best unit knows of each "
    f"factor, in % of its entropy: {told}. By a lead of half the factor, {best.own} of {len(best.names)} "
    f"{'has' if best.own == 1 else 'have'} a unit of their own."
)  # fmt: skip
least, left_over = every["sprites32-beta1"], int(store.load_atlas("sprites32-beta16").active.sum())
if guess:
    st.markdown(
        "None of these models separates the factors. (FactorVAE and β-TCVAE keep the KL and add a penalty on the total "
        f"correlation, how far the units are from independent.) MIG goes from {least.mig:.2f} at β = 1 to "
        f"{every['sprites32-beta16'].mig:.2f} at β = 16, but there only {left_over} units are left, and shape and "
        "orientation are hardly coded at all. These runs are short (6,000 and 10,000 steps at 32×32): they say what they do, "
        "not what the methods can."
    )

st.markdown("#### Three seeds of one β")
twins = store.drawn(
    "seeds of one β", tuple(store.load_model(one).step for one in SEEDS),
    lambda: parts.seeds_of([store.load_atlas(one) for one in SEEDS]),
)  # fmt: skip
titled = {f"{said}: MIG {twin.mig:.2f}": twin for said, twin in zip(SEEDS.values(), twins)}
st.plotly_chart(
    parts.twin_tables(titled, model.about.factor_names, display_names.unit_name), key="seeds", config=page.PLOTLY_CONFIG,
    alt="what each unit knows of each factor, for three seeds of one β",
)  # fmt: skip
st.caption(
    "Per cent of each factor's entropy that a unit knows. Images, network, β = 4 and steps are the same: only the seed of "
    "weights and of the batches differs. A row holds units paired by correlation, named as in seed 0; pairs with the others "
    f"correlate by {' and '.join(f'{twin.strength.mean():.2f}' for twin in twins[1:])} on average, 1 would be the same unit. "
    f"{'; '.join(display_names.model_caption(one, store.load_model(one)) for one in SEEDS)}."
)

by_seed, by_beta = [twin.mig for twin in twins], [every[one].mig for one in MODELS if "beta" in one]
st.markdown(
    f"By the seed alone MIG goes from {min(by_seed):.2f} to {max(by_seed):.2f}; over the whole ladder of β, "
    f"with one seed, from {min(by_beta):.2f} to {max(by_beta):.2f}. All three draw about equally well: nothing in the ELBO "
    "asks for one table rather than another."
)

st.markdown("#### Why is it not guaranteed?")
factors = atlas.factors[:, -2:]  # x and y
turned = store.drawn(f"turned {name}", (len(atlas),), lambda: store.on_thread(parts.turn, factors))
angle = st.select_slider(
    "Turn a perfect code of x and y by",
    parts.ANGLES,
    30,
    format_func=lambda a: f"{a}°",
    key="angle",
    bind="query-params",
    width=420,
)
at = parts.ANGLES.index(angle)
left, right_side = st.columns(2)
left.plotly_chart(
    parts.turned_code(turned, at, factors[:, 0], "x"),
    key="turned",
    config=page.PLOTLY_CONFIG,
    alt=f"the code turned by {angle}°",
)
right_side.plotly_chart(
    parts.turned_scores(turned, at), key="scores", config=page.PLOTLY_CONFIG, alt="KL and MIG of the turned code over the angle"
)
st.caption(
    f"Not a trained model: one unit is x, the other y, spread as the prior, each posterior a round N(μ, {parts.SIGMA:g}² I). "
    f"At {angle}° the KL is {turned.kl[at]:.3f} nats and MIG {turned.mig[at]:.2f}; at 0° {turned.kl[0]:.3f} nats and "
    f"{turned.mig[0]:.2f}, the most that 20 bins can tell of 32 places. At 90° each unit is one factor again, the other one."
)
st.markdown(
    r"""The prior is round: turned by $U$, the code costs the same, and a decoder that first turns it back draws the same
images. So the two have one ELBO, though one has a unit per factor and the other has not:

$$
\begin{aligned}
&\mathrm{KL}\big(\mathcal N(U\mu, \sigma^2 I)\,\|\,\mathcal N(0, I)\big) \\
&= \mathrm{KL}\big(\mathcal N(\mu, \sigma^2 I)\,\|\,\mathcal N(0, I)\big)
\end{aligned}
$$

$$
\mathrm{MIG} = \frac1K \sum_k \frac{I(z_{j(k)}; v_k) - \max_{j \ne j(k)} I(z_j; v_k)}{H(v_k)}
$$

Here $v_k$ is a factor, $H$ its entropy and $j(k)$ the unit that knows most of it (Chen et al. 2018, arXiv 1802.04942).
Locatello et al. 2019 (arXiv 1811.12359) prove that no unsupervised method can be sure to find the factors without assumptions
on model and data. In more than 12,000 trainings the random seed and the strength of the penalty mattered more than the method.
The diagonal posterior of a VAE is such an assumption: it prefers some axes, but not always those of the factors. The FactorVAE
score (Kim & Mnih 2018, arXiv 1802.05983) asks for less: which unit varies least while one factor is held?"""
)
lesson_page.code(mutual_information, mig, parts.turn)
lesson_page.try_it("guess a factor's unit yourself", "pages/traverse.py", model=name, part="Units")
st.page_link("pages/train.py", label="Train one β with a fourth seed", icon=":material/play_circle:")
st.page_link(
    "pages/compare.py", label="Compare seeds: do units match?", icon=":material/compare_arrows:",
    query_params={"of": "sprites32", "by": "Seeds"},
)  # fmt: skip
lesson_page.end(here)
