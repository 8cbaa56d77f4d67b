"""Every trained model, with images drawn from its own prior and its map; what comes and goes as a file."""

import streamlit as st

from latent_explorer.models import library, measurements, projection_cache, store
from latent_explorer.ui import display_names, file_formats, page, pictures
from vae_core.common.errors import BadInput

SIDE = 176  # pixels of a card's pictures
FIRST = 8  # cards that open at once

page.start(
    "Gallery",
    "None of these pictures is a photograph or a drawing: each model made its own from random numbers.",
    concepts=("ELBO", "active units", "aggregate posterior"),
)

names = store.model_names()


def open_with(name: str, script: str) -> None:
    """Look at this model on another page."""
    st.session_state["model"] = name
    st.session_state["open"] = script


def attempt(done: str, change, *args) -> None:
    """Change the shelf; what goes wrong is one sentence at the next run."""
    try:
        change(*args, store.CHECKPOINTS)
        st.session_state["shelf"] = ("done", done)
    except BadInput as error:
        st.session_state["shelf"] = ("wrong", str(error))


def bring(upload, name: str) -> None:
    attempt(f"{name} is here now.", library.take_in, upload.getvalue(), name)


def leave(name: str) -> None:
    attempt(f"{name} is deleted.", library.delete, name)
    if st.session_state.get("model") == name:
        del st.session_state["model"]


kind, said = st.session_state.pop("shelf", (None, ""))
if kind == "done":
    st.success(said, icon=":material/check:")
elif kind == "wrong":
    st.error(f"{said[0].upper()}{said[1:]}.", icon=":material/error:")

with st.container(horizontal=True, vertical_alignment="bottom"):
    sought = st.text_input(
        "Search", key="q", bind="query-params", placeholder="name, data, objective …", width=260, icon=":material/search:"
    )
    datasets = sorted({store.label_of(name).dataset for name in names} - {""})
    data = None
    if len(datasets) > 1:
        data = st.segmented_control("Data", datasets, key="data", bind="query-params")
    with st.popover("Import", icon=":material/upload:"):
        upload = st.file_uploader("A model as a zip, as *Download* on a card gives it", type="zip", key="upload")
        if upload is not None:
            name = st.text_input("Name here", upload.name.removesuffix(".zip"), key=f"name of {upload.file_id}")
            st.button("Take it in", type="primary", on_click=bring, args=(upload, name))
if not names:
    store.some_models()

fitting = [name for name in names if store.label_of(name).fits(sought, data)]
if not fitting:
    st.info(f"No model fits; there are {len(names)} in all.", icon=":material/search_off:")
    st.stop()
shown = fitting if len(fitting) <= FIRST or st.session_state.get("all cards") else fitting[:FIRST]


def two_pictures(name: str, side: int) -> tuple[bytes, bytes]:
    """PNG of side × side samples from the model's own prior, and of its map."""
    tiles = pictures.mosaic(store.samples(name, side * side, seed=0), side)
    tiles = pictures.enlarge(tiles, max(1, 2 * SIDE // len(tiles)))
    return file_formats.png_bytes(tiles), file_formats.png_bytes(projection_cache.thumbnail(name, 2 * SIDE))


def card(name: str) -> None:
    """Two pictures, what the model is, its numbers, and where to go with it."""
    if wrong := measurements.broken(name):
        st.subheader(name, anchor=False)
        st.error(wrong, icon=":material/error:")
        if name not in library.shipped():
            st.button("Delete", key=f"delete {name}", on_click=leave, args=(name,), icon=":material/delete:")
        return
    model, elbo = store.load_model(name), measurements.values(name, "elbo")
    st.subheader(name, anchor=False)
    with st.container(horizontal=True, key=f"pair {name}"):
        side = 5 if model.shape[-1] > 16 else 6
        tiles, thumbnail = store.drawn("card", (name, *store.stamp_of(name)), lambda: two_pictures(name, side))
        st.image(tiles, width=SIDE, alt=f"{side * side} samples of {name}")
        with st.container(key=f"smooth {name}"):
            st.image(thumbnail, width=SIDE, alt=f"map of the codes of {name}")
    st.markdown(display_names.model_summary(model))
    if elbo:
        st.markdown(
            f"ELBO **{display_names.number_text(elbo['elbo'])}** nats · KL **{display_names.number_text(elbo['rate'])}** nats · "
            f"**{elbo['active_units']} of {model.latent_dim}** units active"
        )
    elif model.config.objective.deterministic:
        st.markdown("No ELBO: an autoencoder has no density")
    else:
        st.markdown("Not measured yet")
    with st.container(horizontal=True):
        for label, script, icon in OPENS:
            st.button(label, key=f"{label} {name}", on_click=open_with, args=(name, script), icon=icon)
        with st.popover("", icon=":material/more_vert:", help="Download, duplicate, delete", key=f"more {name}"):
            st.download_button(
                "Download as zip", lambda: store.zipped(name), f"{name}.zip", "application/zip", key=f"zip {name}",
                icon=":material/download:", on_click="ignore",
            )  # fmt: skip
            copy = st.text_input("Duplicate as", f"{name}-copy", key=f"copy {name}")
            st.button(
                "Duplicate", key=f"duplicate {name}", icon=":material/content_copy:",
                on_click=attempt, args=(f"{copy} is here now.", library.duplicate, name, copy),
            )  # fmt: skip
            if name in library.shipped():
                st.caption("A shipped model stays.")
            elif st.checkbox("Delete it for everybody", key=f"sure {name}"):
                st.button(
                    "Delete", key=f"delete {name}", on_click=leave, args=(name,), icon=":material/delete:", type="primary"
                )


OPENS = [
    ("Map", "pages/latent_map.py", ":material/scatter_plot:"),
    ("Traverse", "pages/traverse.py", ":material/tune:"),
    ("Evaluate", "pages/evaluate.py", ":material/straighten:"),
]
for start in range(0, len(shown), 2):
    for column, name in zip(st.columns(2, gap="medium"), shown[start : start + 2]):
        with column.container(border=True):
            card(name)
if len(shown) < len(fitting):
    st.button(f"Show all {len(fitting)}", width="stretch", on_click=st.session_state.update, kwargs={"all cards": True})

if script := st.session_state.pop("open", None):
    st.switch_page(script, query_params={"model": st.session_state["model"]})  # the search's own parameter stays behind
