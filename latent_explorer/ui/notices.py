"""Short notices that several pages show."""

import streamlit as st


def data_missing(dataset: str, consequence: str, *, quiet: bool = False) -> None:
    """Report that a data set's images are not on this machine, and what the page leaves out for that reason.

    Args:
        dataset: Name of the data set.
        consequence: A clause that continues "…, so": for example "nothing can be measured".
        quiet: Show a caption instead of a box.
    """
    text = f"The {dataset} images are not on this machine, so {consequence}. The README explains how to download them."
    if quiet:
        st.caption(text)
    else:
        st.info(text, icon=":material/info:")
