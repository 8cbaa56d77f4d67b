"""Training: known answers, reproducibility by the seed, resuming bit for bit."""

import math

import numpy as np
import pytest
import torch
from digit_runs import digits, train_to_end

from vae_core import BadInput, Dataset, TrainConfig, train
from vae_core.config import PARTS
from vae_core.evaluation import evaluate
from vae_core.evaluation.likelihood.log_likelihood import ImportanceNLL
from vae_core.parts.likelihoods import Gaussian
from vae_core.parts.networks import MLP
from vae_core.parts.objectives import OBJECTIVES, BetaVAE
from vae_core.training.loop import learning_rate
from vae_core.training.record import Diverged


def ppca_log_likelihood(x: np.ndarray, latent_dim: int) -> float:
    """Mean log-likelihood at the maximum of probabilistic PCA, exact by eigenvalues; Tipping & Bishop 1999, eq. 3.8."""
    n_pixels = x.shape[1]
    values = np.sort(np.linalg.eigvalsh(np.cov(x.T, bias=True)))[::-1]
    noise = values[latent_dim:].mean()
    log_det = np.log(values[:latent_dim]).sum() + (n_pixels - latent_dim) * math.log(noise)
    return -0.5 * (n_pixels * math.log(2 * math.pi) + log_det + n_pixels)


def gaussian_images(n: int = 2000) -> Dataset:
    """Return images whose pixels are a linear function of two normal factors and noise, rounded to bytes."""
    rng = np.random.default_rng(0)
    mixing = rng.normal(size=(2, 16)) * 22
    pixels = 128 + rng.normal(size=(n, 2)) @ mixing + rng.normal(size=(n, 16)) * 9
    return Dataset("gaussian", np.clip(np.rint(pixels), 0, 255).astype(np.uint8).reshape(n, 1, 4, 4))


def test_a_linear_vae_reaches_the_likelihood_of_probabilistic_pca():
    """Dai et al. 2018, Lucas et al. 2019 (arXiv 1911.02469): with a linear decoder the ELBO's maximum is pPCA's likelihood."""
    data = gaussian_images()
    run = train_to_end(
        data, network=MLP(layers=0), likelihood=Gaussian(sigma=0.3, learned_sigma=True), latent_dim=2,
        batch_size=500, n_steps=2500, learning_rate=0.02, ema=0.98,
    )  # fmt: skip
    exact = ppca_log_likelihood(data.images.reshape(len(data), -1) / 255.0, latent_dim=2)
    # at the optimum q(z|x) is the true posterior, so the ELBO itself reaches log p(x), up to the diagonal of q
    nll = evaluate(run.model, data, [ImportanceNLL(k=64, n_images=2000)])["nll"].values["nll"]
    assert abs(-nll - exact) < 0.1, f"{-nll:.3f} against the exact {exact:.3f} nats"


def test_the_elbo_is_below_the_importance_sampled_likelihood_which_grows_with_k():
    run = train_to_end(digits(), n_steps=300, latent_dim=5, learning_rate=3e-3)
    data = digits("test")
    elbo = evaluate(run.model, data, ["elbo"])["elbo"].values["elbo"]
    by_k = [-evaluate(run.model, data, [ImportanceNLL(k=k)])["nll"].values["nll"] for k in (1, 8, 128)]
    assert elbo < by_k[1] < by_k[2]
    assert abs(elbo - by_k[0]) < 0.6  # one sample of the weights is the ELBO in expectation


SMALL = {"factor-vae": {"critic_width": 16}, "vae-gan": {"critic_channels": 4}}


# the perceptual loss trains a classifier first, and differs from the others in nothing that a step depends on
@pytest.mark.parametrize("objective", sorted(set(OBJECTIVES) - {"perceptual"}))
def test_same_seed_same_weights_and_resuming_is_bit_identical(objective):
    objective = {"name": objective} | SMALL.get(objective, {})
    settings = {"objective": objective, "n_steps": 9, "latent_dim": 3, "batch_size": 600}  # 600: epochs change on the way
    whole, again = train_to_end(**settings), train_to_end(**settings)
    assert_same(whole.state(), again.state())

    first = train(TrainConfig(dataset="digits", network="mlp", **settings), digits(), device="cpu")
    for _ in range(4):
        first.advance()
    second = train(first.config, digits(), device="cpu")
    second.restore(first.state(), first.history)
    assert [record.step for record in second] == [5, 6, 7, 8, 9]
    assert_same(whole.state(), second.state())
    assert second.history == whole.history


