"""Export of a trained model to ONNX, for the in-browser decoder and any other ONNX runtime.

decoder.onnx   z (n, D) → image (n, C, H, W) = E[x|z] in [0, 1]
encoder.onnx   image (n, C, H, W) in [0, 1] → mean (n, D), std (n, D)

The files of a conditional or multi-rate model have a second input, condition (n, K): one weight for each value of each
label (one-hot, or a blend; zeros: unknown), then β.
"""

import io
import threading
import warnings
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor, nn

from vae_core.checkpoints.trained_vae import TrainedVAE
from vae_core.common.errors import BadInput
from vae_core.common.files import write_atomically
from vae_core.vae import VAE

OPSET = 18
_export_lock = threading.Lock()  # the exporter keeps its state in globals, and Streamlit runs each session in its own thread


class _Decode(nn.Module):
    """Decoder network with the likelihood's mean as its output."""

    def __init__(self, vae: VAE):
        super().__init__()
        self.vae = vae

    def forward(self, z: Float[Tensor, "n latent"], condition: Float[Tensor, "n condition"] | None = None) -> Tensor:
        return self.vae.likelihood.mean(self.vae.decoder(z, _context(self.vae, condition)))


class _Encode(nn.Module):
    """Encoder network with (mean, std) as its output."""

    def __init__(self, vae: VAE):
        super().__init__()
        self.vae = vae

    def forward(
        self, image: Float[Tensor, "n channels height width"], condition: Float[Tensor, "n condition"] | None = None
    ) -> tuple[Tensor, Tensor]:
        posterior = self.vae.encoder(image, _context(self.vae, condition))
        return posterior.mean, posterior.std


def _context(vae: VAE, condition: Float[Tensor, "n condition"] | None) -> Float[Tensor, "n context"] | None:
    return None if vae.conditioner is None else vae.conditioner(condition)


def decoder_onnx(model: TrainedVAE) -> bytes:
    """Export the decoder to the bytes of decoder.onnx.

    It takes 0.05–0.1 s, so pages export on demand, and checkpoints do not store their weights twice.

    Raises:
        BadInput: the decoder is autoregressive and has no single image per code.
    """
    return _export(_Decode(model.vae), torch.zeros(2, model.latent_dim), model, "z", ["image"])


def encoder_onnx(model: TrainedVAE) -> bytes:
    """Export the encoder to the bytes of encoder.onnx: the posterior's mean and standard deviation."""
    return _export(_Encode(model.vae), torch.zeros(2, *model.shape), model, "image", ["mean", "std"])


def write_onnx(model: TrainedVAE, path: str | Path) -> tuple[Path, Path]:
    """Write the decoder to ``path`` and the encoder beside it as encoder.onnx; returns both paths.

    Raises:
        BadInput: the folder does not exist, or ``path`` is not a name for the decoder.
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise BadInput(f"cannot write {path}: there is no folder {path.parent}")
    if path.is_dir() or path.name == "encoder.onnx":
        raise BadInput(f"--out names the decoder's file, such as decoder.onnx; got {path}")
    encoder_path = path.with_name("encoder.onnx")
    decoder, encoder = decoder_onnx(model), encoder_onnx(model)
    write_atomically(path, lambda temporary: temporary.write_bytes(decoder))
    write_atomically(encoder_path, lambda temporary: temporary.write_bytes(encoder))
    return path, encoder_path


def _export(module: nn.Module, example: Tensor, model: TrainedVAE, name: str, outputs: list[str]) -> bytes:
    """Trace ``module`` with ``example`` as its input ``name``, and with a condition if the model has one."""
    buffer, inputs, examples = io.BytesIO(), [name], (example,)
    if model.vae.conditioner is not None:
        inputs, examples = [name, "condition"], (example, model.vae.conditioner.to_vector(None, len(example), example.device))
    with _export_lock, torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecation of this exporter, and tensors that are constants here
        # The TorchScript exporter takes 0.05–0.1 s; dynamo=True takes 2–8 s and needs onnxscript as well. The live view exports
        # models during training, where such a delay would be visible. When torch drops this exporter, use dynamo=True.
        torch.onnx.export(
            module.eval(),
            examples,
            buffer,  # pyright: ignore[reportArgumentType]  # declared for paths; this exporter also writes to buffers
            dynamo=False,
            opset_version=OPSET,
            input_names=inputs,
            output_names=outputs,
            dynamic_axes={name: {0: "n"} for name in inputs + outputs},
        )
    return buffer.getvalue()
