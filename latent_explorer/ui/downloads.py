"""The download button of all pages."""

from collections.abc import Callable
from pathlib import PurePath

import streamlit as st

MIME_TYPES = {
    ".csv": "text/csv",
    ".gif": "image/gif",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".tex": "text/x-tex",
    ".zip": "application/zip",
}  # by a file name's ending; a table of our own, since Python's mimetypes module depends on the machine


def download_button(
    label: str, make: Callable[[], bytes], file_name: str, *, key: str, icon: str = ":material/download:"
) -> None:
    """Show a button that downloads a file without running the page again.

    Args:
        label: Text on the button.
        make: Returns the file's content; called only when the button is pressed.
        file_name: Name of the downloaded file; its ending decides the MIME type.
        key: The widget's key.
        icon: A Material icon as Streamlit writes it.
    """
    mime = MIME_TYPES.get(PurePath(file_name).suffix, "application/octet-stream")
    st.download_button(label, make, file_name, mime, key=key, icon=icon, on_click="ignore")
