"""Lesson: which unit encodes which factor, by eye, by mutual information and by scores; the ELBO does not ask for it."""

import streamlit as st

from latent_explorer.canvas import latent_canvas
from latent_explorer.course import lesson_page
from latent_explorer.course.lessons import BETA_MODELS, disentanglement
from latent_explorer.course.lessons.disentanglement import ANGLES, FactorGaps
from latent_explorer.course.lessons.ground_truth import factors_of
from latent_explorer.course.parameters import Disentanglement
from latent_explorer.models import Model
from latent_explorer.ui import display_names, figures, page, widgets
from vae_core.evaluation.disentanglement.mutual_information import mig, mutual_information

MODELS = dict(zip((*BETA_MODELS.values(), "sprites32-factor", "sprites32-tc"), Disentanglement.MODEL.options))
SEEDS = {"sprites32-beta4": "seed 0", "sprites32-beta4-seed1": "seed 1", "sprites32-beta4-seed2": "seed 2"}
WEAK, STRONG = BETA_MODELS[1], BETA_MODELS[16]


def gaps_of(model: Model) -> FactorGaps:
    """Find the two best units of each factor, once for all visitors."""
    return lesson_page.measure(
        (model,), "disentanglement, gaps", disentanglement.measure_gaps,
        model.atlas.mean, factors_of(model.atlas), model.about.factor_names,
    )  # fmt: skip


def whole_grid_text(model: Model) -> str:
    """Return the scores measured over all combinations of the factors, in one sentence; empty if there are none."""
    results = model.measurements.results
    if "mig" not in results or "factor_vae" not in results:
        return ""
    m, bins = results["mig"]["values"], results["mig"]["settings"]["bins"]
    score, settings = results["factor_vae"]["values"], results["factor_vae"]["settings"]
    return (
        f" Over all combinations of the factors, with posterior means: MIG {m['mig']:.2f} of at most {m['ceiling']:.2f} "
        f"({m['n_measured']:,} images, {bins} bins), FactorVAE score {score['factor_vae']:.2f}, where chance is "
        f"{score['chance']:.2f} ({settings['n_train']:,} votes to train, {settings['n_test']:,} to test)."
    )


lesson = lesson_page.start("disentanglement", Disentanglement)
opened = {model.name: model for model in lesson_page.open_models(*MODELS, *SEEDS)}
guess = lesson_page.ask_for_guess(
    Disentanglement.GUESS,
    "Each sprite is drawn from five numbers, its factors: shape, scale, orientation, x, y. Of the seven models below, take "
    "the one with the highest score (MIG). How many of the five factors have a unit of their own in its latent code?",
)

# one model: its units by eye and by mutual information
name = widgets.segmented_control(
    Disentanglement.MODEL, "Model", list(MODELS), default=STRONG, format_func=MODELS.__getitem__
)  # fmt: skip
model = opened[name]
atlas, factors, factor_names = model.atlas, factors_of(model.atlas), model.about.factor_names
gaps = gaps_of(model)
st.markdown("Move one unit at a time: does one thing change, or several at once?")
latent_canvas(model.canvas, model.canvas_points(), modes=("sliders", "matrix"), key=f"learn {name}")

information, information_names = model.measurements.information or (None, ())
units = [int(u) for u in atlas.order if atlas.active[u]]
left, right = st.columns([3, 2])
left.plotly_chart(
    figures.unit_table(units, atlas.kl.mean(axis=0), atlas.mean.var(axis=0), information, information_names), key="table",
    config=page.PLOTLY_CONFIG, alt=f"KL, variance and mutual information with each factor of the active units of {name}",
)  # fmt: skip
with right:
    if lesson_page.guessed(guess, "The information of the two best units about each factor"):
        st.plotly_chart(
            disentanglement.gaps_figure(gaps), key="gaps", config=page.PLOTLY_CONFIG,
            alt="information of the best and the second-best unit about each factor",
        )  # fmt: skip
st.caption(
    f"Left: only active units. Right: MIG is the mean difference between the best and the second-best unit, {gaps.mig:.2f} "
    f"over {len(atlas):,} training images.{whole_grid_text(model)} One seed; {display_names.model_caption(model)}."
)

# the answer
gaps_by_name = {one: gaps_of(opened[one]) for one in MODELS}
top = max(MODELS, key=lambda one: gaps_by_name[one].mig)
best, n_factors = gaps_by_name[top], len(gaps_by_name[top].names)
answer = Disentanglement.ANSWERS[0 if best.n_separate == n_factors else 1 if best.n_separate > 1 else 2]
shares = ", ".join(f"{n} {a:.0%} (second-best {b:.0%})" for n, a, b in zip(best.names, best.first, best.second))
lesson_page.show_verdict(
    guess,
    answer,
    f"{answer.capitalize()}. The highest MIG is {best.mig:.2f}, of {top}. The information of the best unit about each factor, "
    f"in % of the factor's entropy: {shares}. If a lead of 50 percentage points counts as a unit of its own, {best.n_separate} "
    f"of {n_factors} factors {'has' if best.n_separate == 1 else 'have'} one.",
)
if guess:
    st.markdown(
        "None of these models separates the factors. (FactorVAE and β-TCVAE keep the weight of the KL and add a penalty on "
        f"the total correlation: how far the units are from independent.) MIG goes from {gaps_by_name[WEAK].mig:.2f} at β = 1 "
        f"to {gaps_by_name[STRONG].mig:.2f} at β = 16, but there only {int(opened[STRONG].atlas.active.sum())} units are still "
        "active, and shape and orientation are hardly encoded at all. These trainings are short (6,000 and 10,000 steps, "
        "32×32 pixels): their scores describe these models, not what the methods can reach."
    )

