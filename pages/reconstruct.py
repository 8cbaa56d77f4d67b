"""An image through the code and back: what survives?"""

import io

import numpy as np
import streamlit as st

from latent_explorer.canvas import latent_canvas
from latent_explorer.models import canvas_data, store
from latent_explorer.sections.reconstruct import inpainting
from latent_explorer.ui import display_names, figures, page, pictures, url_state
from vae_core.common.seeds import rng
from vae_core.data.images.pictures import Unreadable, decode_picture, with_channels
from vae_core.data.untrusted import Limits

UPLOAD = Limits(total_bytes=8 << 20, pixels=20_000_000)

page.start(
    "Reconstruct",
    "An image becomes a code and an image again; what is lost on the way is what the code does not say.",
    concepts=("reconstruction", "KL per unit", "inpainting"),
)
name = store.current_model()
model, atlas = store.load_model(name), store.load_atlas(name)
st.caption(display_names.model_summary(model))
side = model.shape[-1]
scale = max(2, 150 // side)
held = store.images_or_none(name, "test")

MADE = 24  # images of the model's own, to pick from
WAYS = {"held out": "Held-out image", "made": "Made by the model", "upload": "Upload", "draw": "Draw"}
if held is None:
    WAYS.pop("held out")
way = st.segmented_control(
    "Image", list(WAYS), default=next(iter(WAYS)), required=True, format_func=WAYS.get, key="image", bind="query-params"
)


def show(image: np.ndarray, caption: str, *, width: int = 150) -> None:
    st.image(pictures.enlarge(pictures.mosaic(image, 1), scale), width=width, alt=caption, caption=caption)


if way == "draw":
    if not canvas_data.in_browser(name):
        st.info(f"{name} decodes pixel by pixel, which the browser cannot do; pick a held-out image.", icon=":material/info:")
        st.stop()
    st.markdown("**What does the model see in your drawing?** Draw, and the encoder answers while you draw.")
    key = f"draw {name}"
    given = url_state.code(name, model.latent_dim, None, key)
    state = latent_canvas(
        canvas_data.model(name), canvas_data.points(name, examples=True), modes=("draw", "map"), z=given,
        decode=lambda z, condition: canvas_data.decode_with_condition(name, z, condition), key=key,
    )  # fmt: skip
    url_state.keep_code(name, state.z, given, key)
    st.stop()

labels = None
if way == "upload":
    upload = st.file_uploader("A picture", type=["png", "jpg", "jpeg", "webp", "bmp", "gif"], key="picture")
    invert = st.toggle(
        "White is black", key="invert", bind="query-params", help="For dark strokes on paper: digits here are white on black."
    )
    if upload is None:
        st.caption(f"It is cut to a square and made {side}×{side} pixels; nothing is stored.")
        st.stop()
    with page.show_errors():
        UPLOAD.check_bytes(upload.size, "the picture")
    try:
        pixels = with_channels(decode_picture(io.BytesIO(upload.getvalue()), side, UPLOAD)[None], model.shape[0])
    except Unreadable as why:
        st.error(f"This picture cannot be read: {why}.", icon=":material/error:")
        st.stop()
    image = (255 - pixels if invert else pixels).astype(np.float32) / 255
else:
    there = MADE if way == "made" else len(held)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        which = "sample" if way == "made" else "number"  # each with its own bounds
        index = st.number_input("Number", 0, there - 1, min(7, there - 1), key=which, bind="query-params", width=140)
        st.button(
            "Another one", icon=":material/shuffle:", key="another",
            on_click=lambda: st.session_state.update({which: int(np.random.default_rng().integers(there))}),
        )  # fmt: skip
    if way == "made":
        image = store.samples(name, MADE, seed=0)[[index]]
        told = store.labels_in_turn(name, MADE)
        labels = None if told is None else told[[index]]
        missing = f" The {model.about.dataset} images themselves are not on this machine." if held is None else ""
        st.caption(f"The input is a sample of the model's own prior, which it codes more easily than a real image.{missing}")
    else:
        image = held.images[[index]].astype(np.float32) / 255
        labels = model.config.conditional.labels(held.take(np.array([index]))) if model.sizes else None
    if labels is not None:
        st.caption(f"The model is told the label: {', '.join(map(str, labels[0]))}.")

section = st.segmented_control(
    "What to do", ["Through the code", "Repair"], default="Through the code", required=True, key="task", bind="query-params"
)


def through(x: np.ndarray) -> np.ndarray:
    """Encode and decode at the mean."""
    told = None if labels is None else np.repeat(labels, len(x), axis=0)
    return store.decode(name, store.encode(name, x, told)[0], told)


def code_section() -> None:
    mean, std = store.encode(name, image, labels)
    t = st.slider(
        "Noise in the code, in posterior σ", 0.0, 3.0, 1.0, 0.1, key="noise", bind="query-params", width=420,
        help="z = μ + t·σ·ε: 0 is the mean, 1 a sample of q(z|x).",
    )  # fmt: skip
    epsilon = rng(0, "reconstruct").standard_normal((8, model.latent_dim)).astype(np.float32)
    codes = np.concatenate([mean, mean + t * std * epsilon])
    with st.spinner("Decoding"):
        images = store.decode(name, codes, None if labels is None else np.repeat(labels, len(codes), axis=0))
    error = np.abs(images[:1] - image)
    with st.container(horizontal=True):
        show(image, "input x")
        show(images[:1], "from the mean of q(z|x)")
        show(error.max(axis=1, keepdims=True), "error |x − x̂|, white is 1")
        st.image(
            pictures.enlarge(pictures.mosaic(images[1:], 4), max(1, scale // 2)), width=2 * 150,
            alt=f"eight reconstructions with noise {t}",
            caption=f"eight draws, noise {t:g} σ",
        )  # fmt: skip
    spread = float(images[1:].std(axis=0).mean())
    kl = (0.5 * (mean**2 + std**2 - 1) - np.log(std))[0]
    st.caption(
        f"Squared error {float(((images[0] - image[0]) ** 2).sum()):.2f} summed over pixels; standard deviation between the "
        f"eight draws {spread:.3f} per pixel. {display_names.model_caption(name, model)}."
    )
    if model.config.objective.deterministic:
        st.caption("An autoencoder has no noise in its code that it was trained with, and no KL.")
        return
    st.markdown(f"**What did this image cost?** {display_names.number_text(kl.sum())} nats of KL in all; the average image costs "
                f"{display_names.number_text(atlas.kl.sum(axis=1).mean())}.")  # fmt: skip
    st.plotly_chart(
        figures.image_kl_bars(kl, atlas.kl.mean(axis=0)),
        key="bars",
        config=page.PLOTLY_CONFIG,
        alt="KL per unit of this image, beside the mean",
    )


def repair_section() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        damage = st.segmented_control(
            "Damage", ["noise", "hole"], default="noise", required=True, key="damage", bind="query-params", width="content"
        )
        if damage == "noise":
            amount = st.slider(
                "Noise σ, of the range of a pixel", 0.0, 1.0, 0.3, 0.05, key="sigma", bind="query-params", width=280
            )
        else:
            place = st.selectbox(
                "Missing", ["lower part", "upper part", "left part", "middle"], key="place", bind="query-params", width=160
            )
            share = st.slider("How much", 0.1, 0.7, 0.4, 0.05, key="share", bind="query-params", width=220)
    if damage == "noise":
        damaged = inpainting.noisy(image, amount, seed=0)
        mended, what = through(damaged), "encoded and decoded once"
    else:
        known = inpainting.hole(model.shape, share, place)
        damaged = np.where(known, image, 0.5).astype(np.float32)
        mended, what = inpainting.inpaint(image, known, through), "25 times encoded, decoded, known pixels put back"
    with st.container(horizontal=True):
        show(image, "the image")
        show(damaged, "damaged")
        show(mended, what)
        show(through(image), "undamaged, through the code")
    distance = lambda x: float(((x - image) ** 2).sum())  # noqa: E731
    st.caption(
        f"Squared error to the image, summed over pixels: damaged {distance(damaged):.2f}, mended {distance(mended):.2f}. The "
        f"model was never trained to mend: it knows no images but those it can code. {display_names.model_caption(name, model)}."
    )


{"Through the code": code_section, "Repair": repair_section}[section]()
