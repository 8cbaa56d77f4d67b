"""The canvas' arguments and its result: a model, the encodings of a data set, and the state of the scene."""

from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
from jaxtyping import Float, Float32, Int, Shaped, UInt8

Mode = Literal["sliders", "matrix", "map", "pad", "path", "draw", "condition"]
MODES: tuple[Mode, ...] = get_args(Mode)


@dataclass(frozen=True)
class ConditionProperty:
    """A property that a conditional model depends on, such as the class.

    Args:
        name: The name to show.
        values: The names of its values, in the order of the decoder's columns.
    """

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class CanvasModel:
    """A model for decoding in the browser.

    Args:
        key: Identifies the weights: the browser keeps networks under it, so other weights need another key.
        name: The model's name to show.
        step: The training step of the weights, shown beside the name.
        shape: Channels, height and width of an image.
        latent_dim: Number of units D.
        decoder: ONNX: z (n, D) [and condition (n, K)] → image (n, C, H, W) in [0, 1]. None: the browser cannot decode.
        encoder: ONNX: image (1, C, H, W) [and condition (1, K)] → mean, std (1, D). Needed for the mode ``draw``.
        conditions: The properties that a conditional decoder depends on.
        beta_range: Smallest and largest β of a decoder that takes β in its last condition column.
        prior_codes: Draws from a learned prior. None: the prior is N(0, I).
        server_only: The reason why there is no decoder for the browser, in a few words.
    """

    key: str
    name: str
    step: int
    shape: tuple[int, int, int]
    latent_dim: int
    decoder: bytes | None
    encoder: bytes | None = None
    conditions: tuple[ConditionProperty, ...] = ()
    beta_range: tuple[float, float] | None = None
    prior_codes: Float[np.ndarray, "draws latent"] | None = None
    server_only: str | None = None

    @property
    def default_condition(self) -> Float32[np.ndarray, "condition"] | None:
        """The condition before the first choice: the first value of each property, and β = 1 or the nearest β in range."""
        weights = [float(i == 0) for prop in self.conditions for i in range(len(prop.values))]
        weights += [] if self.beta_range is None else [float(np.clip(1, *self.beta_range))]
        return np.array(weights, dtype=np.float32) if weights else None


@dataclass(frozen=True, eq=False)
class CanvasPoints:
    """The encodings of a data set, for the map, the sliders' histograms and the distance to the nearest encoding.

    Two objects with the same key are equal: the packed bytes are cached under it.

    Args:
        key: Identifies the arrays and settings below: other contents need another key.
        mean: Posterior means.
        std: Posterior standard deviations, for ellipses and densities.
        kl: KL from the prior per unit, nats, for the order of the units.
        xy: Positions on the map. None: the first two units.
        projection: The method that made the map's axes, to show.
        trustworthiness: Of the map, from 0 to 1.
        origin: With ``axes``, the plane of the map: z = origin + xy @ axes. UMAP has no plane.
        axes: Two orthonormal directions.
        colours: Values to colour the points by, each (N,), by their name: integers are classes, floats a continuous scale.
        class_names: The names of the classes of a colour.
        examples: Real images to choose from when drawing.
    """

    key: str
    mean: Float[np.ndarray, "points latent"]
    std: Float[np.ndarray, "points latent"] | None = None
    kl: Float[np.ndarray, "points latent"] | None = None
    xy: Float[np.ndarray, "points 2"] | None = None
    projection: str = "raw units"
    trustworthiness: float | None = None
    origin: Float[np.ndarray, "latent"] | None = None
    axes: Float[np.ndarray, "2 latent"] | None = None
    colours: dict[str, Shaped[np.ndarray, "points"]] = field(default_factory=dict)
    class_names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    examples: UInt8[np.ndarray, "images channels height width"] | None = None

    def __len__(self) -> int:
        return len(self.mean)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CanvasPoints) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


@dataclass(frozen=True, eq=False)
class CanvasState:
    """The scene after the user's last gesture.

    Args:
        z: The current latent code.
        condition: A weight for each value of each property, then β. None: the model takes no condition.
        selected: The rows of ``CanvasPoints`` inside the lasso. None: nothing is selected.
        viewport: The visible part of the map in its own coordinates: left, bottom, right, top.
        failure: The reason why the browser cannot decode. None: it can.
    """

    z: Float32[np.ndarray, "latent"]
    condition: Float32[np.ndarray, "condition"] | None
    selected: Int[np.ndarray, "rows"] | None
    viewport: tuple[float, float, float, float] | None
    failure: str | None
