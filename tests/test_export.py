"""ONNX export: the same numbers in torch and onnxruntime, for every network and batch size."""

import numpy as np
import pytest
import torch

from vae_core.checkpoints.about import About
from vae_core.checkpoints.onnx_export import decoder_onnx, encoder_onnx, write_onnx
from vae_core.checkpoints.trained_vae import TrainedVAE
from vae_core.cli.main import main
from vae_core.common.errors import BadInput
from vae_core.config import TrainConfig
from vae_core.parts.condition import UNKNOWN
from vae_core.parts.networks import NETWORKS
from vae_core.vae import VAE

onnxruntime = pytest.importorskip("onnxruntime")

ABOUT = About("noise", "train", 1, "test", ("a", "b", "c", "d"), ("size", "hue"), (3, 2), "cpu", 0.0, torch.__version__, "3")
SHAPES = {"mlp": (1, 9, 7), "burgess": (3, 64, 64)}


def small_model(network: str = "conv", likelihood: str = "bernoulli", **parts) -> TrainedVAE:
    """A model with all weights changed from their initial values, so that no layer is multiplied by zeros."""
    torch.manual_seed(0)
    shape = SHAPES.get(network, (1, 16, 16))
    config = TrainConfig(network=network, latent_dim=3, likelihood=likelihood, **parts)
    vae = VAE(config, shape, config.conditional.sizes(len(ABOUT.class_names), ABOUT.factor_sizes))
    vae.reset(torch.rand(shape), torch.rand(8, *shape))
    for parameter in vae.parameters():
        parameter.data.add_(0.05 * torch.randn_like(parameter))
    return TrainedVAE(config, vae.requires_grad_(False), shape, step=1, history=[], about=ABOUT)


def run(content: bytes, *values: np.ndarray) -> list[np.ndarray]:
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    names = [put.name for put in session.get_inputs()]
    return session.run(None, dict(zip(names, (np.float32(value) for value in values), strict=True)))


def test_an_autoregressive_decoder_is_refused_with_a_reason():
    with pytest.raises(BadInput, match="no single image per latent code"):
        decoder_onnx(small_model("pixelcnn"))


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
@pytest.mark.parametrize("network", [name for name, cls in NETWORKS.items() if not cls.autoregressive])
def test_same_numbers_as_torch(network, likelihood):
    model = small_model(network, likelihood)
    decoder, encoder = decoder_onnx(model), encoder_onnx(model)
    rng = np.random.default_rng(0)
    for n in (1, 7):  # neither is the batch that was traced
        z, images = rng.normal(size=(n, 3)), rng.random((n, *model.shape), dtype=np.float32)
        np.testing.assert_allclose(run(decoder, z)[0], model.decode(z), atol=1e-4)
        for got, want in zip(run(encoder, images), model.encode(images), strict=True):
            np.testing.assert_allclose(got, want, atol=1e-4)


BLENDS = {"labels": [[0, 1, 0, 0], [0, 0, 0, 0], [0.3, 0, 0, 0.7]], "factors": [[0, 1, 0, 1, 0], [0] * 5, [0.5, 0, 0.5, 0, 0]]}
LABELS = {"labels": [[1], [UNKNOWN]], "factors": [[1, 0], [UNKNOWN, UNKNOWN]]}


@pytest.mark.parametrize("settings", [{}, {"embedding": 2}, {"inject": "concat"}], ids=str)
@pytest.mark.parametrize("properties", ["labels", "factors"])
def test_labels_and_their_blends_are_a_second_input(properties, settings):
    model = small_model(conditional={"name": properties} | settings)
    decoder, encoder = decoder_onnx(model), encoder_onnx(model)
    rng, blend = np.random.default_rng(0), np.float32(BLENDS[properties])
    z, x = rng.normal(size=(3, 3)), rng.random((3, *model.shape), dtype=np.float32)
    np.testing.assert_allclose(run(decoder, z, blend)[0], model.decode(z, blend), atol=1e-4)
    for got, want in zip(run(encoder, x, blend), model.encode(x, blend), strict=True):
        np.testing.assert_allclose(got, want, atol=1e-4)
    np.testing.assert_allclose(model.decode(z[:2], blend[:2]), model.decode(z[:2], LABELS[properties]), atol=1e-6)
    assert not np.allclose(model.decode(z, blend), model.decode(z), atol=1e-3)


def test_beta_is_the_last_column():
    model = small_model(objective="multi-rate", conditional="labels")
    z, blend = np.ones((2, 3)), np.float32([[0, 1, 0, 0], [0, 0, 0, 0]])
    for beta in (0.1, 2.0, 10.0):
        condition = np.column_stack([blend, [beta, beta]])
        np.testing.assert_allclose(run(decoder_onnx(model), z, condition)[0], model.decode(z, blend, beta=beta), atol=1e-4)


def test_command_writes_both_files(tmp_path, capsys):
    model = small_model("mlp")
    model.save(tmp_path / "model")
    assert main(["export", str(tmp_path / "model"), "--out", str(tmp_path / "decoder.onnx")]) == 0
    z = np.random.default_rng(0).normal(size=(5, 3))
    np.testing.assert_allclose(run((tmp_path / "decoder.onnx").read_bytes(), z)[0], model.decode(z), atol=1e-4)
    assert len(run((tmp_path / "encoder.onnx").read_bytes(), np.zeros((1, *model.shape)))) == 2
    assert "encoder.onnx" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["nowhere/decoder.onnx", "encoder.onnx", ""])
def test_bad_paths_are_refused(tmp_path, name):
    with pytest.raises(BadInput):
        write_onnx(small_model("mlp"), tmp_path / name)
