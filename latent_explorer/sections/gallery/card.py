"""A model's card in the gallery: samples, map, numbers, and links to the pages that show it."""

import streamlit as st

from latent_explorer.models import Model
from latent_explorer.sections.gallery import library_changes
from latent_explorer.ui import display_names, file_formats, pictures, state, widgets
from latent_explorer.ui.downloads import download_button

SIDE = 176  # pixels of a card's pictures
PAGES = (
    ("Map", "pages/latent_map.py", ":material/scatter_plot:"),
    ("Traverse", "pages/traverse.py", ":material/tune:"),
    ("Evaluate", "pages/evaluate.py", ":material/straighten:"),
)


def show_card(model: Model) -> None:
    """Draw the card; an unreadable model is shown with what is wrong with it."""
    st.subheader(model.name, anchor=False)
    if model.problem:
        st.error(model.problem, icon=":material/error:")
        if not model.is_shipped and not widgets.hidden("delete"):
            _delete_button(model.name)
        return
    _pictures(model)
    st.markdown(display_names.model_summary(model))
    st.markdown(_numbers(model))
    with st.container(horizontal=True):
        for label, script, icon in PAGES:
            st.button(label, key=f"{label} {model.name}", on_click=_open_with, args=(model.name, script), icon=icon)
        _more(model)


def _pictures(model: Model) -> None:
    """Samples from the model's own prior beside its map."""
    side = 5 if model.shape[-1] > 16 else 6

    def draw() -> tuple[bytes, bytes]:
        tiles = pictures.mosaic(model.samples(side * side, seed=0), side)
        tiles = pictures.enlarge(tiles, max(1, 2 * SIDE // len(tiles)))
        return file_formats.png_bytes(tiles), file_formats.png_bytes(model.thumbnail(2 * SIDE))

    samples, thumbnail = model.shared("card", draw)
    with st.container(horizontal=True, key=f"pair {model.name}"):
        st.image(samples, width=SIDE, alt=f"{side * side} samples of {model.name}")
        with st.container(key=f"smooth {model.name}"):
            st.image(thumbnail, width=SIDE, alt=f"map of the latent codes of {model.name}")


def _numbers(model: Model) -> str:
    """One line with the model's ELBO, KL and active units, or why it has none."""
    if elbo := model.measurements.values("elbo"):
        return (
            f"ELBO **{display_names.number_text(elbo['elbo'])}** nats · "
            f"KL **{display_names.number_text(elbo['rate'])}** nats · "
            f"**{elbo['active_units']} of {model.latent_dim}** units active"
        )
    return "No ELBO: an autoencoder has no density" if model.deterministic else "Not measured yet"


def _open_with(name: str, script: str) -> None:
    """Pick the model and go to a page at the end of the next run."""
    state.MODEL.set(name)
    state.NEXT_PAGE.set(script)


def _more(model: Model) -> None:
    """Download, duplicate and delete, behind a button."""
    name = model.name
    with st.popover("", icon=":material/more_vert:", help="Download, duplicate, delete", key=f"more {name}"):
        if not widgets.hidden("download"):
            download_button("Download as zip", model.zip, f"{name}.zip", key=f"zip {name}")
        if not widgets.hidden("duplicate"):
            copy = st.text_input("Duplicate as", f"{name}-copy", key=f"copy {name}")
            st.button(
                "Duplicate", key=f"duplicate {name}", icon=":material/content_copy:",
                on_click=library_changes.duplicate, args=(name, copy),
            )  # fmt: skip
        if model.is_shipped:
            st.caption("A shipped model cannot be deleted.")
        elif not widgets.hidden("delete") and st.checkbox("Delete it for all visitors", key=f"sure {name}"):
            _delete_button(name, primary=True)


def _delete_button(name: str, *, primary: bool = False) -> None:
    st.button(
        "Delete", key=f"delete {name}", on_click=library_changes.delete, args=(name,), icon=":material/delete:",
        type="primary" if primary else "secondary",
    )  # fmt: skip
