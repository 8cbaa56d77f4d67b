"""A small conditional decoder: three stripes for three labels."""

import io
import warnings

import numpy as np
import torch

from latent_explorer.canvas import CanvasModel, ConditionProperty

SIDE = 12


class Stripes(torch.nn.Module):
    """A stripe at the top, in the middle or at the bottom, by label; the code sets the brightness along it."""

    def forward(self, z, condition):
        rows = torch.linspace(-1, 1, SIDE)
        place = torch.tensor([-0.6, 0.0, 0.6])
        stripes = torch.exp(-8 * (rows[None] - place[:, None]) ** 2)  # (labels, rows)
        columns = torch.sigmoid(4 * (rows[None] * z[:, :1] + z[:, 1:]))
        return ((condition @ stripes)[:, None, :, None] * columns[:, None, None, :]).clamp(0, 1)


def stripes_onnx() -> bytes:
    """Export ``Stripes`` as ONNX: z (n, 2) and condition (n, 3) → image (n, 1, 12, 12)."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        names = ["z", "condition", "image"]
        torch.onnx.export(
            Stripes(),
            (torch.zeros(2, 2), torch.zeros(2, 3)),
            buffer,
            dynamo=False,
            opset_version=18,
            input_names=names[:2],
            output_names=names[2:],
            dynamic_axes={name: {0: "n"} for name in names},
        )
    return buffer.getvalue()


STRIPE = ConditionProperty("stripe", ("top", "middle", "bottom"))
DRAWS = np.random.default_rng(0).uniform(-2, 2, (200, 2))  # of a uniform prior, which has no closed form in the canvas
CONDITIONAL = CanvasModel("stripes", "stripes", 1, (1, SIDE, SIDE), 2, stripes_onnx(), None, (STRIPE,), prior_codes=DRAWS)
