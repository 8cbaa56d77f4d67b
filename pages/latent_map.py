"""The aggregate posterior on the plane: look, select, ask what lies near, add and subtract."""

import numpy as np
import streamlit as st

from latent_explorer.canvas import latent_canvas
from latent_explorer.models import canvas_data, projection_cache, store, umap_progress
from latent_explorer.sections.latent_map import latent_arithmetic
from latent_explorer.ui import display_names, figures, file_formats, page, pictures, url_state
from vae_core.analysis.directions import attribute_masks, attribute_vector
from vae_core.latent.projection import PROJECTIONS, Projection
from vae_core.latent.traversal import codes_on_plane

TITLES = {"pca": "PCA", "umap": "UMAP"}
SHOWN = 48

page.start(
    "Latent map",
    "Each point is one training image, at the mean of its posterior q(z|x). Move over the map: what is decoded there?",
    concepts=("aggregate posterior", "PCA", "UMAP", "trustworthiness", "attribute vector"),
)
name = store.current_model()
model, atlas = store.load_model(name), store.load_atlas(name)
st.caption(display_names.model_summary(model))
scale = max(2, 72 // model.shape[-1])
CANVAS = f"map {name}"


def umap_settings(suffix: str, *, seed: int) -> dict:
    """The three things that change a UMAP; each in the link."""
    neighbours = st.slider(
        "Neighbours",
        5,
        100,
        15,
        key=f"neighbours{suffix}",
        bind="query-params",
        help="Few show fine structure, many the coarse.",
    )
    distance = st.slider(
        "Minimal distance",
        0.0,
        0.99,
        0.1,
        key=f"distance{suffix}",
        bind="query-params",
        help="How densely points may be packed.",
    )
    seed = st.number_input("Seed", 0, 999, seed, key=f"umapseed{suffix}", bind="query-params")
    return {"n_neighbors": neighbours, "min_dist": distance, "seed": int(seed)}


flat, method, settings = model.latent_dim <= 2, "pca", {}
with st.container(horizontal=True, vertical_alignment="bottom"):
    if not flat:
        method = st.segmented_control(
            "Projection", list(PROJECTIONS), default="pca", required=True, format_func=TITLES.get, key="projection",
            bind="query-params",
        )  # fmt: skip
    if method == "umap":
        with st.popover("UMAP settings", icon=":material/tune:"):
            settings = umap_settings("", seed=0)
    extra = st.segmented_control(
        "Beside the map", ["path", "pad"], key="beside", bind="query-params",
        format_func={"path": "Interpolate", "pad": "Two units"}.get,
        help="Interpolate between points that you pick, or move two units on a square.",
    )  # fmt: skip

projected = projection_cache.plane(name) if method == "pca" else umap_progress.umap(name, settings, instead="projection")
if projected is None:
    st.stop()

if canvas_data.in_browser(name):
    given, marked = url_state.code(name, model.latent_dim, None, CANVAS), url_state.selection(name, len(atlas), CANVAS)
    state = latent_canvas(
        canvas_data.model(name),
        canvas_data.points(name, projected),
        modes=("map", extra) if extra else ("map",),
        z=given,
        selected=marked,
        decode=lambda z, condition: canvas_data.decode_with_condition(name, z, condition),
        key=CANVAS,
    )
    z = url_state.keep_code(name, state.z, given, CANVAS)
    chosen = url_state.keep_selection(name, state.selected, marked, len(atlas), CANVAS)
else:
    st.info(
        f"{name} draws an image pixel by pixel, which the browser cannot do; the map shows its codes, and a lasso selects.",
        icon=":material/info:",
    )
    z, chosen = np.zeros(model.latent_dim, dtype=np.float32), None
    event = st.plotly_chart(
        figures.class_scatter(projected.xy, atlas.labels, model.about.class_names), key="cloud", on_select="rerun",
        selection_mode=("lasso", "box"), alt=f"map of the codes of {name}",
    )  # fmt: skip
    if event and event["selection"]["points"]:
        chosen = np.array([point["customdata"] for point in event["selection"]["points"]]).ravel().astype(int)
if flat:
    note = "The units themselves, nothing projected."
elif method == "pca":
    note = f"The plane holds {projected.explained[0]:.0%} + {projected.explained[1]:.0%} of the variance of the means."
else:
    note = "UMAP keeps neighbourhoods; distances between groups, their sizes and the axes mean nothing."
if projected.trustworthiness is not None:
    note += f" Trustworthiness {projected.trustworthiness:.3f} (1 is best)."
note += umap_progress.note(projected)
st.caption(f"{note} {len(atlas):,} images of the training split.")

SECTIONS = ["Selection", "Neighbours", "Arithmetic", "Plane" if model.latent_dim == 2 else "Projection"]
section = st.segmented_control("Below the map", SECTIONS, default="Selection", required=True, key="tab", bind="query-params")


def show_images(images: np.ndarray, columns: int, alt: str) -> None:
    st.image(pictures.enlarge(pictures.mosaic(images, columns), scale), width="content", alt=alt)


def real_images(rows: np.ndarray) -> np.ndarray | None:
    """The training images of these points, where they are on this machine."""
    data = store.images_or_none(name)
    return None if data is None else data.images[atlas.index[rows]]


def columns_of(rows: np.ndarray) -> dict[str, np.ndarray | list]:
    """What is known of the points, a column each."""
    table: dict[str, np.ndarray | list] = {"image": atlas.index[rows]}
    if atlas.labels is not None:
        table["class"] = [model.about.class_names[label] for label in atlas.labels[rows]]
    if atlas.factors is not None:
        table |= {factor: atlas.factors[rows, k] for k, factor in enumerate(model.about.factor_names)}
    table |= {"KL, nats": atlas.kl[rows].sum(axis=1).round(2), "−log p(x|z), nats": atlas.nll[rows].round(2)}
    table |= {"map x": projected.xy[rows, 0].round(3), "map y": projected.xy[rows, 1].round(3)}
    return table


def selection() -> None:
    if chosen is None or not len(chosen):
        st.markdown(
            "**Which images lie where?** Choose *Lasso* above the map and draw round some points; what it holds appears here."
        )
        rows = np.random.default_rng(0).permutation(len(atlas))[:SHOWN]
        show_images(store.decode(name, atlas.mean[rows]), 16, "decoded means")
        st.caption(
            f"Until then: {len(rows)} points of the whole map, decoded from their means. {display_names.model_caption(name, model)}."
        )
        return
    rows = chosen[:SHOWN]
    real = real_images(rows)
    images = store.decode(name, atlas.mean[rows]) if real is None else real
    st.markdown(f"**{len(chosen):,} of {len(atlas):,} images selected**")
    left, right = st.columns([3, 2], gap="large")
    with left:
        show_images(images, 12, "selected images")
        what = (
            "training images" if real is not None else f"decoded from their means by {display_names.model_caption(name, model)}"
        )
        st.caption(f"The first {len(rows)}: {what}.")
    with right:
        mean = store.decode(name, atlas.mean[chosen].mean(axis=0, keepdims=True))
        with st.container(horizontal=True):
            st.image(
                pictures.enlarge(pictures.mosaic(mean, 1), 2 * scale),
                width=110,
                alt="decoded mean code",
                caption="decoded mean",
            )
            if real is not None:
                average = store.images_or_none(name).images[atlas.index[chosen]].mean(axis=0, keepdims=True) / 255
                st.image(
                    pictures.enlarge(pictures.mosaic(average, 1), 2 * scale),
                    width=110,
                    alt="mean of the images",
                    caption="mean image",
                )
        if atlas.labels is not None:
            counts = np.bincount(atlas.labels[chosen], minlength=len(model.about.class_names))
            figure = figures.class_counts(dict(zip(model.about.class_names, counts.tolist())))
            st.plotly_chart(figure, key="counts", config=page.PLOTLY_CONFIG, alt="selected images per class")
    table = columns_of(chosen)
    st.dataframe(table, height=220, hide_index=True, alt="the selected images, a row each")
    with st.container(horizontal=True):
        st.download_button(
            "CSV", lambda: file_formats.table_csv(columns_of(chosen)), f"{name}-selection.csv", "text/csv", on_click="ignore",
            icon=":material/download:", key="csv",
        )  # fmt: skip
        st.download_button(
            "NPZ", lambda: file_formats.arrays_npz(
                index=atlas.index[chosen], mean=atlas.mean[chosen], std=atlas.std[chosen], xy=projected.xy[chosen]
            ), f"{name}-selection.npz", on_click="ignore", icon=":material/download:", key="npz",
        )  # fmt: skip
        st.download_button(
            "PNG", lambda: file_formats.image_grid_png(images, 12, scale), f"{name}-selection.png", "image/png", on_click="ignore",
            icon=":material/download:", key="png",
        )  # fmt: skip
        st.download_button(
            "SVG of the map", lambda: file_formats.map_svg(projected.xy, atlas.labels, chosen, f"{name}, {projected.method}"),
            f"{name}-map.svg", "image/svg+xml", on_click="ignore", icon=":material/download:", key="svg",
        )  # fmt: skip


def neighbours() -> None:
    st.markdown("**Are near codes near images?** Click the map: both rows start from the code under the cross.")
    here = store.decode(name, z[None])
    distance = np.linalg.norm(atlas.mean - z, axis=1)
    near = np.argsort(distance)[:10]
    data = store.images_or_none(name)
    rows = [("nearest in z", near, [f"{d:.2f}" for d in distance[near]])]
    if data is not None:
        away = np.linalg.norm((data.images[atlas.index] / np.float32(255) - here).reshape(len(atlas), -1), axis=1)
        by_pixels = np.argsort(away)[:10]
        rows.append(("nearest in pixels", by_pixels, [f"{d:.2f}" for d in away[by_pixels]]))
    first, rest = st.columns([1, 6], vertical_alignment="center")
    first.image(pictures.enlarge(pictures.mosaic(here, 1), 2 * scale), width=110, alt="decoded code", caption="decoded z")
    for title, found, distances in rows:
        images = real_images(found)
        images = store.decode(name, atlas.mean[found]) if images is None else images
        with rest:
            st.image(pictures.enlarge(pictures.mosaic(images, 10), scale), width="content", alt=f"ten images, {title}")
            st.caption(f"{title}; distances {', '.join(distances)}")
    if data is None:
        st.caption(
            f"The {model.about.dataset} images are not on this machine: neighbours in z are decoded, those in pixels left out."
        )
    else:
        shared = len(set(rows[0][1]) & set(rows[1][1]))
        st.caption(
            f"{shared} of ten are in both rows. Distances are Euclidean: in z in prior σ, in pixels with values from 0 to 1."
        )


def arithmetic() -> None:
    st.markdown("**What is a − b + c?** Click the map and store the code under the cross; three of them make a fourth.")
    codes = latent_arithmetic.stored(name, model.latent_dim, atlas)
    result = codes["a"] - codes["b"] + codes["c"]
    shown = store.decode(name, np.stack([codes["a"], codes["b"], codes["c"], result]).astype(np.float32))
    for i, (column, what) in enumerate(zip(st.columns(4), ("a", "− b", "+ c", "= a − b + c"))):
        with column:
            st.image(
                pictures.enlarge(pictures.mosaic(shown[i : i + 1], 1), 2 * scale),
                width=120,
                alt=f"decoded {what}",
                caption=what,
            )
            if i < 3:
                letter = "abc"[i]
                st.button(f"Take z as {letter}", key=f"take {letter}", on_click=latent_arithmetic.store, args=(letter, name, z))
            else:
                gap = np.linalg.norm(atlas.mean - result, axis=1).min()
                st.caption(f"‖z‖ = {np.linalg.norm(result):.1f}; nearest encoding {gap:.2f} away")
    st.markdown("**What does a label look like as a direction?** The mean code of a group less that of all others, added to z:")
    groups = attribute_masks(atlas, model.about)
    if not groups:
        st.caption("This data set has neither labels nor factors, so there is no attribute to take a vector of.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        group = st.selectbox("Attribute", list(groups), key="attribute", bind="query-params", width=240)
        reach = st.slider("Strength, up to", 0.5, 3.0, 1.5, 0.5, key="strength", bind="query-params", width=240)
    vector = attribute_vector(atlas.mean, groups[group])
    steps = np.linspace(-reach, reach, 9, dtype=np.float32)
    images = store.decode(name, z + steps[:, None] * vector)
    st.image(pictures.enlarge(pictures.mosaic(images, 9), scale), width="content", alt=f"z moved along the vector of {group}")
    st.caption(
        f"z + s·v for s from −{reach:g} to {reach:g}; ‖v‖ = {np.linalg.norm(vector):.2f}, from "
        f"{int(groups[group].sum()):,} images against {int((~groups[group]).sum()):,}. {display_names.model_caption(name, model)}."
    )


def side_by_side() -> None:
    variance = np.linalg.eigvalsh(np.cov(atlas.mean.T))[::-1] if model.latent_dim > 1 else np.array([1.0])
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**How much does a plane hold?**")
        st.plotly_chart(
            figures.variance_shares(variance),
            key="shares",
            config=page.PLOTLY_CONFIG,
            alt="share of variance per principal axis",
        )
        st.caption("Two axes of many: what the plane leaves out, the map cannot show.")
    with right:
        st.markdown("**What does a UMAP not tell?** The same codes under other settings:")
        if st.toggle("Draw a second UMAP", key="second", bind="query-params"):
            with st.popover("Its settings", icon=":material/tune:"):
                other = umap_settings("2", seed=1)
            if (drawn := umap_progress.umap(name, other, instead="second")) is not None:
                mine = projected if method == "umap" else projection_cache.plane(name)
                pair(mine, drawn)
        else:
            st.caption(
                "Groups move, grow and split though no code has changed: positions and gaps are the drawing's, not the data's."
            )


def pair(one: Projection, other: Projection) -> None:
    values = atlas.labels
    if chosen is not None and len(chosen):
        values = np.full(len(atlas), 3)  # grey
        values[chosen] = 2
    with st.container(horizontal=True, key="pair of maps"):
        for title, drawn in (("above", one), ("second", other)):
            with st.container(key=f"smooth {title}"):
                picture = pictures.scatter_picture(drawn.xy, values, 480)
                trust = "" if drawn.trustworthiness is None else f", trustworthiness {drawn.trustworthiness:.3f}"
                caption = f"{drawn.method}, {title}{trust}.{umap_progress.note(drawn)}"
                st.image(picture, width="stretch", alt=f"{drawn.method}, {title}", caption=caption)
    if chosen is not None and len(chosen):
        st.caption("Your lasso in red in both: does it stay together?")


def decoded_plane() -> None:
    side, extent = 21, 3.0
    values = np.linspace(-extent, extent, side, dtype=np.float32)
    codes = codes_on_plane(np.zeros(2), (0, 1), values, values).reshape(-1, 2)
    st.plotly_chart(
        figures.decoded_plane(store.decode(name, codes), side, extent, axes=("z1", "z2")), key="plane",
        config=page.PLOTLY_CONFIG, alt=f"what {name} decodes over the plane of its two units",
    )  # fmt: skip
    st.caption(f"The same plane, decoded: {side}×{side} codes from −3 to 3 σ. {display_names.model_caption(name, model)}.")


{
    "Selection": selection,
    "Neighbours": neighbours,
    "Arithmetic": arithmetic,
    "Projection": side_by_side,
    "Plane": decoded_plane,
}[section]()
