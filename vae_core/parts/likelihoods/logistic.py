"""A probability for each of the 256 grey levels."""

from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import nn

from vae_core.common.fields import option
from vae_core.parts.likelihoods.likelihood import Images, Nats, ScaledLikelihood, sum_pixels, uniform_like

BIN = 1 / 255  # distance of two grey levels on [0, 1]


@dataclass(frozen=True)
class DiscretizedLogistic(ScaledLikelihood):
    """P(x|z) = F((x + δ/2 − μ)/s) − F((x − δ/2 − μ)/s), F the logistic sigmoid, δ = 1/255; one s for all pixels.

    Kingma et al. 2016 (arXiv 1606.04934). The bins at 0 and 1 take the tails, so the 256 probabilities sum to 1; −log P
    is a true code length of 8-bit images, comparable between models, nats.
    """

    scale_field: ClassVar[str] = "scale"
    scale: float = option(0.05, "scale s of a pixel given z, on the [0, 1] scale", above=0)
    learned_scale: bool = option(True, "train the scale with the weights, starting from scale")

    def nll(self, params: Images, x: Images, state: nn.ParameterDict) -> Nats:
        log_s = self.log_scale(state, params.device)
        inverse = torch.exp(-log_s)
        upper, lower = (x + BIN / 2 - params) * inverse, (x - BIN / 2 - params) * inverse
        # F(a) − F(b) = F(a) F(−b) (1 − e^{b−a}): no difference of two numbers close to 1
        below, above = F.logsigmoid(upper), F.logsigmoid(-lower)
        inside = below + above + torch.log(-torch.expm1(-BIN * inverse))
        log_p = torch.where(x < BIN / 2, below, torch.where(x > 1 - BIN / 2, above, inside))
        return -sum_pixels(log_p)

    def sample(self, params: Images, state: nn.ParameterDict, generator: torch.Generator | None) -> Images:
        x = params + self.log_scale(state, params.device).exp() * torch.logit(uniform_like(params, generator))
        return (x.clamp(0, 1) / BIN).round() * BIN