# the same β with three seeds
st.markdown("#### Three seeds of one β")
seed_models = [opened[one] for one in SEEDS]
matched = lesson_page.measure(
    seed_models, "disentanglement, seeds", disentanglement.match_seeds, [one.atlas for one in seed_models]
)
titled = {f"{seed}: MIG {one.mig:.2f}": one for seed, one in zip(SEEDS.values(), matched)}
st.plotly_chart(
    disentanglement.matched_units_figure(titled, factor_names), key="seeds", config=page.PLOTLY_CONFIG,
    alt="information of each unit about each factor, for three seeds of one β",
)  # fmt: skip
st.caption(
    "Information of each unit about each factor, in % of the factor's entropy. Images, network, β = 4 and steps are the same: "
    "only the seed of the weights and of the batches differs. Units in the same row are matched by their correlation, and "
    "named as in seed 0. The mean correlation of the matched units with those of seed 0 is "
    f"{' and '.join(f'{one.correlation.mean():.2f}' for one in matched[1:])}; 1 would be the same unit. "
    f"{'; '.join(display_names.model_caption(one) for one in seed_models)}."
)
by_seed = [one.mig for one in matched]
by_beta = [gaps_by_name[one].mig for one in BETA_MODELS.values()]
st.markdown(
    f"Only by the seed, MIG goes from {min(by_seed):.2f} to {max(by_seed):.2f}; over all values of β, with one seed, from "
    f"{min(by_beta):.2f} to {max(by_beta):.2f}. All three models reconstruct about equally well: the ELBO does not prefer one "
    "table to another."
)

# an ideal latent code, rotated
st.markdown("#### Why is it not guaranteed?")
positions = factors[:, -2:]  # x and y
rotated = lesson_page.measure((model,), "disentanglement, rotated code", disentanglement.rotate_ideal_code, positions)
angle = widgets.select_slider(
    Disentanglement.ANGLE, "Rotate an ideal latent code of x and y by", ANGLES, default=30, format_func="{}°".format, width=420
)
at = ANGLES.index(angle)
left, right = st.columns(2)
left.plotly_chart(
    disentanglement.rotated_code_figure(rotated, at, positions[:, 0], "x"), key="rotated", config=page.PLOTLY_CONFIG,
    alt=f"the latent code rotated by {angle}°",
)  # fmt: skip
right.plotly_chart(
    disentanglement.rotated_scores_figure(rotated, at), key="scores", config=page.PLOTLY_CONFIG,
    alt="KL and MIG of the rotated latent code over the angle",
)  # fmt: skip
st.caption(
    "Not a trained model: one unit is x, the other y, both distributed as the prior, and each posterior is a round N(μ, "
    f"{disentanglement.SIGMA:g}² I). At {angle}° the KL is {rotated.kl[at]:.3f} nats and MIG {rotated.mig[at]:.2f}; at 0°, "
    f"{rotated.kl[0]:.3f} nats and {rotated.mig[0]:.2f}, which is the maximum for 20 bins and 32 positions. At 90° each unit "
    "is one factor again, the other one."
)

# the formula
st.markdown(
    r"""The prior is round. If a rotation $U$ turns all latent codes, their KL stays the same, and a decoder that first undoes
the rotation draws the same images. So both models have the same ELBO, although one has a unit per factor and the other does
not:

$$
\begin{aligned}
&\mathrm{KL}\big(\mathcal N(U\mu, \sigma^2 I)\,\|\,\mathcal N(0, I)\big) \\
&= \mathrm{KL}\big(\mathcal N(\mu, \sigma^2 I)\,\|\,\mathcal N(0, I)\big)
\end{aligned}
$$

$$
\mathrm{MIG} = \frac1K \sum_k \frac{I(z_{j(k)}; v_k) - \max_{j \ne j(k)} I(z_j; v_k)}{H(v_k)}
$$

Here $v_k$ is a factor, $H$ its entropy and $j(k)$ the unit with the most information about it (Chen et al. 2018, arXiv
1802.04942). Locatello et al. 2019 (arXiv 1811.12359) prove that no unsupervised method is certain to find the factors without
assumptions on model and data. In more than 12,000 trainings the random seed and the strength of the penalty mattered more than
the method. The diagonal posterior of a VAE is such an assumption: it prefers some axes, but not always those of the factors.
The FactorVAE score (Kim & Mnih 2018, arXiv 1802.05983) asks for less: which unit varies least while one factor is fixed?"""
)
lesson_page.show_code(mutual_information, mig, disentanglement.rotate_ideal_code)
lesson_page.link_to_try("guess the unit of a factor yourself", "pages/traverse.py", model=name, part="Units")
st.page_link("pages/train.py", label="Train the same β with a fourth seed", icon=":material/play_circle:")
st.page_link(
    "pages/compare.py", label="Compare seeds: do the units match?", icon=":material/compare_arrows:",
    query_params={"of": "sprites32", "by": "Seeds"},
)  # fmt: skip
lesson_page.end(lesson)
