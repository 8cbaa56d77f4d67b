"""Encoders and decoders, sized by the images. A new network needs one class with ``build`` and one line here."""

from vae_core.parts.networks.autoregressive import PixelCNN
from vae_core.parts.networks.feedforward import MLP, Burgess, Conv, Patch
from vae_core.parts.networks.network import Decoder, Encoder, Network, Shape

NETWORKS: dict[str, type[Network]] = {
    "mlp": MLP,
    "conv": Conv,
    "burgess": Burgess,
    "patch": Patch,
    "pixelcnn": PixelCNN,
}

__all__ = ["MLP", "NETWORKS", "Burgess", "Conv", "Decoder", "Encoder", "Network", "Patch", "PixelCNN", "Shape"]
