"""Published numbers of other models, beside this model's own."""

import streamlit as st

from latent_explorer.models import Model
from latent_explorer.ui import display_names, score_tables

COMPARED = ("NLL", "FactorVAE", "MIG", "distortion", "rate")  # words in the names of own numbers to show


def show_published(model: Model) -> None:
    """Draw the published numbers for the model's kind of data, and its own."""
    fitting = [p for p in score_tables.PUBLISHED if model.about.dataset.startswith(p.data)]
    if not fitting:
        st.info(f"No published numbers for {model.about.dataset} are known here.", icon=":material/info:")
        return
    st.markdown("**Are these numbers plausible?** Published numbers, of other networks on other versions of the images:")
    st.dataframe(
        {
            "model": [p.model for p in fitting],
            "number": [p.number for p in fitting],
            "published": [p.value for p in fitting],
            "source": [p.source for p in fitting],
        },
        hide_index=True,
        alt="published numbers",
    )
    own = [r for r in score_tables.headline_rows(model.measurements.results) if any(word in r[0] for word in COMPARED)]
    if own:
        st.markdown(f"**{model.name}**: " + " · ".join(f"{r[0]} {display_names.number_text(r[1], 2)}" for r in own))
    st.caption(
        "Models here saw fewer or smaller images and trained for minutes; grey MNIST measures a pseudo-likelihood, the "
        "published numbers binary pixels. Compare the order of magnitude, never the digits."
    )