def assert_same(a: dict, b: dict) -> None:
    assert a.keys() == b.keys()
    assert all(torch.equal(a[name], b[name]) for name in a)


def test_another_seed_gives_other_weights_but_the_same_field_elsewhere_the_same_batches():
    settings = {"n_steps": 2, "latent_dim": 3}
    a, b = train_to_end(seed=0, **settings), train_to_end(seed=1, **settings)
    assert not torch.equal(a.state()["weights.encoder.head.weight"], b.state()["weights.encoder.head.weight"])
    c = train_to_end(seed=0, objective=BetaVAE(beta=8.0), **settings)
    assert all(torch.equal(a.batch(step), c.batch(step)) for step in range(60))


def test_an_epoch_shows_every_image_once():
    run = train(TrainConfig(dataset="digits", network="mlp", batch_size=809), digits(), device="cpu")
    assert len(run.images) == 2 * 809
    epoch = torch.cat([run.batch(0), run.batch(1)])
    seen, all_images = (set(map(bytes, (x * 255).round().byte().numpy())) for x in (epoch, run.images / 255))
    assert seen == all_images
    assert not torch.equal(run.batch(0), run.batch(2))


@pytest.mark.slow
def test_a_larger_beta_gives_less_kl_and_more_reconstruction_error():
    runs = [
        train_to_end(objective=BetaVAE(beta=beta), n_steps=400, latent_dim=4, learning_rate=3e-3) for beta in (0.5, 2.0, 8.0)
    ]
    measured = [run.history[-1]["held_out"] for run in runs]
    assert measured[0]["kl"] > measured[1]["kl"] > measured[2]["kl"]
    assert measured[0]["reconstruction"] < measured[1]["reconstruction"] < measured[2]["reconstruction"]


def test_the_first_image_is_the_mean_and_the_first_posterior_the_prior():
    data = digits()
    run = train(TrainConfig(dataset="digits", network="mlp"), data, device="cpu")
    mean, std = run.model.encode(data.images[:50])
    assert abs(mean).max() < 0.3
    assert abs(std - 1).max() < 0.3
    error = run.model.decode(np.zeros((1, 10)))[0] - data.images.mean(0) / 255
    assert abs(error).max() < 0.02


def test_divergence_names_the_step_and_keeps_the_weights_before():
    run = train(TrainConfig(dataset="digits", network="mlp", n_steps=50), digits(), device="cpu")
    run.advance()
    with torch.no_grad():
        run.vae.decoder.bias.fill_(float("nan"))
    with pytest.raises(Diverged, match="step 2: reconstruction is nan"):
        run.advance()
    assert run.step == 1
    assert np.isfinite(run.model.sample(3, seed=0)).all()


def test_the_learning_rate_rises_then_falls_to_zero():
    config = TrainConfig(n_steps=100, warmup_steps=9, learning_rate=1.0)
    rates = [learning_rate(config, step) for step in range(101)]
    assert rates[0] < 0.11
    assert max(rates) == max(rates[8:12])
    assert rates[100] < 1e-12


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"latent_dim": 0}, "latent_dim must be a whole number ≥ 1 and ≤ 512, got 0"),
        ({"objective": {"name": "beta-vae", "beta": -1}}, "beta must be a number ≥ 0, got -1.0"),
        ({"objective": "beta"}, "unknown objective 'beta'; choose from"),
        ({"objective": {"name": "vae", "beta": 2}}, "objective 'vae' has no beta; it takes no settings"),
        ({"likelihood": {"name": "gaussian", "sigma": 0}}, "sigma must be a number > 0, got 0.0"),
        ({"learning_rate": float("nan")}, "learning_rate must be a number"),
        ({"decay": "linear"}, "decay must be one of cosine, constant"),
        ({"seed": True}, "seed must be a whole number"),
    ],
)
def test_bad_settings_are_rejected_with_the_allowed_values(fields, message):
    with pytest.raises(BadInput) as caught:
        TrainConfig(**fields)
    assert message in str(caught.value)


def test_a_configuration_survives_json():
    import json

    for part, registry in PARTS.items():
        for name in registry:
            config = TrainConfig(**{part: name}, seed=3)
            assert TrainConfig.from_json(json.loads(json.dumps(config.to_json()))) == config
