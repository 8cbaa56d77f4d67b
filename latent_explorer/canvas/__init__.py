"""The latent canvas: decodes in the browser, so that images follow the pointer. Python receives the state after each gesture.

>>> model = CanvasModel("digits@200", "digits", 200, (1, 8, 8), 2, decoder=b"...")
>>> model.shape
(1, 8, 8)

A page calls ``latent_canvas(model, points, modes=("sliders", "matrix"), key="traverse")`` and reads the ``CanvasState`` that
it returns. A model and its points travel to the browser once, under their keys; a rerun sends a few hundred bytes.
The TypeScript is in src/, the bundle that the app serves in dist/. After a change, run ``npm ci && npm test && npm run build``
in this folder.
"""

from collections.abc import Callable, Mapping

import numpy as np
from jaxtyping import Float, Int

from latent_explorer.canvas.data import MODES, CanvasModel, CanvasPoints, CanvasState, ConditionProperty, Mode
from latent_explorer.canvas.packing import pack, pack_points, pack_rows, unpack_rows
from vae_core.common.errors import BadInput

__all__ = ["MODES", "CanvasModel", "CanvasPoints", "CanvasState", "ConditionProperty", "Mode", "latent_canvas"]

# decodes (codes (n, D), condition (K,) or None) → images (n, C, H, W) in [0, 1]
Decode = Callable[[np.ndarray, np.ndarray | None], np.ndarray]


def latent_canvas(
    model: CanvasModel,
    points: CanvasPoints | None = None,
    *,
    modes: tuple[Mode, ...] = ("sliders", "matrix"),
    z: Float[np.ndarray, "latent"] | None = None,
    condition: Float[np.ndarray, "condition"] | None = None,
    selected: Int[np.ndarray, "rows"] | None = None,
    reach: float = 3.0,
    decode: Decode | None = None,
    key: str = "canvas",
) -> CanvasState:
    """Show the canvas on the page and return the state of its scene.

    ``z``, ``condition`` and ``selected`` change the scene when they differ from those of the run before; with None, or with the
    same value again, the user's own changes stay.

    Args:
        model: The model to decode with.
        points: The encodings of the data set. The mode ``map`` needs them.
        modes: The panels, from top to bottom: ``sliders`` (a slider per unit), ``matrix`` (traversals of all units), ``map``
            (the encodings on a plane), ``pad`` (two units on a square), ``path`` (interpolation between codes), ``draw``
            (encoding of an image; needs ``model.encoder``), ``condition`` (labels and β; needs a conditional model).
        z: The latent code to set.
        condition: The condition to set: a weight for each value of each property, then β.
        selected: The rows of ``points`` to select; no rows clear the selection.
        reach: Sliders go from −reach to reach, in σ of the prior N(0, I).
        decode: Decodes on the server; called only where the browser cannot decode.
        key: Identifies the canvas on its page. The browser remembers the code of each key until the tab is closed.

    Raises:
        BadInput: A mode is unknown, the mode ``map`` has no points, or a shape does not fit the model.
    """
    import streamlit as st

    from latent_explorer.canvas.mount import mount_scene

    check_arguments(model, points, modes, z)
    before: Mapping = st.session_state.get(key) or {}
    code = _code(model, before, np.zeros(model.latent_dim, np.float32))
    encoder = model.encoder if "draw" in modes else None
    data = {
        "key": key,
        "model": {
            "key": model.key,
            "name": model.name,
            "step": model.step,
            "shape": list(model.shape),
            "latentDim": model.latent_dim,
            "conditions": [{"name": prop.name, "values": list(prop.values)} for prop in model.conditions],
            "serverOnly": model.server_only,
            "betaRange": None if model.beta_range is None else list(model.beta_range),
        },
        "encoder": encoder is not None,
        "points": None if points is None else points.key,
        "modes": list(modes),
        "z": None if z is None else np.asarray(z, dtype=float).tolist(),
        "condition": None if condition is None else np.asarray(condition, dtype=float).tolist(),
        "selection": None if selected is None or points is None else pack_rows(np.asarray(selected), len(points)),
        "reach": reach,
        "fallback": None,
    }
    if before.get("failure") and decode is not None:
        data["fallback"] = _decode_on_server(decode, code, _condition(model, before))
    with st.container(gap=None):  # the elements that only send bytes have no height, and must have no gap either
        _send_arrays(model, encoder, points, key)
        result = mount_scene(data, key)
    return CanvasState(
        z=_code(model, result, code),
        condition=_condition(model, result),
        selected=None if points is None else unpack_rows(result.get("selection"), len(points)),
        viewport=tuple(result["viewport"]) if result.get("viewport") else None,
        failure=result.get("failure"),
    )


def check_arguments(model: CanvasModel, points: CanvasPoints | None, modes: tuple[str, ...], z: np.ndarray | None) -> None:
    """Raise ``BadInput`` where a mode is unknown, or points or code do not fit."""
    if unknown := [mode for mode in modes if mode not in MODES]:
        raise BadInput(f"unknown canvas mode {unknown[0]!r}; choose from {', '.join(MODES)}")
    if points is None and "map" in modes:
        raise BadInput("the canvas mode 'map' needs points")
    if points is not None and points.mean.shape[1:] != (model.latent_dim,):
        raise BadInput(f"points have codes of shape {points.mean.shape}, the model has {model.latent_dim} units")
    if z is not None and np.shape(z) != (model.latent_dim,):
        raise BadInput(f"z must have shape ({model.latent_dim},), got {np.shape(z)}")


def _code(model: CanvasModel, state: Mapping, default: np.ndarray) -> np.ndarray:
    """The reported latent code; ``default`` before the first gesture, or where the code has another dimension."""
    z = state.get("z")
    return np.asarray(z, dtype=np.float32) if z and len(z) == model.latent_dim else default


def _condition(model: CanvasModel, state: Mapping) -> np.ndarray | None:
    """The reported condition, or the model's default."""
    return np.asarray(state["condition"], dtype=np.float32) if state.get("condition") else model.default_condition


def _decode_on_server(decode: Decode, code: np.ndarray, condition: np.ndarray | None) -> list[float]:
    """Decode one code to the pixels of its image."""
    image = decode(code[None], condition)[0]
    return np.round(image.ravel().astype(float), 3).tolist()


def _send_arrays(model: CanvasModel, encoder: bytes | None, points: CanvasPoints | None, key: str) -> None:
    """Send the large parts, each as an element of its own that does not change: Streamlit sends it once, then only its hash."""
    from latent_explorer.canvas.mount import send_bytes

    decoder: dict[str, np.ndarray] = {}
    if model.decoder is not None:
        decoder["onnx"] = np.frombuffer(model.decoder, np.uint8)
    if model.prior_codes is not None:
        decoder["prior"] = model.prior_codes.astype(np.float32)
    send_bytes(pack("decoder", model.key, decoder), f"{key} decoder")
    if encoder is not None:
        send_bytes(pack("encoder", model.key, {"onnx": np.frombuffer(encoder, np.uint8)}), f"{key} encoder")
    if points is not None:
        send_bytes(pack_points(points), f"{key} points")
