"""Models side by side: the same images, the same codes, the same seed."""

import numpy as np
import streamlit as st

from latent_explorer.canvas import latent_canvas
from latent_explorer.models import canvas_data, measurements, projection_cache, store
from latent_explorer.ui import display_names, figures, page, pictures, url_state
from vae_core.analysis import unit_matching
from vae_core.latent.traversal import traverse

MOST = 6
VALUES = np.linspace(-2.5, 2.5, 9, dtype=np.float32)

page.start(
    "Compare",
    "The same images through each model, and samples drawn with the same seed.",
    concepts=("ELBO", "rate–distortion", "KL per unit", "matched units"),
)
names = [name for name in store.some_models() if not store.label_of(name).failure]
by_data: dict[str, list[str]] = {}
for name in names:
    by_data.setdefault(store.label_of(name).dataset, []).append(name)
if not by_data:
    st.error(measurements.broken(store.model_names()[0]), icon=":material/error:")
    st.stop()
# first what can be shown whole: data whose images are on this machine
datasets = sorted(by_data, key=lambda d: (store.images_or_none(by_data[d][0], "test") is None, -len(by_data[d]), d))


def ladder(candidates: list[str]) -> list[str]:
    """What is compared where nobody has chosen: rungs of the β ladder from its lowest to its highest, else the first ones."""
    rungs: dict[float, str] = {}  # one model for each β
    for name in candidates:
        if store.label_of(name).objective == "beta-vae":
            rungs.setdefault(getattr(store.load_model(name).config.objective, "beta", 1.0), name)
    if len(rungs) < 2:
        return candidates[:4]
    upwards = [rungs[beta] for beta in sorted(rungs)]
    spread = np.linspace(0, len(upwards) - 1, min(4, len(upwards))).round().astype(int)
    return [upwards[i] for i in spread]


of, which, with_seed = st.columns([2, 7, 1.5], vertical_alignment="bottom")
dataset = of.selectbox("Data", datasets, key="of", bind="query-params", help="Only models of the same images can be compared.")
chosen = which.multiselect(
    "Models", by_data[dataset], default=ladder(by_data[dataset]), max_selections=MOST, key=f"models-{dataset}", wrap=True,
    bind="query-params",
)  # fmt: skip
seed = with_seed.number_input(
    "Seed", 0, 9999, 0, key="seed", bind="query-params", help="Decides the inputs and the samples."
)  # fmt: skip
if not chosen:
    st.info("Choose one or more models above.", icon=":material/info:")
    st.stop()

