"""The plane of rate and distortion, a point per model."""

import streamlit as st

from latent_explorer import models
from latent_explorer.models import Model
from latent_explorer.ui import display_names, figures, page, state


def measured_points(chosen: list[Model]) -> dict[str, tuple[float, float]]:
    """Return (rate, distortion) in nats of every model that was measured."""
    return {m.name: (elbo["rate"], elbo["distortion"]) for m in chosen if (elbo := m.measurements.values("elbo"))}


def show_plane(chosen: list[Model], same_data: list[str]) -> None:
    """Draw the plane; a click on a point opens its model on Traverse.

    Args:
        chosen: the models to draw.
        same_data: names of all models of the data set.
    """
    st.markdown("**Where do the nats go?** A higher rate lowers the distortion: click a point to open its model.")
    points = measured_points(chosen)
    if not points:
        if measured_points(models.open_readable(same_data)[0]):
            st.info("None of the chosen models has been measured.", icon=":material/info:")
        else:
            st.info("None of these models has been measured.", icon=":material/info:")
            st.page_link("pages/evaluate.py", label="Measure them", icon=":material/straighten:")
        return
    multi_rate = next((m for m in chosen if m.beta_range), None)
    curve = None
    if multi_rate is not None and multi_rate.images_or_none("test") is not None:
        curve = multi_rate.measurements.curve()
    event = st.plotly_chart(
        figures.rate_distortion_plane(points, curve=curve, height=460), key="rd", on_select="rerun", selection_mode="points",
        config=page.PLOTLY_CONFIG, alt="rate against distortion, a point per model",
    )  # fmt: skip
    if event and event["selection"]["points"] and (clicked := event["selection"]["points"][0].get("customdata")):
        _open_model(clicked if isinstance(clicked, str) else clicked[0])
    st.caption(
        "Held-out images; a dotted line joins all pairs of one ELBO = −(rate + distortion): further left and down is better."
    )
    likelihoods = {display_names.registered_name("likelihood", m.config.likelihood) for m in chosen}
    if len(likelihoods) > 1:
        text = f"These models have different likelihoods ({', '.join(sorted(likelihoods))}): their distortions do not compare."
        st.warning(text)


def _open_model(name: str) -> None:
    state.MODEL.set(name)
    # without any parameter Streamlit refuses to drop those of this page's widgets
    st.switch_page("pages/traverse.py", query_params={state.MODEL.key: name})
