"""The latent canvas: a decoder in the visitor's browser, under the hand. Images move with the pointer; Python hears of it on
release.

>>> model = CanvasModel("digits@200", "digits", 200, (1, 8, 8), 2, decoder=b"...")
>>> model.shape
(1, 8, 8)

A page calls ``latent_canvas(model, points, modes=("sliders", "matrix"), key="traverse")`` and reads the ``CanvasState`` that
it returns. A model and its points travel to the browser once, under their keys; a rerun sends a few hundred bytes.
The TypeScript is in src/, what the app serves in dist/: after a change, ``npm ci && npm test && npm run build`` here.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, get_args

import numpy as np

from latent_explorer.canvas.packing import pack
from vae_core.common.errors import BadInput

Mode = Literal["sliders", "matrix", "map", "pad", "path", "draw", "condition"]
MODES: tuple[Mode, ...] = get_args(Mode)
MOST_STDS = 20_000  # points whose spread travels too: what ellipses and densities are drawn of
MOST_HALF = 65504  # the largest number in half precision
DEAD_VARIANCE = 0.01  # Var_x(E[z_j|x]) up to which a unit counts as switched off; Burda et al. 2016 (arXiv 1509.00519)


@dataclass(frozen=True)
class ConditionProperty:
    """Something that a conditional model is told, such as the class: its values in the order of the decoder's columns."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class CanvasModel:
    """A model as the browser needs it. ``key`` stands for the weights: other weights, such as a later step, need another."""

    key: str
    name: str
    step: int
    shape: tuple[int, int, int]  # channels, height, width
    latent_dim: int
    decoder: bytes | None  # ONNX: z (n, D) [and condition (n, K)] → image (n, C, H, W) in [0, 1]; None: not in a browser
    encoder: bytes | None = None  # ONNX: image → mean, std; what drawing needs
    conditions: tuple[ConditionProperty, ...] = ()  # what a conditional decoder is told
    beta_range: tuple[float, float] | None = None  # of a decoder that is told β, in its last column
    prior_codes: np.ndarray | None = None  # (M, D): draws from the model's own prior; None: it is N(0, I)

    server_only: str | None = None  # why there is no decoder for the browser, in a few words

    @property
    def default_condition(self) -> np.ndarray | None:
        """The condition before anybody chooses: the first value of each property, and β = 1 or what is nearest to it."""
        vector = [float(i == 0) for property in self.conditions for i in range(len(property.values))]
        vector += [] if self.beta_range is None else [float(np.clip(1, *self.beta_range))]
        return np.array(vector, dtype=np.float32) if vector else None


@dataclass(frozen=True, eq=False)
class CanvasPoints:
    """The aggregate posterior. ``origin`` and ``axes`` make the map a plane, z = origin + xy @ axes; UMAP has none.

    ``key`` stands for all of it: what is packed for the browser once is found by it again.
    """

    key: str
    mean: np.ndarray  # (N, D)
    std: np.ndarray | None = None  # (N, D)
    kl: np.ndarray | None = None  # (N, D), nats
    xy: np.ndarray | None = None  # (N, 2); None: the first two units
    projection: str = "raw units"  # what the map's axes are, for people
    trustworthiness: float | None = None
    origin: np.ndarray | None = None  # (D,)
    axes: np.ndarray | None = None  # (2, D), orthonormal
    colours: dict[str, np.ndarray] = field(default_factory=dict)  # (N,): whole numbers are classes, others values
    class_names: dict[str, tuple[str, ...]] = field(default_factory=dict)  # names for the classes of a colour
    examples: np.ndarray | None = None  # (M, C, H, W) uint8: real images to pick from when drawing

    def __len__(self) -> int:
        return len(self.mean)

    def __eq__(self, other) -> bool:
        return isinstance(other, CanvasPoints) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


@dataclass(frozen=True, eq=False)
class CanvasState:
    """What the hand has left: the code, its condition, the lassoed rows of the points, the map's corner coordinates."""

    z: np.ndarray  # (D,)
    condition: np.ndarray | None  # (K,): a weight for each value of each property, then β
    selected: np.ndarray | None  # rows of CanvasPoints, or None where nothing is lassoed
    viewport: tuple[float, float, float, float] | None  # left, bottom, right, top
    failure: str | None  # why the browser cannot decode, where it cannot


