"""The negative log-likelihood of a model where it is known exactly, and the order of the bounds."""

import math

import numpy as np
import pytest
import torch
from evaluation_cases import model, squares

from vae_core.checkpoints.about import About
from vae_core.checkpoints.trained_vae import TrainedVAE
from vae_core.common.errors import BadInput
from vae_core.common.seeds import rng
from vae_core.config import TrainConfig
from vae_core.data.dataset import Dataset
from vae_core.evaluation import evaluate
from vae_core.evaluation.likelihood import log_likelihood
from vae_core.evaluation.likelihood.log_likelihood import Elbo, ImportanceNLL, bits_per_dim
from vae_core.parts.likelihoods import Gaussian
from vae_core.parts.networks import MLP
from vae_core.vae import VAE

SIGMA, SHAPE = 0.3, (1, 2, 3)
ABOUT = About("noise", "train", 1, "test", (), (), (), "cpu", 0.0, torch.__version__, "3")


def linear_vae(*, exact_posterior: bool) -> tuple[TrainedVAE, Dataset, np.ndarray]:
    """A linear VAE, images, and their exact log p(x) = log N(x; b, W Wᵀ + σ² I), nats.

    The columns of W are orthogonal, so that the true posterior is a diagonal Gaussian and the encoder can be set to it.
    """
    draw = rng(0, "linear")
    config = TrainConfig(network=MLP(layers=0), likelihood=Gaussian(sigma=SIGMA), latent_dim=2)
    vae = VAE(config, SHAPE)
    orthogonal, _ = np.linalg.qr(draw.normal(size=(6, 2)))
    W, b = orthogonal * [0.8, 0.4], np.full(6, 0.5)
    precision = 1 + (W**2).sum(axis=0) / SIGMA**2
    with torch.no_grad():
        for parameter in vae.parameters():
            parameter.zero_()
        vae.decoder.trunk[0].weight.copy_(torch.from_numpy(W))
        vae.decoder.bias.copy_(torch.from_numpy(b.reshape(SHAPE)))
        if exact_posterior:
            gain = (W / SIGMA**2 / precision).T
            vae.encoder.head.weight[:2] = torch.from_numpy(gain)
            vae.encoder.head.bias[:2] = torch.from_numpy(-gain @ b)
            vae.encoder.head.bias[2:] = 12 * torch.atanh(torch.from_numpy(-np.log(precision)) / 12)
    images = draw.integers(60, 200, size=(40, *SHAPE), dtype=np.uint8)
    covariance, x = W @ W.T + SIGMA**2 * np.eye(6), images.reshape(40, 6) / 255 - b
    log_p = -0.5 * (np.einsum("ni,ij,nj->n", x, np.linalg.inv(covariance), x) + np.linalg.slogdet(2 * np.pi * covariance)[1])
    return TrainedVAE(config, vae, SHAPE, step=0, history=[], about=ABOUT), Dataset("noise", images), log_p


@pytest.mark.parametrize("k", [1, 7])
def test_true_posterior_gives_the_exact_nll_for_every_k(k):
    vae, dataset, log_p = linear_vae(exact_posterior=True)
    result = evaluate(vae, dataset, [ImportanceNLL(k=k)])["nll"].values
    assert result["nll"] == pytest.approx(-log_p.mean(), abs=1e-4)
    assert result["effective_samples"] == pytest.approx(k, abs=1e-3)
    assert evaluate(vae, dataset, ["elbo"])["elbo"].values["elbo"] == pytest.approx(log_p.mean(), abs=0.5)


def test_wrong_posterior_gives_the_nll_within_its_error_but_not_the_elbo():
    vae, dataset, log_p = linear_vae(exact_posterior=False)
    result = evaluate(vae, dataset, [ImportanceNLL(k=4000)])["nll"].values
    # relative variance of the weights / 2k bounds the bias, and its root over the images the noise
    error = 3 * math.sqrt(1 / result["effective_samples"] / 40)
    assert result["nll"] == pytest.approx(-log_p.mean(), abs=error)
    assert error < 0.05
    assert -evaluate(vae, dataset, ["elbo"])["elbo"].values["elbo"] > -log_p.mean() + 1


def test_more_samples_tighten_the_bound():
    vae, dataset, _ = linear_vae(exact_posterior=False)
    nlls = [evaluate(vae, dataset, [ImportanceNLL(k=k)])["nll"].values["nll"] for k in (1, 8, 128)]
    assert nlls[0] > nlls[1] > nlls[2]


def test_chunk_size_does_not_change_the_result(monkeypatch):
    want = evaluate(model(), squares(), [ImportanceNLL(k=10, n_images=50)])["nll"].values
    monkeypatch.setattr(log_likelihood, "MAX_PIXEL_BYTES", 4 * 32 * 64 * 3)  # three samples at a time
    assert evaluate(model(), squares(), [ImportanceNLL(k=10, n_images=50)])["nll"].values["nll"] == pytest.approx(want["nll"])


def test_elbo_is_minus_distortion_minus_rate_also_in_bits():
    values = evaluate(model(), squares(), [Elbo(n_images=100)])["elbo"].values
    assert values["elbo"] == pytest.approx(-values["distortion"] - values["rate"])
    assert values["bits_per_dim"] == pytest.approx(-values["elbo"] / 64 / math.log(2))
    assert bits_per_dim(64 * math.log(2), (1, 8, 8)) == pytest.approx(1)
    assert values["n_measured"] == 100


def test_an_autoencoder_has_no_nll():
    with pytest.raises(BadInput, match="no density over images"):
        evaluate(model("ae", 20), squares(), ["nll"])
