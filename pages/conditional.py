"""A label and a style: what does each of them say?"""

import numpy as np
import streamlit as st

from latent_explorer.canvas import latent_canvas
from latent_explorer.models import canvas_data, measurements, store
from latent_explorer.ui import display_names, figures, file_formats, page, pictures, url_state
from vae_core.common.seeds import rng

STYLES = 5

page.start(
    "Conditional",
    "The model is told the label, so that the code is left with the style. Drag a slider: the style changes under every label.",
    concepts=("condition", "temperature", "leak probe"),
)
store.some_models()
if not store.conditional_names():
    st.info("None of the models here is conditioned on labels.", icon=":material/info:")
    st.page_link("pages/train.py", label="Train one: *Conditional* on labels", icon=":material/play_circle:")
    st.stop()
name = store.current_model()
model, atlas, canvas_model = store.load_model(name), store.load_atlas(name), canvas_data.model(name)
st.caption(display_names.model_summary(model))
CANVAS = f"conditional {name}"
scale = max(2, 64 // model.shape[-1])
prop = canvas_model.conditions[0]  # the class, or the first factor; the others stay as the hand has set them

anchor = atlas.mean[np.argmin(np.linalg.norm(atlas.mean, axis=1))]
given = url_state.code(name, model.latent_dim, anchor, CANVAS)
asked = url_state.read_condition(name, len(canvas_model.default_condition), CANVAS)
state = latent_canvas(
    canvas_model, canvas_data.points(name), modes=("condition", "sliders"), z=given, condition=asked,
    decode=lambda z, condition: canvas_data.decode_with_condition(name, z, condition), key=CANVAS,
)  # fmt: skip
z = url_state.keep_code(name, state.z, given, CANVAS)
condition = url_state.keep_condition(name, state.condition, asked, CANVAS)


def weights(value: int | None) -> np.ndarray:
    """The labels' weights of the hand, with the first property at ``value``; unknown at None."""
    out = condition[: sum(model.sizes)].copy()
    out[: len(prop.values)] = 0
    if value is not None:
        out[value] = 1
    return out


def under_labels(codes: np.ndarray, values: list[int | None]) -> np.ndarray:
    """Each code under each value: (codes · values, C, H, W), row by row."""
    beta = canvas_data.split_condition(name, condition)[1]
    told_rows = np.stack([weights(value) for _ in codes for value in values])
    return store.decode(name, np.repeat(codes, len(values), axis=0), told_rows, beta=beta)


def download(picture_images: np.ndarray, columns: int, what: str, **arrays: np.ndarray) -> None:
    with st.container(horizontal=True):
        st.download_button(
            "PNG", lambda: file_formats.image_grid_png(picture_images, columns, 4), f"{name}-{what}.png", "image/png", on_click="ignore",
            icon=":material/download:", key=f"png {what}",
        )  # fmt: skip
        st.download_button(
            "NPZ", lambda: file_formats.arrays_npz(images=picture_images, **arrays), f"{name}-{what}.npz", on_click="ignore",
            icon=":material/download:", key=f"npz {what}",
        )  # fmt: skip


SECTIONS = {"styles": "Random styles", "transfer": "Transfer a style", "write": "Write a number", "leak": "Leak probe"}
if not all(len(value) == 1 for value in prop.values):
    SECTIONS.pop("write")
section = st.segmented_control(
    "Below", list(SECTIONS), default="styles", required=True, format_func=SECTIONS.get, key="ask", bind="query-params"
)
everything: list[int | None] = list(range(len(prop.values)))


def style_section() -> None:
    st.markdown("**Does one z mean one style?** Each row is one code under every label; the last column is not told any.")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        temperature = st.slider("Temperature τ", 0.0, 2.0, 1.0, 0.1, key="temperature", bind="query-params", width=260)
        seed = st.number_input("Seed", 0, 9999, 0, key="styleseed", bind="query-params", width=120)
        unlabelled = st.toggle("Without a label too", True, key="unlabelled", bind="query-params")
    codes = temperature * rng(int(seed), "styles").standard_normal((STYLES, model.latent_dim)).astype(np.float32)
    if model.config.prior.learns:
        st.caption("This model has learned its prior; the temperature is of N(0, I) all the same.")
    columns = everything + [None] * unlabelled
    images = under_labels(codes, columns)
    st.image(
        pictures.enlarge(pictures.mosaic(images, len(columns)), scale),
        width="content",
        alt=f"{STYLES} styles under {len(columns)} labels",
    )
    st.caption(
        f"Columns: {', '.join(prop.values)}{', unlabelled' if unlabelled else ''}. z = τ·ε, τ = {temperature:g}. "
        f"{display_names.model_caption(name, model)}."
    )
    download(images, len(columns), "styles", z=codes)


def transfer_section() -> None:
    st.markdown("**Whose hand wrote it?** The style of one image, given to every label.")
    held = store.images_or_none(name, "test")
    if held is None:
        st.info(f"The {model.about.dataset} images are not on this machine; nothing can be encoded.", icon=":material/info:")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        index = st.number_input("Image", 0, len(held) - 1, min(5, len(held) - 1), key="from", bind="query-params", width=140)
        st.button(
            "Another one", icon=":material/shuffle:", key="another",
            on_click=lambda: st.session_state.update({"from": int(np.random.default_rng().integers(len(held)))}),
        )  # fmt: skip
    row = held.take(np.array([int(index)]))
    labels = model.config.conditional.labels(row)
    mean, _ = store.encode(name, row.images, labels)
    images = under_labels(mean, everything)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.image(
            pictures.enlarge(pictures.mosaic(row.images, 1), 2 * scale), width=120, alt="the image whose style is taken",
            caption=f"{prop.name} {prop.values[int(labels[0, 0])]}",
        )  # fmt: skip
        st.image(pictures.enlarge(pictures.mosaic(images, 10), scale), width="content", alt="its style under every label")
    st.caption(
        f"z = μ(x, y) of the image on the left, decoded under {', '.join(prop.values)}. {display_names.model_caption(name, model)}."
    )
    download(images, 10, "transfer", z=mean)


def write_section() -> None:
    st.markdown(
        "**One hand, any number**: every sign has the code under your hand, only the label changes. Drag a slider above."
    )
    allowed = "".join(prop.values)
    text = st.text_input("Number", "1789", max_chars=24, key="text", bind="query-params", width=260)
    signs = [prop.values.index(sign) for sign in text if sign in prop.values]
    if not signs:
        st.warning(f"Nothing of {text!r} can be written; this model knows {allowed}.", icon=":material/help:")
        return
    if left := sorted({sign for sign in text if sign not in prop.values and sign != " "}):
        st.caption(f"Left out: {' '.join(left)}; this model knows {allowed}.")
    images = under_labels(z[None], signs)
    st.image(
        pictures.enlarge(pictures.mosaic(images, len(signs), gap=0), max(2, 96 // model.shape[-1])), width="content",
        alt=f"the number {text}, written by {name} in one style",
    )  # fmt: skip
    st.caption(f"z = ({url_state.write_code(z)}). {display_names.model_caption(name, model)}.")
    download(images, len(signs), "number", z=z)


def leak_section() -> None:
    st.markdown("**Does the code still say the label?** A classifier guesses it from μ(x, y); a code free of it leaves chance.")
    rows = {}
    for other in [name, *[n for n in store.model_names() if n != name]]:
        same = store.label_of(other).dataset == model.about.dataset and not measurements.broken(other)
        if (
            same
            and (other == name or not store.label_of(other).conditional)
            and len(rows) < 5
            and (leak := measurements.leak(other))
        ):
            rows[other] = leak
    if not rows:
        st.info("This model's map has no labels to probe for.", icon=":material/info:")
        return
    st.plotly_chart(
        figures.label_leaks({n: (leak.accuracy, leak.chance) for n, leak in rows.items()}, name), key="leak", config=page.PLOTLY_CONFIG,
        alt="accuracy of a linear classifier of the label from the code, per model, beside chance",
    )  # fmt: skip
    mine = rows.get(name)
    if mine:
        st.caption(
            f"{name}: {mine.accuracy:.1%} of {mine.n_test:,} images, chance {mine.chance:.1%}; logistic regression on "
            f"standardized posterior means of {mine.n_train:,} other images. The models below it were not told the label."
        )


{"styles": style_section, "transfer": transfer_section, "write": write_section, "leak": leak_section}[section]()
