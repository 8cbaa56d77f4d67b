"""Changes of the library from the gallery: import, duplicate, delete; the outcome is shown at the next page run."""

from collections.abc import Callable

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from latent_explorer.models import library
from latent_explorer.ui import state
from vae_core.common.errors import BadInput


def show_message() -> None:
    """Show the outcome of the last change, once."""
    message = state.LIBRARY_MESSAGE.pop()
    if message is None:
        return
    kind, text = message
    if kind == "done":
        st.success(text, icon=":material/check:")
    else:
        st.error(f"{text[0].upper()}{text[1:]}.", icon=":material/error:")


def import_popover() -> None:
    """Draw the import of a zip archive."""
    with st.popover("Import", icon=":material/upload:"):
        upload = st.file_uploader("A model as a zip archive, as *Download* on a card saves it", type="zip", key="upload")
        if upload is not None:
            name = st.text_input("Name", upload.name.removesuffix(".zip"), key=f"name of {upload.file_id}")
            st.button("Import model", type="primary", on_click=_import, args=(upload, name))


def duplicate(name: str, copy: str) -> None:
    """Copy a model under another name."""
    _change(lambda: library.duplicate(name, copy), f"{copy} was added.")


def delete(name: str) -> None:
    """Delete a model; if it was the picked one, none is picked."""
    _change(lambda: library.delete(name), f"{name} was deleted.")
    if state.MODEL.get() == name:
        state.MODEL.pop()


def _import(upload: UploadedFile, name: str) -> None:
    _change(lambda: library.import_zip(upload.getvalue(), name), f"{name} was imported.")


def _change(change: Callable[[], None], done: str) -> None:
    try:
        change()
        state.LIBRARY_MESSAGE.set(("done", done))
    except BadInput as error:
        state.LIBRARY_MESSAGE.set(("error", str(error)))
