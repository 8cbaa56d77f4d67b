"""Every trained model, with images drawn from its own prior."""

import streamlit as st

from latent_explorer import page, pictures, session, words

ELBO_HELP = (
    "Mean over held-out images; higher is better. Only models of the same images and likelihood compare: where pixels are not "
    "binary it bounds a log-density, which may be positive."
)

page.start("Gallery", "None of these pictures is a photograph or a drawing: each model made its own from random numbers.")

names = session.some_models()


def open_with(name: str, script: str) -> None:
    """Look at this model on another page."""
    st.session_state["model"] = name
    st.session_state["open"] = script


for start in range(0, len(names), 2):
    for column, name in zip(st.columns(2, gap="large"), names[start : start + 2]):
        model, elbo = session.load_model(name), session.numbers(name).get("elbo", {}).get("values")
        with column.container(border=True):
            st.subheader(name, anchor=False)
            picture = pictures.enlarge(pictures.mosaic(session.samples(name, 24, seed=0), 8), max(2, 96 // model.shape[-1]))
            st.image(picture, width="stretch", alt=f"24 samples of {name}")
            st.markdown(words.summary(model))
            if elbo:
                a, b, c = st.columns(3)
                a.metric("ELBO, nats", words.nats(elbo["elbo"]), help=ELBO_HELP)
                b.metric("KL, nats", words.nats(elbo["rate"]), help="Mean KL(q(z|x) ‖ p(z)): what the code says of an image.")
                c.metric(
                    "active units",
                    f"{elbo['active_units']} of {model.latent_dim}",
                    help="Units whose posterior mean varies over the data: Var(E[z|x]) > 0.01 (Burda et al. 2016).",
                )
            with st.container(horizontal=True):
                st.button(
                    "Map",
                    key=f"map {name}",
                    on_click=open_with,
                    args=(name, "pages/latent_map.py"),
                    icon=":material/scatter_plot:",
                )
                st.button(
                    "Traverse",
                    key=f"traverse {name}",
                    on_click=open_with,
                    args=(name, "pages/traverse.py"),
                    icon=":material/tune:",
                )

if script := st.session_state.pop("open", None):
    st.switch_page(script)
