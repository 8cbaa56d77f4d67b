"""A trained model as ONNX: the files that the browser decodes with, and any other runtime.

decoder.onnx   z (n, D) → image (n, C, H, W) = E[x|z] in [0, 1]
encoder.onnx   image (n, C, H, W) in [0, 1] → mean (n, D), std (n, D)

A conditional or multi-rate model's files have a second input, condition (n, K): a weight for each value of each label
(one-hot, or a blend; zeros: unknown), then β.
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
_one_at_a_time = threading.Lock()  # the exporter keeps its state in globals, and every visitor's script has its own thread


class _Decode(nn.Module):
    def __init__(self, vae: VAE):
        super().__init__()
        self.vae = vae

    def forward(self, z: Float[Tensor, "n latent"], condition: Float[Tensor, "n condition"] | None = None) -> Tensor:
        return self.vae.likelihood.mean(self.vae.decoder(z, _context(self.vae, condition)))


class _Encode(nn.Module):
    def __init__(self, vae: VAE):
        super().__init__()
        self.vae = vae

    def forward(self, image: Float[Tensor, "n channels height width"], condition: Float[Tensor, "n condition"] | None = None):
        posterior = self.vae.encoder(image, _context(self.vae, condition))
        return posterior.mean, posterior.std


def _context(vae: VAE, condition: Float[Tensor, "n condition"] | None) -> Float[Tensor, "n context"] | None:
    return None if vae.conditioner is None else vae.conditioner(condition)


def decoder_onnx(model: TrainedVAE) -> bytes:
    """decoder.onnx: 0.05–0.1 s, so a page makes it when it needs it and no checkpoint carries its weights twice."""
    return _export(_Decode(model.vae), torch.zeros(2, model.latent_dim), model, "z", ["image"])


def encoder_onnx(model: TrainedVAE) -> bytes:
    """encoder.onnx: the posterior's mean and standard deviation."""
    return _export(_Encode(model.vae), torch.zeros(2, *model.shape), model, "image", ["mean", "std"])


def write_onnx(model: TrainedVAE, path: str | Path) -> tuple[Path, Path]:
    """Write the decoder to ``path`` and the encoder beside it as encoder.onnx; returns both paths."""
    path = Path(path)
    if not path.parent.is_dir():
        raise BadInput(f"cannot write {path}: there is no folder {path.parent}")
    if path.is_dir() or path.name == "encoder.onnx":
        raise BadInput(f"--out names the decoder's file, such as decoder.onnx; got {path}")
    files = {path: decoder_onnx(model), path.with_name("encoder.onnx"): encoder_onnx(model)}
    for file, content in files.items():
        write_atomically(file, lambda temporary, content=content: temporary.write_bytes(content))
    return tuple(files)


def _export(module: nn.Module, example: Tensor, model: TrainedVAE, name: str, outputs: list[str]) -> bytes:
    buffer, inputs, examples = io.BytesIO(), [name], (example,)
    if model.vae.conditioner is not None:
        inputs, examples = [name, "condition"], (example, model.vae.conditioner.to_vector(None, len(example), example.device))
    with _one_at_a_time, torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of its own age, and of tensors that are constants here
        # The TorchScript exporter: 0.05–0.1 s, where dynamo=True takes 2–8 s and needs onnxscript as well. A model that is
        # still in training is to be dragged too, so this wait would be felt. When torch drops it, dynamo=True replaces it.
        torch.onnx.export(
            module.eval(),
            examples,
            buffer,
            dynamo=False,
            opset_version=OPSET,
            input_names=inputs,
            output_names=outputs,
            dynamic_axes={name: {0: "n"} for name in inputs + outputs},
        )
    return buffer.getvalue()
