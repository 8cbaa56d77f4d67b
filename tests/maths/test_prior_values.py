"""Posterior and priors against SciPy, and the KL between them."""

import math

import numpy as np
import pytest
import torch
from fixed_pass import images, linear_vae
from scipy import stats
from scipy.special import logsumexp
from torch import nn

from vae_core.parts.posterior import LOG_VAR_LIMIT, Posterior, bound_log_var, log_normal
from vae_core.parts.priors import Flow, GaussianMixture, StandardNormal, VampPrior

MEAN, LOG_VAR = np.array([[1.0, -0.5], [0.0, 2.0]]), np.log([[4.0, 0.25], [1.0, 0.09]])
Z = np.array([[0.3, -1.0], [2.0, 0.5]])


def posterior() -> Posterior:
    return Posterior(torch.from_numpy(MEAN), torch.from_numpy(LOG_VAR))


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


# --- the posterior


def test_log_normal_and_log_prob_are_scipys():
    expected = stats.norm(MEAN, np.exp(0.5 * LOG_VAR)).logpdf(Z)
    z, mean, log_var = map(torch.from_numpy, (Z, MEAN, LOG_VAR))
    np.testing.assert_allclose(log_normal(z, mean, log_var), expected)
    np.testing.assert_allclose(posterior().log_prob(z), expected.sum(1))


def test_kl_per_unit_by_hand():
    """½ (1 + 4 − 1 − log 4), ½ (¼ + ¼ − 1 + log 4), 0 and ½ (4 + 0.09 − 1 − log 0.09)."""
    expected = [[2 - math.log(2), -0.25 + math.log(2)], [0, 0.5 * (3.09 - math.log(0.09))]]
    np.testing.assert_allclose(posterior().kl(), expected, atol=1e-12)


def test_samples_are_the_reparameterization():
    torch.testing.assert_close(posterior().std, torch.tensor([[2.0, 0.5], [1.0, 0.3]], dtype=torch.float64))
    epsilon = torch.randn(2, 2, generator=generator(), dtype=torch.float64)
    torch.testing.assert_close(posterior().sample(generator()), torch.from_numpy(MEAN) + posterior().std * epsilon)


def test_the_bound_of_log_var_is_twelve_tanh():
    raw = torch.tensor([[-100.0, -6.0, 0.0, 1.0, 20.0]], dtype=torch.float64)
    np.testing.assert_allclose(bound_log_var(raw), 12 * np.tanh(raw.numpy() / 12))
    assert LOG_VAR_LIMIT == 12


def test_the_encoder_puts_the_mean_first_and_bounds_the_log_variance():
    vae, x = linear_vae(), images()
    head = vae.encoder.head
    raw = (x.flatten(1) @ head.weight.T + head.bias).detach()
    found = vae.encode(x)
    torch.testing.assert_close(found.mean.detach(), raw[:, :3])
    torch.testing.assert_close(found.log_var.detach(), 12 * torch.tanh(raw[:, 3:] / 12))


# --- densities


def test_the_standard_normal_is_scipys_with_the_closed_form_kl():
    density = StandardNormal().density(nn.Module(), 2, None)
    np.testing.assert_allclose(density.log_prob(torch.from_numpy(Z)), stats.norm.logpdf(Z).sum(1))
    z = torch.from_numpy(Z)
    torch.testing.assert_close(density.kl(posterior(), z), posterior().kl().sum(1))
    torch.testing.assert_close(density.unit_kl(posterior()), posterior().kl())
    torch.testing.assert_close(density.sample(3, generator()), torch.randn(3, 2, generator=generator()))


def mixture_state() -> nn.Module:
    state = GaussianMixture(components=2).parameters(2, (1, 1, 1)).double()
    with torch.no_grad():
        state.logits.copy_(torch.tensor([math.log(3.0) + 5, 5.0]))  # weights ¾ and ¼
        state.mean.copy_(torch.tensor([[0.0, 1.0], [2.0, -1.0]]))
        state.log_var.copy_(torch.tensor([[0.0, -1.0], [0.5, 1.0]]))
    return state


def test_a_mixture_is_the_weighted_sum_of_scipys_normals():
    """Log-variances pass the bound 12 tanh(·/12); the KL is the one-sample estimate log q − log p."""
    state = mixture_state()
    density = GaussianMixture(components=2).density(state, 2, None)
    std = np.exp(0.5 * 12 * np.tanh(state.log_var.detach().numpy() / 12))
    parts = stats.norm(state.mean.detach().numpy(), std).logpdf(Z[:, None]).sum(2) + np.log([0.75, 0.25])
    log_p = logsumexp(parts, axis=1)
    z = torch.from_numpy(Z)
    np.testing.assert_allclose(density.log_prob(z).detach(), log_p)
    log_q = stats.norm(MEAN, np.exp(0.5 * LOG_VAR)).logpdf(Z).sum(1)
    np.testing.assert_allclose(density.kl(posterior(), z).detach(), log_q - log_p)
    assert density.unit_kl(posterior()) is None
    drawn = density.sample(20_000, generator()).numpy()
    np.testing.assert_allclose(drawn.mean(0), [0.5, 0.5], atol=0.04)
    variance = 0.75 * std[0] ** 2 + 0.25 * std[1] ** 2 + 0.75 * 0.25 * np.array([4, 4])
    np.testing.assert_allclose(drawn.var(0), variance, rtol=0.05)


def test_a_vamp_prior_is_the_even_mixture_of_its_pseudo_posteriors():
    means, log_vars = torch.tensor([[0.0, 3.0], [1.0, -2.0], [0.5, 0.0]]), torch.tensor([[0.0, -1.0], [-2.0, 0.3], [1.0, 0.5]])
    density = VampPrior(components=3).density(
        VampPrior(components=3).parameters(2, (1, 1, 1)), 2, lambda u: Posterior(means, log_vars)
    )
    parts = stats.norm(means.numpy(), np.exp(0.5 * log_vars.numpy())).logpdf(Z[:, None]).sum(2)
    np.testing.assert_allclose(density.log_prob(torch.from_numpy(Z).float()), logsumexp(parts, axis=1) - math.log(3), rtol=1e-5)


def test_pseudo_images_begin_as_the_given_images():
    prior = VampPrior(components=6)
    assert prior.n_examples == 6
    state = prior.parameters(2, (1, 2, 3))
    prior.reset(state, images())
    torch.testing.assert_close(state.pseudo_images.detach(), images())


def test_a_flow_is_a_density_whose_samples_are_its_base_transformed():
    """∫ p(z) dz = 1 on a grid, log p(z) = log N(f(z)) + log |f′(z)|, and f(sample) is the generator's own normal draw."""
    torch.manual_seed(0)
    prior = Flow(transforms=2, flow_hidden=8)
    state = prior.parameters(2, (1, 1, 1))
    density = prior.density(state, 2, None)
    axis = torch.linspace(-7, 7, 141)
    with torch.no_grad():
        total = density.log_prob(torch.cartesian_prod(axis, axis)).exp().sum() * (axis[1] - axis[0]) ** 2
        assert total.item() == pytest.approx(1, abs=0.01)
        drawn = density.sample(5, generator(3))
        torch.testing.assert_close(state().transform(drawn), torch.randn(5, 2, generator=generator(3)), atol=1e-3, rtol=1e-3)
