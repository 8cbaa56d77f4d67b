"""Every likelihood is a normalized density, and is summed over pixels."""

import math

import pytest
import torch
from torch import nn

from vae_core.likelihoods import LIKELIHOODS, Bernoulli, Gaussian


def pixel_nll(likelihood, param: float, values: torch.Tensor, state) -> torch.Tensor:
    """−log p(x|z) of one-pixel images."""
    x = values.reshape(-1, 1, 1, 1)
    return likelihood.nll(torch.full_like(x, param), x, state)


@pytest.mark.parametrize("param", [-3.0, 0.0, 1.7])
def test_bernoulli_sums_to_one(param):
    nll = pixel_nll(Bernoulli(), param, torch.tensor([0.0, 1.0]), nn.ParameterDict())
    assert math.isclose(torch.exp(-nll).sum().item(), 1.0, rel_tol=1e-6)


@pytest.mark.parametrize("likelihood", [Gaussian(sigma=0.3), Gaussian(sigma=0.5, learned_sigma=True)])
@pytest.mark.parametrize("param", [-0.4, 0.5])
def test_gaussian_integrates_to_one(likelihood, param):
    grid = torch.linspace(-6, 6, 20_001)
    density = torch.exp(-pixel_nll(likelihood, param, grid, likelihood.learned()))
    assert math.isclose(torch.trapezoid(density, grid).item(), 1.0, rel_tol=1e-4)


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_nll_is_a_sum_over_pixels(name):
    """Twice the image, twice the nats: a mean over pixels would not change."""
    likelihood = LIKELIHOODS[name]()
    generator = torch.Generator().manual_seed(0)
    x, params = (torch.rand(3, 1, 4, 4, generator=generator) for _ in range(2))
    once = likelihood.nll(params, x, likelihood.learned())
    twice = likelihood.nll(torch.cat([params] * 2, -1), torch.cat([x] * 2, -1), likelihood.learned())
    assert once.shape == (3,)
    torch.testing.assert_close(twice, 2 * once)


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_mean_and_raw_are_inverse(name):
    likelihood = LIKELIHOODS[name]()
    mean = torch.linspace(0.05, 0.95, 19).reshape(1, 1, 1, 19)
    torch.testing.assert_close(likelihood.mean(likelihood.raw(mean)), mean)


def test_learned_sigma_reaches_the_residual_s_spread():
    likelihood = Gaussian(learned_sigma=True)
    state = likelihood.learned()
    x = 0.5 + 0.2 * torch.randn(4000, 1, 1, 1, generator=torch.Generator().manual_seed(0))
    optimizer = torch.optim.Adam(state.parameters(), lr=0.05)
    for _ in range(300):
        optimizer.zero_grad()
        likelihood.nll(torch.full_like(x, 0.5), x, state).mean().backward()
        optimizer.step()
    assert abs(state["log_sigma"].exp().item() - 0.2) < 0.01
