"""Each likelihood is a density: it sums or integrates to 1, and its mean and samples are those of that density."""

import numpy as np
import pytest
import torch
from digit_runs import generator

from vae_core.common.errors import BadInput
from vae_core.parts.likelihoods import LIKELIHOODS, Bernoulli, ContinuousBernoulli, DiscretizedLogistic, Gaussian, Laplace
from vae_core.parts.likelihoods.logistic import BIN

PARAMS = torch.tensor([-80.0, -6.0, -0.6, -0.49, -0.01, 0.0, 1e-4, 0.3, 0.51, 0.9, 3.0, 80.0])
RECIPES = [
    Bernoulli(),
    ContinuousBernoulli(),
    Gaussian(),
    Gaussian(0.3, True),
    Laplace(),
    Laplace(0.2, True),
    DiscretizedLogistic(),
    DiscretizedLogistic(0.01, False),
]


def density(recipe, params: torch.Tensor, x: torch.Tensor) -> np.ndarray:
    """p(x|params) of one pixel, (params, x)."""
    pixel = lambda v: v.double()[:, None, None, None]  # noqa: E731
    state = recipe.parameters().double()
    return np.stack([recipe.nll(pixel(p.expand(len(x))), pixel(x), state).neg().exp().detach().numpy() for p in params])


def support(recipe) -> tuple[torch.Tensor, float]:
    """Points at which a density is summed, and their spacing."""
    if isinstance(recipe, Bernoulli):
        return torch.tensor([0.0, 1.0]), 1.0
    if isinstance(recipe, DiscretizedLogistic):
        return torch.arange(256) * BIN, 1.0
    low, high, n = (0, 1, 40_001) if isinstance(recipe, ContinuousBernoulli) else (-8, 8, 80_001)
    width = (high - low) / n
    return low + width * (torch.arange(n, dtype=torch.float64) + 0.5), width


@pytest.mark.parametrize("recipe", RECIPES, ids=str)
def test_sums_to_one(recipe):
    params = PARAMS if not isinstance(recipe, Gaussian | Laplace) else PARAMS.clamp(-1, 2)
    x, width = support(recipe)
    np.testing.assert_allclose(density(recipe, params, x).sum(1) * width, 1, atol=2e-6)


@pytest.mark.parametrize("recipe", [r for r in RECIPES if not isinstance(r, DiscretizedLogistic)], ids=str)
def test_mean_is_the_densitys_and_raw_inverts_it(recipe):
    params = torch.tensor([-3.0, -0.3, 0.0, 0.2, 0.6, 2.0]) if "Bernoulli" in str(recipe) else torch.tensor([0.1, 0.5, 0.9])
    x, width = support(recipe)
    expected = (density(recipe, params, x) * x.numpy()).sum(1) * width
    mean = recipe.mean(params[:, None, None, None])
    np.testing.assert_allclose(mean.flatten(), expected, atol=1e-4)
    np.testing.assert_allclose(recipe.inverse_mean(mean).flatten(), params, atol=2e-4)


@pytest.mark.parametrize("recipe", RECIPES, ids=str)
def test_samples_follow_the_density(recipe):
    params, n = torch.tensor([0.1, 0.3, 0.5]), 40_000
    drawn = recipe.sample(params.expand(n, 1, 3)[:, :, None, :].contiguous(), recipe.parameters(), generator()).detach()
    x, width = support(recipe)
    p = density(recipe, params, x) * width
    mean = (p * x.numpy()).sum(1)
    deviation = np.sqrt((p * (x.numpy() - mean[:, None]) ** 2).sum(1))
    np.testing.assert_allclose(drawn[:, 0, 0].mean(0), mean, atol=4 * deviation.max() / np.sqrt(n))
    np.testing.assert_allclose(drawn[:, 0, 0].std(0), deviation, rtol=0.04)


@pytest.mark.parametrize("recipe", RECIPES, ids=str)
def test_float32_stays_finite_at_any_output(recipe):
    params = torch.tensor([-1e4, -100, -0.5, -1e-8, 0, 1e-8, 0.5, 100, 1e4])[:, None, None, None].requires_grad_()
    for value in (0.0, 0.5, 1.0):
        nll = recipe.nll(params, torch.full_like(params, value), recipe.parameters()).sum()
        shown = recipe.mean(params).sum()
        (gradient,) = torch.autograd.grad(nll + shown, params)
        assert nll.isfinite()
        assert gradient.isfinite().all()


def test_continuous_bernoulli_is_the_bernoulli_with_its_constant():
    """−log p = BCE − log C(λ), C(λ) = 2 artanh(1 − 2λ)/(1 − 2λ); Loaiza-Ganem & Cunningham 2019, eq. 4."""
    t, x = torch.tensor([-2.0, 1.5])[:, None, None, None].double(), torch.tensor([0.2, 0.7])[:, None, None, None].double()
    rate = torch.sigmoid(t)
    constant = torch.log(2 * torch.atanh(1 - 2 * rate) / (1 - 2 * rate)).flatten()
    nothing = Bernoulli().parameters()
    difference = Bernoulli().nll(t, x, nothing) - ContinuousBernoulli().nll(t, x, nothing)
    torch.testing.assert_close(difference, constant)


def test_dynamic_binarization_is_seeded_and_follows_the_grey_value():
    x = torch.full((2000, 1, 2, 2), 0.3)
    recipe = Bernoulli(binarize=True)
    drawn = recipe.binarize_input(x, generator(1))
    assert set(drawn.unique().tolist()) == {0.0, 1.0}
    assert drawn.mean().item() == pytest.approx(0.3, abs=0.02)
    assert torch.equal(drawn, recipe.binarize_input(x, generator(1)))
    assert not torch.equal(drawn, recipe.binarize_input(x, generator(2)))
    assert Bernoulli().binarize_input(x, generator()) is x


def test_scales_are_positive():
    for name, field in (("gaussian", "sigma"), ("laplace", "scale"), ("discretized-logistic", "scale")):
        with pytest.raises(BadInput, match=f"{field} must be a number > 0"):
            LIKELIHOODS[name](**{field: 0.0})


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_nll_is_a_sum_over_pixels(name):
    """Twice the image, twice the nats: a mean over pixels would not change."""
    likelihood = LIKELIHOODS[name]()
    generator = torch.Generator().manual_seed(0)
    x, params = (torch.rand(3, 1, 4, 4, generator=generator) for _ in range(2))
    once = likelihood.nll(params, x, likelihood.parameters())
    twice = likelihood.nll(torch.cat([params] * 2, -1), torch.cat([x] * 2, -1), likelihood.parameters())
    assert once.shape == (3,)
    torch.testing.assert_close(twice, 2 * once)


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_mean_and_raw_are_inverse(name):
    likelihood = LIKELIHOODS[name]()
    mean = torch.linspace(0.05, 0.95, 19).reshape(1, 1, 1, 19)
    torch.testing.assert_close(likelihood.mean(likelihood.inverse_mean(mean)), mean)


def test_learned_sigma_reaches_the_residual_s_spread():
    likelihood = Gaussian(learned_sigma=True)
    state = likelihood.parameters()
    x = 0.5 + 0.2 * torch.randn(4000, 1, 1, 1, generator=torch.Generator().manual_seed(0))
    optimizer = torch.optim.Adam(state.parameters(), lr=0.05)
    for _ in range(300):
        optimizer.zero_grad()
        likelihood.nll(torch.full_like(x, 0.5), x, state).mean().backward()
        optimizer.step()
    assert abs(state["log_sigma"].exp().item() - 0.2) < 0.01
