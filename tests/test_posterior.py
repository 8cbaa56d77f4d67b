"""The Gaussian posterior against Monte Carlo and closed forms."""

import torch
from torch.distributions import Normal, kl_divergence

from vae_core.parts.posterior import LOG_VAR_LIMIT, Posterior, bound_log_var
from vae_core.parts.priors import StandardNormal


def random_posterior(batch=64, latent=5):
    generator = torch.Generator().manual_seed(0)
    return Posterior(torch.randn(batch, latent, generator=generator), torch.randn(batch, latent, generator=generator))


def test_kl_equals_the_library_s_closed_form():
    q = random_posterior()
    expected = kl_divergence(Normal(q.mean, q.std), Normal(0.0, 1.0))
    torch.testing.assert_close(q.kl(), expected)


def test_kl_equals_its_monte_carlo_estimate():
    q, prior = random_posterior(batch=8), StandardNormal().density(torch.nn.Module(), 4, encode=None)
    generator = torch.Generator().manual_seed(1)
    draws = []
    for _ in range(20_000):
        z = q.sample(generator)
        draws.append(q.log_prob(z) - prior.log_prob(z))
    draws = torch.stack(draws).double()
    error = draws.std(0) / len(draws) ** 0.5
    assert ((draws.mean(0) - q.kl().sum(-1)).abs() < 5 * error).all()


def test_kl_keeps_its_digits_near_the_prior():
    # μ²/2 at μ = 1e-4 is 5e-9: the plain formula exp(v) − 1 − v loses it in float32
    q = Posterior(torch.full((1, 1), 1e-4), torch.zeros(1, 1))
    torch.testing.assert_close(q.kl(), torch.full((1, 1), 5e-9), rtol=1e-3, atol=0)


def test_log_prob_is_the_library_s():
    q = random_posterior()
    z = torch.randn(64, 5, generator=torch.Generator().manual_seed(2))
    torch.testing.assert_close(q.log_prob(z), Normal(q.mean, q.std).log_prob(z).sum(-1))


def test_reparameterization_gives_the_gradients_of_the_mean():
    """d/dμ E[z²] = 2μ and d/dσ E[z²] = 2σ, through samples alone."""
    mean = torch.full((200_000, 1), 0.7, requires_grad=True)
    log_var = torch.full((200_000, 1), -0.5, requires_grad=True)
    q = Posterior(mean, log_var)
    (q.sample(torch.Generator().manual_seed(3)) ** 2).mean().backward()
    assert abs(mean.grad.sum().item() - 1.4) < 0.02
    sigma_gradient = log_var.grad.sum().item() / (0.5 * torch.exp(torch.tensor(-0.25)).item())  # dσ = ½ σ dlogσ²
    assert abs(sigma_gradient - 2 * torch.exp(torch.tensor(-0.25)).item()) < 0.02


def test_log_variance_is_bounded_and_never_flat():
    raw = torch.tensor([[-1e4, -30.0, 0.0, 1e-3, 30.0, 1e4]], requires_grad=True)
    bounded = bound_log_var(raw)
    assert bounded.abs().max() <= LOG_VAR_LIMIT
    torch.testing.assert_close(bounded[0, 2:4], raw[0, 2:4])
    bounded[0, 1].backward()
    assert raw.grad[0, 1] > 0
