"""Likelihoods against SciPy's densities and sums over small discrete spaces."""

import math

import numpy as np
import pytest
import torch
from scipy import stats

from vae_core.parts.likelihoods import Bernoulli, ContinuousBernoulli, DiscretizedLogistic, Gaussian, Laplace
from vae_core.parts.likelihoods.bernoulli import continuous_mean
from vae_core.parts.likelihoods.likelihood import sum_pixels, uniform_like

X = torch.tensor([[0.0, 0.2, 1.0], [1.0, 0.6, 0.4]], dtype=torch.float64).view(2, 1, 1, 3)
PARAMS = torch.tensor([[-1.5, 0.3, 2.0], [0.1, -0.8, 0.7]], dtype=torch.float64).view(2, 1, 1, 3)


def nll(recipe, params: torch.Tensor, x: torch.Tensor) -> np.ndarray:
    return recipe.nll(params, x, recipe.parameters()).detach().numpy()


def flat(tensor: torch.Tensor) -> np.ndarray:
    return tensor.flatten(1).numpy()


def test_sum_pixels_is_a_sum_over_all_but_the_batch():
    assert sum_pixels(torch.ones(2, 3, 4, 5)).tolist() == [60, 60]
    assert sum_pixels(torch.ones(7, 2, 3, 4, 5)).shape == (7, 2)


def test_bernoulli_is_scipys():
    rate = 1 / (1 + np.exp(-flat(PARAMS)))
    x = flat(X.round())
    np.testing.assert_allclose(nll(Bernoulli(), PARAMS, X.round()), -stats.bernoulli.logpmf(x, rate).sum(1))
    grey = flat(X)
    np.testing.assert_allclose(nll(Bernoulli(), PARAMS, X), -(grey * np.log(rate) + (1 - grey) * np.log(1 - rate)).sum(1))


def test_bernoulli_sums_to_one_over_all_images_of_three_pixels():
    images = torch.tensor([[a, b, c] for a in (0, 1) for b in (0, 1) for c in (0, 1)], dtype=torch.float64).view(8, 1, 1, 3)
    probability = np.exp(-nll(Bernoulli(), PARAMS[:1].expand(8, 1, 1, 3), images))
    assert probability.sum() == pytest.approx(1)


@pytest.mark.parametrize("logit", [-40.0, -3.0, -0.51, -0.49, -0.2, 1e-3, 0.3, 0.49, 0.51, 3.0, 40.0])
def test_continuous_bernoulli_is_normalized_on_both_sides_of_the_series(logit):
    """p(x) = t eᵗˣ/(eᵗ − 1), so −log p = log((eᵗ − 1)/t) − t x."""
    x = torch.tensor([0.0, 0.3, 1.0], dtype=torch.float64)
    params = torch.full((3, 1, 1, 1), logit, dtype=torch.float64)
    log_constant = math.log(abs(math.expm1(logit) / logit)) if abs(logit) < 30 else max(logit, 0) - math.log(abs(logit))
    np.testing.assert_allclose(
        nll(ContinuousBernoulli(), params, x.view(3, 1, 1, 1)), log_constant - logit * x.numpy(), rtol=1e-7, atol=1e-8
    )


@pytest.mark.parametrize("logit", [-40.0, -3.0, -0.49, -0.2, 0.3, 0.49, 0.51, 3.0, 40.0])
def test_continuous_bernoulli_mean_is_its_closed_form(logit):
    """A′(t) = 1/(1 − e⁻ᵗ) − 1/t, and the mirror image at −t."""
    found = continuous_mean(torch.tensor([logit, -logit], dtype=torch.float64)).numpy()
    expected = 1 / (1 - math.exp(-logit)) - 1 / logit
    np.testing.assert_allclose(found, [expected, 1 - expected], atol=1e-7)


def test_gaussian_is_scipys():
    expected = -stats.norm(flat(PARAMS), 0.3).logpdf(flat(X)).sum(1)
    np.testing.assert_allclose(nll(Gaussian(sigma=0.3), PARAMS, X), expected)
    np.testing.assert_allclose(nll(Gaussian(sigma=0.3, learned_sigma=True), PARAMS, X), expected, rtol=1e-6)


def test_laplace_is_scipys():
    expected = -stats.laplace(flat(PARAMS), 0.3).logpdf(flat(X)).sum(1)
    np.testing.assert_allclose(nll(Laplace(scale=0.3), PARAMS, X), expected)
    np.testing.assert_allclose(nll(Laplace(scale=0.3, learned_scale=True), PARAMS, X), expected, rtol=1e-6)


def test_discretized_logistic_is_the_mass_of_each_bin_and_of_the_tails():
    scale, levels = 0.05, np.array([0, 1, 100, 254, 255])
    recipe = DiscretizedLogistic(scale=scale, learned_scale=False)
    for mean in (-0.1, 0.02, 0.4, 0.98, 1.3):
        edges = lambda level, mean=mean: stats.logistic(mean, scale).cdf((level + 0.5) / 255)  # noqa: E731
        lower = np.where(levels == 0, 0, edges(levels - 1))
        upper = np.where(levels == 255, 1, edges(levels))
        x = torch.from_numpy(levels / 255).view(-1, 1, 1, 1)
        found = nll(recipe, torch.full_like(x, mean), x)
        np.testing.assert_allclose(found, -np.log(upper - lower), rtol=1e-5)