models = {name: store.load_model(name) for name in chosen}
first = chosen[0]
scale = max(2, 84 // models[first].shape[-1])
held_out = store.images_or_none(first, "test")
SECTIONS = ["Images", "Rate and distortion", "Units", "Maps", "β slider", "Seeds"]
if not any(model.beta_range for model in models.values()):
    SECTIONS.remove("β slider")
section = st.segmented_control("Compare", SECTIONS, default="Images", required=True, key="by", bind="query-params")


def labels_of(name: str, rows: np.ndarray) -> np.ndarray | None:
    model = models[name]
    return model.config.conditional.labels(held_out.take(rows)) if model.sizes else None


def open_model(name: str, script: str) -> None:
    st.session_state["model"] = name
    st.switch_page(script, query_params={"model": name})  # without any, Streamlit refuses to drop those of this page's widgets


def image_section() -> None:
    rows = None if held_out is None else np.random.default_rng(int(seed)).permutation(len(held_out))[:8]
    if rows is not None:
        st.markdown("**Inputs**, held out from training. What does each model keep of them?")
        st.image(pictures.enlarge(pictures.mosaic(held_out.images[rows], 8), scale), width=560, alt="eight held-out images")
    else:
        st.caption(
            f"The {dataset} images are not on this machine, so nothing is reconstructed; the README says how to fetch them."
        )
    width = 3 if len(chosen) > 2 else 2
    for start in range(0, len(chosen), width):
        for column, name in zip(st.columns(width, gap="large"), chosen[start : start + width]):
            with column:
                st.subheader(name, anchor=False)
                model = models[name]
                st.caption(display_names.objective_text(model.config) + f", {model.latent_dim} units, step {model.step:,}")
                if rows is not None:
                    x, told = held_out.images[rows], labels_of(name, rows)
                    with st.spinner("Decoding"):
                        reconstruction = store.decode(name, store.encode(name, x, told)[0], told)
                    error = np.mean((reconstruction - x / 255) ** 2)
                    st.image(
                        pictures.enlarge(pictures.mosaic(reconstruction, 4), scale),
                        width="stretch",
                        alt=f"reconstructions by {name}",
                    )
                    st.caption(f"Reconstructions, mean squared error {error:.4f} per pixel")
                samples = store.samples(name, 16, seed=int(seed))
                st.image(pictures.enlarge(pictures.mosaic(samples, 4), scale), width="stretch", alt=f"samples of {name}")
                st.caption("Samples from its own prior" + (", a label after the other" if model.sizes else ""))
    normal = [n for n in chosen if not models[n].config.prior.learns]
    if len({models[n].latent_dim for n in normal}) < len(normal):
        st.caption("Models of as many units and the same prior decode the very same codes z in the same places.")


def plane_section() -> None:
    points = {}
    for name in by_data[dataset]:
        if elbo := measurements.values(name, "elbo"):
            points[name] = (elbo["rate"], elbo["distortion"])
    kinds = {display_names.registered_name("likelihood", models[name].config.likelihood) for name in chosen}
    st.markdown("**Where do the nats go?** A little more code, a little less error: click a point to open its model.")
    if not points:
        st.info("None of these models has been measured.", icon=":material/info:")
        st.page_link("pages/evaluate.py", label="Measure them", icon=":material/straighten:")
        return
    points = {name: points[name] for name in chosen if name in points}
    if not points:
        st.info("None of the chosen models has been measured.", icon=":material/info:")
        return
    curve = next((name for name in chosen if models[name].beta_range), None)
    line = None if curve is None or held_out is None else measurements.curve(curve)
    event = st.plotly_chart(
        figures.rate_distortion_plane(points, curve=line, height=460), key="rd", on_select="rerun", selection_mode="points",
        config=page.PLOTLY_CONFIG, alt="rate against distortion, a point per model",
    )  # fmt: skip
    if event and event["selection"]["points"] and (clicked := event["selection"]["points"][0].get("customdata")):
        open_model(clicked if isinstance(clicked, str) else clicked[0], "pages/traverse.py")
    st.caption(
        "Held-out images; a dotted line joins all pairs of one ELBO = −(rate + distortion): further left and down is better."
    )
    if len(kinds) > 1:
        st.warning(f"These models have different likelihoods ({', '.join(sorted(kinds))}): their distortions do not compare.")


def unit_section() -> None:
    st.markdown("**How many units does each use?**")
    unit_kl = {n: store.load_atlas(n).kl.mean(axis=0) for n in chosen if not models[n].config.objective.deterministic}
    if unit_kl:
        st.plotly_chart(
            figures.kl_bars(unit_kl, height=300), key="bars", config=page.PLOTLY_CONFIG, alt="KL per unit of each model"
        )
        st.caption("Mean KL of each unit to N(0, 1) over the training images of the map, each model's units sorted.")
    if len(chosen) < 2:
        st.info("Choose a second model to match its units.", icon=":material/info:")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        one = st.selectbox("Rows follow", chosen, key="one", bind="query-params", width=240)
        rest = [n for n in chosen if n != one]
        two = st.selectbox("Matched to them", rest, key="two", bind="query-params", width=240)
    a, b = store.load_atlas(one), store.load_atlas(two)
    rows_a, rows_b = unit_matching.shared_rows(a, b)
    if len(rows_a) < 20:
        st.info("These two maps share too few images to match units by.", icon=":material/info:")
        return
    table = unit_matching.unit_correlations(a.mean[rows_a], b.mean[rows_b])
    alive = lambda atlas: [int(u) for u in atlas.order if atlas.active[u]] or [int(atlas.order[0])]  # noqa: E731
    rows, columns = alive(a), alive(b)
    pairs = [(rows[i], columns[j]) for i, j in unit_matching.match_units(table[np.ix_(rows, columns)])][:8]
    st.markdown("**Do both models find the same things?** Each row shows a pair of units; a negative r turns the second round.")
    if not (canvas_data.in_browser(one) and canvas_data.in_browser(two)):
        st.caption("One of the two draws pixel by pixel, so that only the correlations are shown.")
    else:
        row = int(np.argmin(np.linalg.norm(a.mean[rows_a], axis=1)))
        for_a, for_b = (m.mean[r[row]] for m, r in ((a, rows_a), (b, rows_b)))
        for i, j in pairs:
            r = table[i, j]
            left, right = st.columns(2, gap="medium")
            for column, owner, unit, anchor, sign in ((left, one, i, for_a, 1), (right, two, j, for_b, np.sign(r) or 1)):
                images = store.decode(owner, traverse(anchor, [unit], sign * VALUES)[0])
                with column:
                    st.image(
                        pictures.enlarge(pictures.mosaic(images, len(VALUES)), max(1, 64 // images.shape[-1])), width="stretch",
                        alt=f"{owner} along {display_names.unit_name(unit)}",
                    )  # fmt: skip
            left.caption(f"{one} {display_names.unit_name(i)}")
            right.caption(f"{two} {'−' if r < 0 else ''}{display_names.unit_name(j)}, r = {display_names.number_text(r, 2)}")
    st.plotly_chart(
        figures.heat_map(
            np.abs(table[np.ix_([i for i, _ in pairs], [j for _, j in pairs])]), [f"{display_names.unit_name(i)}" for i, _ in pairs],
            [f"{display_names.unit_name(j)} " for _, j in pairs],
        ), key="pairs", config=page.PLOTLY_CONFIG, alt=f"absolute correlation of the units of {one} and {two}, matched",
    )  # fmt: skip
    st.caption(
        f"|r| over {len(rows_a):,} shared images; rows {one}, columns {two}. Matched units stand on the diagonal: "
        "what is dark beside it is shared between units."
    )


def map_section() -> None:
    st.markdown("**Where does each model put the same images?** Lasso some in the first map: they turn red in all of them.")
    if not canvas_data.in_browser(first):
        st.info(f"{first} draws pixel by pixel; put another model first to select in its map.", icon=":material/info:")
        return
    key = f"compare {first}"
    atlas = store.load_atlas(first)
    given, marked = url_state.code(first, models[first].latent_dim, None, key), url_state.selection(first, len(atlas), key)
    state = latent_canvas(
        canvas_data.model(first), canvas_data.points(first), modes=("map",), z=given, selected=marked,
        decode=lambda z, condition: canvas_data.decode_with_condition(first, z, condition), key=key,
    )  # fmt: skip
    z = url_state.keep_code(first, state.z, given, key)
    rows = url_state.keep_selection(first, state.selected, marked, len(atlas), key)
    images = atlas.index[rows] if rows is not None else np.array([], dtype=int)
    here = atlas.index[np.argmin(np.linalg.norm(atlas.mean - z, axis=1))]
    others = [name for name in chosen if name != first]
    for start in range(0, len(others), 3):
        for column, name in zip(st.columns(3, gap="medium"), others[start : start + 3]):
            other = store.load_atlas(name)
            values = other.labels
            if len(images):
                values = np.where(np.isin(other.index, images), 2, 3)
            cross = np.flatnonzero(other.index == here)
            picture = pictures.scatter_picture(
                projection_cache.plane(name).xy,
                values,
                440,
                cross=projection_cache.plane(name).xy[cross[0]] if len(cross) else None,
            )
            with column, st.container(key=f"smooth {name}"):
                st.image(picture, width="stretch", alt=f"map of {name}", caption=name)
    st.caption("Principal planes. The cross is the image whose code in the first map is nearest to the one under the hand.")


def beta_section() -> None:
    name = next(n for n in chosen if models[n].beta_range)
    low, high = models[name].beta_range
    st.markdown(f"**What does β trade?** {name} was trained for every β from {low:g} to {high:g}; move it along its curve.")
    if held_out is None:
        st.info(f"The {dataset} images are not on this machine, so there is nothing to reconstruct.", icon=":material/info:")
        return
    steps = [float(f"{b:.3g}") for b in np.geomspace(low, high, 21)]
    beta = st.select_slider("β", steps, min(steps, key=lambda b: abs(np.log(b))), key="beta", bind="query-params", width=420)
    left, right = st.columns(2, gap="large")
    with left:
        rows = np.random.default_rng(int(seed)).permutation(len(held_out))[:16]
        x = held_out.images[rows]
        shown = store.decode(name, store.encode(name, x, beta=beta)[0], beta=beta)
        st.image(pictures.enlarge(pictures.mosaic(x, 8), scale), width="stretch", alt="sixteen held-out images")
        st.image(
            pictures.enlarge(pictures.mosaic(shown, 8), scale), width="stretch", alt=f"their reconstructions at β {beta:g}"
        )
        st.caption(
            f"Held-out images, and below what is left of them at β = {beta:g}. {display_names.model_caption(name, models[name])}."
        )
        st.image(
            pictures.enlarge(pictures.mosaic(store.samples(name, 16, int(seed), beta=beta), 8), scale), width="stretch",
            alt=f"samples at β {beta:g}",
        )  # fmt: skip
        st.caption("Samples: the same sixteen codes at every β.")
    with right:
        points = {
            n: (e["rate"], e["distortion"]) for n in chosen if not models[n].beta_range and (e := measurements.values(n, "elbo"))
        }  # fmt: skip
        line = measurements.curve(name)
        here = measurements.curve(name, (beta,))[0]
        st.plotly_chart(
            figures.rate_distortion_plane(points | {f"{name}, β = {beta:g}": here[1:]}, curve=line, height=440), key="rd",
            config=page.PLOTLY_CONFIG, alt=f"rate-distortion curve of {name} with the point of β {beta:g}",
        )  # fmt: skip
        st.caption(
            f"Rate {here[1]:.1f}, distortion {here[2]:.1f} nats over {measurements.CURVE_IMAGES:,} held-out images; "
            "single points are models that were trained for one β each."
        )


def seed_section() -> None:
    groups = unit_matching.seed_groups({n: store.load_model(n).config.to_json() for n in by_data[dataset]})
    st.markdown("**Is a difference more than luck?** Models that differ in nothing but their seed show what luck does.")
    if not groups:
        st.info(
            "No two models here differ in their seed alone. Train one again with another seed, and its spread appears here.",
            icon=":material/info:",
        )
        st.page_link("pages/train.py", label="Train one", icon=":material/play_circle:")
        return
    table: dict[str, list] = {
        "models": [],
        "seeds": [],
        "ELBO, nats": [],
        "rate, nats": [],
        "distortion, nats": [],
        "active": [],
    }
    for members in groups.values():
        measured = [e for n in members if (e := measurements.values(n, "elbo"))]
        table["models"].append(", ".join(members))
        table["seeds"].append(len(members))
        for column, key in (
            ("ELBO, nats", "elbo"),
            ("rate, nats", "rate"),
            ("distortion, nats", "distortion"),
            ("active", "active_units"),
        ):
            values = np.array([e[key] for e in measured], dtype=float)
            said = (
                "not measured"
                if not len(values)
                else f"{values.mean():.2f} ± {values.std(ddof=1) if len(values) > 1 else 0:.2f}"
            )
            table[column].append(said.replace("-", "−"))
    st.dataframe(table, hide_index=True, alt="mean and standard deviation across seeds")
    st.caption(
        "Mean ± standard deviation across seeds. A difference between two rows below about twice that is luck as likely as not."
    )


{
    "Images": image_section,
    "Rate and distortion": plane_section,
    "Units": unit_section,
    "Maps": map_section,
    "β slider": beta_section,
    "Seeds": seed_section,
}[section]()