def latent_canvas(
    model: CanvasModel,
    points: CanvasPoints | None = None,
    *,
    modes: tuple[Mode, ...] = ("sliders", "matrix"),
    z: np.ndarray | None = None,
    condition: np.ndarray | None = None,
    selected: np.ndarray | None = None,
    reach: float = 3.0,
    decode: Callable[[np.ndarray, np.ndarray | None], np.ndarray] | None = None,
    key: str = "canvas",
) -> CanvasState:
    """Mount the canvas; its parts are ``modes``, in their order.

    ``z``, ``condition`` and ``selected`` (rows; empty takes a lasso away) move the scene whenever they differ from those of the
    run before; None leaves them to the hand. Sliders reach to
    ±``reach`` prior σ. ``decode`` (codes and their conditions → images) is called only where the browser cannot decode.
    """
    import streamlit as st

    from latent_explorer.canvas.mount import mount

    _check(model, points, modes, z)
    before = st.session_state.get(key) or {}
    code = np.asarray(before.get("z") or np.zeros(model.latent_dim), dtype=np.float32)
    if len(code) != model.latent_dim:
        code = np.zeros(model.latent_dim, dtype=np.float32)
    fallback = None
    if before.get("failure") and decode is not None:
        condition = (
            model.default_condition if before.get("condition") is None else np.asarray(before["condition"], dtype=np.float32)
        )
        fallback = np.round(decode(code[None], condition)[0].ravel().astype(float), 3).tolist()
    encoder = model.encoder if "draw" in modes else None
    data = {
        "key": key,
        "model": {
            "key": model.key,
            "name": model.name,
            "step": model.step,
            "shape": list(model.shape),
            "latentDim": model.latent_dim,
            "conditions": [{"name": known.name, "values": list(known.values)} for known in model.conditions],
            "serverOnly": model.server_only,
            "betaRange": None if model.beta_range is None else list(model.beta_range),
        },
        "encoder": encoder is not None,
        "points": None if points is None else points.key,
        "modes": list(modes),
        "z": None if z is None else np.asarray(z, dtype=float).tolist(),
        "condition": None if condition is None else np.asarray(condition, dtype=float).tolist(),
        "selection": None if selected is None or points is None else _bits(selected, len(points)),
        "reach": reach,
        "fallback": fallback,
    }
    with st.container(gap=None):  # the carriers have no height, and must not take a gap either
        _carry(model, encoder, points, key)
        result = mount(data, key)
    return CanvasState(
        z=np.asarray(result.z, dtype=np.float32) if result.z and len(result.z) == model.latent_dim else code,
        condition=np.asarray(result.condition, dtype=np.float32) if result.condition else model.default_condition,
        selected=_rows(result.selection, points),
        viewport=tuple(result.viewport) if result.viewport else None,
        failure=result.failure,
    )


def _carry(model: CanvasModel, encoder: bytes | None, points: CanvasPoints | None, key: str) -> None:
    """The large parts, each as an element of its own that never changes: Streamlit then sends only its hash."""
    from latent_explorer.canvas.mount import carry

    decoder = {} if model.decoder is None else {"onnx": np.frombuffer(model.decoder, np.uint8)}
    if model.prior_codes is not None:
        decoder["prior"] = np.float32(model.prior_codes)
    carry(pack("decoder", model.key, decoder), f"{key} decoder")
    if encoder is not None:
        carry(pack("encoder", model.key, {"onnx": np.frombuffer(encoder, np.uint8)}), f"{key} encoder")
    if points is not None:
        carry(_pack_points(points), f"{key} points")


@lru_cache(maxsize=4)  # a rerun must not pack a million points again
def _pack_points(points: CanvasPoints) -> bytes:
    mean = np.asarray(points.mean)
    origin, axes = points.origin, points.axes
    if points.xy is None:
        origin, axes = np.zeros(mean.shape[1]), np.eye(2, mean.shape[1])
    arrays = {"mean": np.float16(mean)}  # halves: errors far below a posterior's width
    every = -(-len(mean) // MOST_STDS)
    std = None if points.std is None else points.std[::every]
    xy = points.xy if axes is None else None  # on a plane the browser computes it from the codes
    optional = {
        "std": (std, np.float16), "origin": (origin, np.float32), "axes": (axes, np.float32), "xy": (xy, np.float32),
    }  # fmt: skip
    arrays |= {name: dtype(value) for name, (value, dtype) in optional.items() if value is not None}
    if points.examples is not None:
        arrays["examples"] = np.uint8(points.examples)
    colours = []
    for i, (name, values) in enumerate(points.colours.items()):
        classes = np.issubdtype(np.asarray(values).dtype, np.integer)
        names = points.class_names.get(name) or tuple(map(str, range(int(values.max(initial=0)) + 1 if classes else 0)))
        colours.append({"name": name, "classes": list(names) if classes else None})
        whole = np.uint8 if len(names) <= 256 else np.uint16
        part = np.float16 if np.abs(values).max(initial=0) <= MOST_HALF else np.float32  # for 256 shades
        arrays[f"colour {i}"] = values.astype(whole if classes else part)
    kl = [None] * mean.shape[1] if points.kl is None else points.kl.mean(axis=0).astype(float).round(4).tolist()
    active = mean.var(axis=0) > DEAD_VARIANCE
    units = [{"index": j, "kl": kl[j], "active": bool(active[j])} for j in range(mean.shape[1])]
    projection = {"label": points.projection, "trust": points.trustworthiness}
    return pack("points", points.key, arrays, projection=projection, colours=colours, units=units, every=every)


def _bits(rows: np.ndarray, n: int) -> str:
    """Rows as the browser reports them."""
    if not len(rows):
        return ""
    bits = np.zeros(n, dtype=bool)
    bits[rows] = True
    return base64.b64encode(np.packbits(bits, bitorder="little").tobytes()).decode()


def _rows(selection: str | None, points: CanvasPoints | None) -> np.ndarray | None:
    if not selection or points is None:
        return None
    bits = np.unpackbits(np.frombuffer(base64.b64decode(selection), np.uint8), bitorder="little")
    rows = np.flatnonzero(bits)
    return rows if len(bits) - 8 < len(points) <= len(bits) and rows.max(initial=0) < len(points) else None


def _check(model: CanvasModel, points: CanvasPoints | None, modes: tuple[Mode, ...], z: np.ndarray | None) -> None:
    if unknown := [mode for mode in modes if mode not in MODES]:
        raise BadInput(f"unknown canvas mode {unknown[0]!r}; choose from {', '.join(MODES)}")
    if points is None and "map" in modes:
        raise BadInput("the canvas mode 'map' needs points")
    if points is not None and points.mean.shape[1:] != (model.latent_dim,):
        raise BadInput(f"points have codes of shape {points.mean.shape}, the model has {model.latent_dim} units")
    if z is not None and np.shape(z) != (model.latent_dim,):
        raise BadInput(f"z must have shape ({model.latent_dim},), got {np.shape(z)}")
