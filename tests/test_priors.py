"""Priors are densities, sample what they say, and know their limits."""

import math

import numpy as np
import pytest
import torch
from digit_runs import digit_images, digits_with_factors, finish_quick_run, generator, start_quick_run
from torch.distributions import MultivariateNormal

from vae_core import TrainConfig, embed
from vae_core.analysis.code_mixture import CodeMixture, fit_mixture
from vae_core.common.errors import BadInput
from vae_core.data.dataset import Dataset
from vae_core.evaluation.latent.aggregate import log_aggregate
from vae_core.evaluation.likelihood.log_likelihood import importance_log_weights
from vae_core.parts.priors import PRIORS
from vae_core.vae import VAE

SMALL = {"mixture": {"components": 3}, "vamp": {"components": 4}, "flow": {"transforms": 2, "flow_hidden": 16}}


@torch.enable_grad()
def trained(name: str) -> VAE:
    prior = {"name": name} | SMALL.get(name, {})
    return finish_quick_run(latent_dim=2, prior=prior, n_steps=60, learning_rate=0.01, ema=0.0).vae.eval()


@pytest.mark.parametrize("name", PRIORS)
@torch.no_grad()
def test_integrates_to_one_and_samples_itself(name):
    density = trained(name).density()
    axis = torch.linspace(-8, 8, 321)
    grid = torch.cartesian_prod(axis, axis)
    p = density.log_prob(grid).exp() * (axis[1] - axis[0]) ** 2
    assert p.sum().item() == pytest.approx(1, abs=2e-3)
    z = density.sample(20_000, generator())
    mean = (p[:, None] * grid).sum(0)
    spread = (p[:, None] * (grid - mean) ** 2).sum(0).sqrt()
    np.testing.assert_allclose(z.mean(0), mean, atol=5 * spread.max().item() / math.sqrt(len(z)))
    np.testing.assert_allclose(z.std(0), spread, rtol=0.05)


@torch.no_grad()
def test_a_vamp_prior_of_the_data_is_the_aggregate_posterior():
    """With the N images as its pseudo-images, p(z) = (1/N) Σ_n q(z|x_n)."""
    n = 50
    vae = start_quick_run(prior={"name": "vamp", "components": n}).vae.eval()
    vae.prior_state.pseudo_images.copy_(digit_images(n))
    posterior = vae.encode(digit_images(n))
    z = posterior.sample(generator())
    expected = log_aggregate(z.numpy(), posterior.mean.numpy(), posterior.std.numpy())
    np.testing.assert_allclose(vae.density().log_prob(z), expected, atol=1e-4)


def test_a_vamp_prior_starts_at_training_images():
    vae = start_quick_run(prior={"name": "vamp", "components": 5}).vae
    flat = torch.from_numpy(digits_with_factors().images).float().flatten(1) / 255
    assert torch.cdist(vae.prior_state.pseudo_images.detach().flatten(1), flat).min(1).values.max() < 1e-2


def linear_data(n: int = 500) -> Dataset:
    rng = np.random.default_rng(0)
    pixels = 128 + rng.normal(size=(n, 2)) @ rng.normal(size=(2, 16)) * 22 + rng.normal(size=(n, 16)) * 9
    return Dataset("gaussian", np.clip(np.rint(pixels), 0, 255).astype(np.uint8).reshape(n, 1, 4, 4))


@pytest.mark.parametrize(
    ("likelihood", "prior"),
    [
        ({"name": "gaussian", "sigma": 0.1}, "standard-normal"),
        ({"name": "gaussian", "sigma": 0.3, "learned_sigma": True}, "standard-normal"),
        ({"name": "gaussian", "sigma": 0.1}, {"name": "mixture", "components": 3}),
    ],
    ids=["fixed σ", "learned σ", "mixture prior"],
)
@torch.no_grad()
def test_a_linear_vae_has_its_exact_likelihood(likelihood, prior):
    """p(x) = Σ_k π_k N(W m_k + b, W S_k Wᵀ + σ² I), whatever the weights; importance sampling must find it."""
    data = linear_data()
    with torch.enable_grad():
        run = finish_quick_run(
            data, network={"name": "mlp", "layers": 0}, likelihood=likelihood, prior=prior, latent_dim=2,
            n_steps=300, batch_size=100, learning_rate=0.02, ema=0.0,
        )  # fmt: skip
    vae = run.vae.eval()
    offset = vae.decode(torch.zeros(1, 2)).flatten().double()
    w = (vae.decode(torch.eye(2)).flatten(1).double() - offset).T
    sigma = vae.likelihood.log_scale(vae.likelihood_state, torch.device("cpu")).exp().double()
    density = vae.density()
    if isinstance(prior, dict):
        parts = zip(density.log_weights.double(), density.mean.double(), density.log_var.double().exp())
    else:
        parts = [(torch.tensor(0.0), torch.zeros(2).double(), torch.ones(2).double())]
    x = torch.from_numpy(data.images[:100]).float() / 255
    noise = sigma**2 * torch.eye(16).double()
    exact = torch.logsumexp(
        torch.stack([
            weight + MultivariateNormal(w @ m + offset, w @ torch.diag(s) @ w.T + noise).log_prob(x.flatten(1).double())
            for weight, m, s in parts
        ]), 0,
    )  # fmt: skip
    k = 2000
    found = torch.logsumexp(importance_log_weights(vae, x, k, generator()).double(), 0) - math.log(k)
    assert found.mean().item() == pytest.approx(exact.mean().item(), abs=0.05)


def test_the_code_mixture_is_fitted_to_the_codes_and_kept(tmp_path):
    run = finish_quick_run(n_steps=100, learning_rate=5e-3)
    atlas = embed(run.model, digits_with_factors())
    mixture = fit_mixture(atlas, 8)
    codes = mixture.sample(5000, seed=0)
    np.testing.assert_allclose(codes.mean(0), atlas.mean.mean(0), atol=0.1)
    spread = np.sqrt(atlas.mean.var(0) + (atlas.std**2).mean(0))
    np.testing.assert_allclose(codes.std(0), spread, rtol=0.1)
    assert run.model.decode(codes[:3]).shape == (3, 1, 8, 8)
    mixture.save(tmp_path / "mixture.npz")
    kept = CodeMixture.load(tmp_path / "mixture.npz")
    np.testing.assert_array_equal(kept.sample(5, seed=1), mixture.sample(5, seed=1))
    z = torch.from_numpy(codes[:9]).double()
    parts = zip(mixture.weights, *map(torch.from_numpy, (mixture.means, mixture.factors)))
    expected = sum(w * MultivariateNormal(m, scale_tril=f).log_prob(z).exp().numpy() for w, m, f in parts)
    np.testing.assert_allclose(mixture.log_prob(codes[:9]), np.log(expected), atol=1e-5)
    with pytest.raises(BadInput, match="takes 1 to"):
        fit_mixture(atlas, len(atlas) + 1)
    (tmp_path / "bad.npz").write_bytes(b"no zip")
    for name in ("bad.npz", "none.npz"):
        with pytest.raises(BadInput):
            CodeMixture.load(tmp_path / name)


def test_components_are_limited():
    for name in ("mixture", "vamp"):
        with pytest.raises(BadInput, match="components must be a whole number ≥ 1"):
            TrainConfig(prior={"name": name, "components": 0})