@pytest.mark.parametrize("recipe", [DiscretizedLogistic(scale=0.004, learned_scale=False), DiscretizedLogistic(scale=0.3)])
def test_discretized_logistic_sums_to_one_over_the_grey_levels(recipe):
    x = (torch.arange(256, dtype=torch.float64) / 255).view(-1, 1, 1, 1)
    for mean in (-0.2, 0.0, 0.31, 1.0):
        assert np.exp(-nll(recipe, torch.full_like(x, mean), x)).sum() == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("recipe", [Bernoulli(), Gaussian(), Laplace()])
def test_a_better_prediction_costs_less(recipe):
    """The gradient of −log p points from the image to the parameters: −(x − μ)/σ², or σ(t) − x."""
    params = torch.tensor([0.6, 0.6]).view(2, 1, 1, 1).requires_grad_()
    x = torch.tensor([0.0, 1.0]).view(2, 1, 1, 1)
    (gradient,) = torch.autograd.grad(recipe.nll(params, x, recipe.parameters()).sum(), params)
    assert gradient.flatten()[0] > 0 > gradient.flatten()[1]


@pytest.mark.parametrize(
    ("recipe", "quantile"),
    [
        (Bernoulli(), None),
        (ContinuousBernoulli(), None),
        (Gaussian(sigma=0.2), stats.norm(0, 0.2)),
        (Laplace(scale=0.2), stats.laplace(0, 0.2)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_samples_have_the_distributions_quantiles(recipe, quantile):
    n = 20_000
    params = torch.full((n, 1, 1, 1), 0.4)
    drawn = recipe.sample(params, recipe.parameters(), torch.Generator().manual_seed(0)).flatten().numpy()
    if quantile is not None:
        for share in (0.1, 0.25, 0.75, 0.9):
            assert np.quantile(drawn, share) == pytest.approx(0.4 + quantile.ppf(share), abs=0.02)
    elif isinstance(recipe, Bernoulli):
        assert drawn.mean() == pytest.approx(1 / (1 + math.exp(-0.4)), abs=0.01)
        assert set(np.unique(drawn)) == {0.0, 1.0}
    else:
        for share in (0.1, 0.5, 0.9):  # F(x) = (eᵗˣ − 1)/(eᵗ − 1)
            x = float(np.quantile(drawn, share))
            assert math.expm1(0.4 * x) / math.expm1(0.4) == pytest.approx(share, abs=0.015)


@pytest.mark.parametrize("logit", [-3.0, -1e-4, 2.0])
def test_continuous_bernoulli_samples_have_its_mean(logit):
    params = torch.full((20_000, 1, 1, 1), logit)
    drawn = ContinuousBernoulli().sample(params, ContinuousBernoulli().parameters(), torch.Generator().manual_seed(0))
    expected = 1 / (1 - math.exp(-logit)) - 1 / logit
    assert drawn.mean().item() == pytest.approx(expected, abs=0.01)


def test_discretized_logistic_samples_are_grey_levels_around_the_mean():
    recipe = DiscretizedLogistic(scale=0.05, learned_scale=False)
    drawn = recipe.sample(torch.full((20_000, 1, 1, 1), 0.5), recipe.parameters(), torch.Generator().manual_seed(0)).flatten()
    torch.testing.assert_close(drawn * 255, (drawn * 255).round(), atol=1e-3, rtol=0)
    for share in (0.1, 0.9):
        assert np.quantile(drawn, share) == pytest.approx(stats.logistic(0.5, 0.05).ppf(share), abs=0.006)


@pytest.mark.parametrize("recipe", [Bernoulli(), ContinuousBernoulli(), Gaussian(), Laplace(), DiscretizedLogistic()])
def test_the_decoder_output_of_a_mean_is_inverted(recipe):
    mean = torch.tensor([0.05, 0.3, 0.5, 0.95], dtype=torch.float64).view(4, 1, 1, 1)
    torch.testing.assert_close(recipe.mean(recipe.inverse_mean(mean)), mean, atol=1e-6, rtol=0)


def test_binary_draws_have_the_grey_value_as_their_rate():
    x = torch.tensor([0.1, 0.8]).view(2, 1, 1, 1).expand(2, 1, 100, 100)
    drawn = Bernoulli(binarize=True).binarize_input(x, torch.Generator().manual_seed(0))
    np.testing.assert_allclose(drawn.mean((1, 2, 3)), [0.1, 0.8], atol=0.02)


def test_uniform_numbers_stay_inside_the_open_interval():
    drawn = uniform_like(torch.zeros(100_000), torch.Generator().manual_seed(0))
    assert drawn.min() > 0 and drawn.max() < 1
    assert drawn.mean().item() == pytest.approx(0.5, abs=0.01)
