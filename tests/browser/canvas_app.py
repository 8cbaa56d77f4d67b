"""A page that shows only the canvas: streamlit run tests/browser/canvas_app.py, with the models' folder in CANVAS_MODELS.

URL parameters set it up: ?model=two&modes=sliders,map&map=pca&n=1000
"""

import os
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from conditional import CONDITIONAL

from latent_explorer.canvas import CanvasModel, CanvasPoints, latent_canvas
from vae_core.analysis.atlas import LatentAtlas
from vae_core.checkpoints.onnx_export import decoder_onnx, encoder_onnx
from vae_core.checkpoints.trained_vae import TrainedVAE
from vae_core.latent.projection import pca

st.set_page_config("Canvas", layout="wide")
parameters = st.query_params
name = parameters.get("model", "ten")


@st.cache_resource
def load_model(name: str) -> tuple[TrainedVAE, LatentAtlas, CanvasModel]:
    """Load a model with its atlas, and export it for the canvas."""
    folder = Path(os.environ["CANVAS_MODELS"]) / name
    model = TrainedVAE.load(folder)
    spec = CanvasModel(
        f"{name}@{model.step}", name, model.step, model.shape, model.latent_dim, decoder_onnx(model), encoder_onnx(model)
    )
    return model, LatentAtlas.load(folder / "atlas.npz"), spec


@st.cache_resource
def load_points(name: str, kind: str, n: int | None) -> CanvasPoints:
    """The encodings on a map, ``kind`` pca or umap; exactly ``n`` of them by resampling with noise, where it is given."""
    _, atlas, _ = load_model(name)
    mean, std, kl, labels, nll = atlas.mean, atlas.std, atlas.kl, atlas.labels, atlas.nll
    if n is not None:
        rng = np.random.default_rng(0)
        rows = rng.integers(0, len(mean), n)
        mean = mean[rows] + 0.1 * rng.normal(size=(n, mean.shape[1])).astype(np.float32)
        std, kl, labels, nll = std[rows], kl[rows], labels[rows], nll[rows]
    plane = pca(mean[:2000])
    position = {"xy": (mean - plane.mean) @ plane.axes.T, "projection": plane.method, "origin": plane.mean, "axes": plane.axes}
    if kind == "umap":  # not UMAP itself: any map without an inverse serves
        position = {"xy": np.tanh(position["xy"]), "projection": "UMAP", "trustworthiness": 0.9}
    colours = {"class": labels, "KL (nats)": kl.sum(axis=1), "−log p(x|z) (nats)": nll}
    from shapes import shapes

    return CanvasPoints(
        f"{name} {kind} {n}",
        mean,
        std,
        kl,
        colours=colours,
        class_names={"class": ("disc", "square", "ring")},
        examples=shapes(24, seed=1).images,
        **position,
    )


if name == "conditional":
    state = latent_canvas(CONDITIONAL, modes=("condition", "sliders", "matrix"), key="canvas")
    st.text(f"condition {state.condition}")
    st.stop()

count = int(parameters["n"]) if "n" in parameters else None
model, _, spec = load_model(name)
left, right = st.columns(2)
if left.button("To a corner"):
    st.session_state["corner"] = np.ones(model.latent_dim)
right.button("Rerun")
if "hide" in parameters and st.checkbox("Hide"):
    st.stop()
if "click" in parameters and not st.button("Show the map"):
    st.stop()
if "plotly" in parameters:  # the same points, for comparison
    points = load_points(name, "pca", count)
    figure = go.Figure()
    for label in range(3):
        rows = points.colours["class"] == label
        figure.add_scattergl(x=points.xy[rows, 0], y=points.xy[rows, 1], mode="markers", marker={"size": 3}, name=str(label))
    st.plotly_chart(figure)
    st.stop()
state = latent_canvas(
    spec,
    load_points(name, parameters.get("map", "pca"), count),
    modes=tuple(parameters.get("modes", "sliders,matrix,map").split(",")),
    z=st.session_state.get("corner"),
    decode=lambda z, condition: model.decode(z),
    key="canvas",
)
st.text(f"z {np.round(state.z.astype(float), 2).tolist()}")
st.text(f"selected {None if state.selected is None else len(state.selected)}")
