"""ELBO, importance-weighted bounds and reconstruction errors of linear-Gaussian models, where log p(x) is known."""

import math

import numpy as np
import pytest
import torch
from fixed_pass import LATENT, SIGMA, linear_vae, log_normal, opened
from scipy import stats
from scipy.special import logsumexp

from vae_core.common.seeds import derive_seed, rng
from vae_core.data.dataset import Dataset
from vae_core.evaluation import EvaluationContext
from vae_core.evaluation.likelihood import inference_gap, log_likelihood
from vae_core.evaluation.likelihood.elbo import measure_elbo
from vae_core.evaluation.likelihood.log_likelihood import ImportanceNLL, bits_per_dim
from vae_core.evaluation.likelihood.rate_distortion import rate_distortion_curve
from vae_core.evaluation.likelihood.reconstruction import Reconstruction
from vae_core.parts.condition import Condition
from vae_core.parts.networks import MLP
from vae_core.parts.objectives import IWAE, MultiRate
from vae_core.vae import VAE

SHAPE, PIXELS, N = (1, 3, 4), 12, 14


def pixels() -> np.ndarray:
    return rng(0, "pixels").integers(60, 200, size=(N, *SHAPE), dtype=np.uint8)


def dataset() -> Dataset:
    return Dataset("noise", pixels())


def exact(*, gain: float = 1.0) -> tuple[VAE, np.ndarray]:
    """A linear VAE whose encoder is the true posterior, and log p(x) = log N(x; b, W Wᵀ + σ² I) of ``pixels``.

    The columns of W are orthogonal, so that the posterior covariance (I + WᵀW/σ²)⁻¹ is diagonal. ``gain`` scales the
    posterior mean: at another gain than 1 the posterior is wrong.
    """
    vae = linear_vae(shape=SHAPE)
    w = np.linalg.qr(rng(1, "columns").normal(size=(PIXELS, LATENT)))[0] * [0.8, 0.4, 0.2]
    precision = 1 + (w**2).sum(0) / SIGMA**2
    with torch.no_grad():
        for parameter in vae.parameters():
            parameter.zero_()
        vae.decoder.trunk[0].weight.copy_(torch.from_numpy(w))
        vae.decoder.bias.fill_(0.5)
        to_mean = (w / SIGMA**2 / precision).T * gain
        vae.encoder.head.weight[:LATENT] = torch.from_numpy(to_mean)
        vae.encoder.head.bias[:LATENT] = torch.from_numpy(-0.5 * to_mean.sum(1))
        vae.encoder.head.bias[LATENT:] = 12 * torch.atanh(torch.from_numpy(-np.log(precision)) / 12)
    covariance = w @ w.T + SIGMA**2 * np.eye(PIXELS)
    log_p = stats.multivariate_normal(np.full(PIXELS, 0.5), covariance).logpdf(pixels().reshape(N, PIXELS) / 255)
    return vae.eval(), log_p


def x() -> torch.Tensor:
    return torch.from_numpy(pixels()).float() / 255


@pytest.mark.parametrize("k", [1, 5])
def test_with_the_true_posterior_the_iwae_objective_is_minus_log_p(k):
    """Every weight p(x|z) p(z)/q(z|x) is then p(x) itself: log (1/k) Σ w = log p(x) for every k and every z."""
    vae, log_p = exact()
    f = vae(x(), torch.Generator().manual_seed(0))
    found = IWAE(samples=k).terms(f, step=0, n_train=N)["negative_iwae"].value
    assert found.item() == pytest.approx(-log_p.mean(), abs=1e-3)


def test_the_iwae_objective_goes_from_the_elbo_to_log_p():
    """With a wrong posterior: k = 1 is the ELBO in expectation, large k approaches log p(x)."""
    vae, log_p = exact(gain=-0.2)
    with torch.no_grad():
        passes = [vae(x(), torch.Generator().manual_seed(seed)) for seed in range(40)]
        elbo = np.mean([(-f.nll - f.kl).mean().item() for f in passes])
        bounds = [
            np.mean([-IWAE(samples=k).terms(f, step=0, n_train=N)["negative_iwae"].value.item() for f in passes[:many]])
            for k, many in ((1, 40), (10, 10), (500, 2))
        ]
    assert bounds[0] == pytest.approx(elbo, abs=0.25)
    assert bounds[0] < bounds[1] < bounds[2]
    assert bounds[2] == pytest.approx(log_p.mean(), abs=0.1)
    assert log_p.mean() - elbo > 0.3


def analytic_elbo(vae: VAE) -> tuple[float, float]:
    """(E[−log p(x|z)], KL) in closed form: E ‖x − Wz − b‖² = ‖x − Wμ − b‖² + Σ_j σ_j² ‖W_j‖²."""
    posterior = vae.encode(x())
    mean, var = posterior.mean.detach().double().numpy(), posterior.log_var.detach().double().exp().numpy()
    w = vae.decoder.trunk[0].weight.detach().double().numpy()
    squared = ((pixels().reshape(N, PIXELS) / 255 - 0.5 - mean @ w.T) ** 2).sum(1) + var @ (w**2).sum(0)
    distortion = squared / (2 * SIGMA**2) + PIXELS * (math.log(SIGMA) + 0.5 * math.log(2 * math.pi))
    return distortion.mean(), 0.5 * (mean**2 + var - 1 - np.log(var)).sum(1).mean()


def test_the_measured_elbo_is_minus_distortion_minus_rate():
    vae, _ = exact()
    distortion, rate = analytic_elbo(vae)
    found = [measure_elbo(vae, torch.from_numpy(pixels()), seed=seed, chunk=5) for seed in range(60)]
    assert found[0].elbo == -(found[0].reconstruction + found[0].kl)
    assert found[0].kl == pytest.approx(rate, rel=1e-4)
    assert np.mean([summary.reconstruction for summary in found]) == pytest.approx(distortion, abs=0.2)
    mean = vae.encode(x()).mean.detach().numpy()
    np.testing.assert_allclose(found[0].mean_variance, mean.var(0), rtol=1e-4)
    np.testing.assert_allclose(found[0].unit_kl, vae.encode(x()).kl().mean(0).detach(), rtol=1e-4)
    assert found[0].active_units == (mean.var(0) > 0.01).sum()
    assert found[0].n_images == N
    assert found[0].reconstruction == measure_elbo(vae, torch.from_numpy(pixels()), seed=0, chunk=5).reconstruction


def test_units_at_both_sides_of_the_threshold_are_counted():
    vae, _ = exact()
    with torch.no_grad():
        spread = vae.encode(x()).mean.std(0, correction=0)
        target = torch.tensor([0.3, 0.12, 0.08])  # variances 0.09, 0.0144 and 0.0064
        scale = (target / spread)[:, None]
        vae.encoder.head.weight[:LATENT] *= scale
    assert measure_elbo(vae, torch.from_numpy(pixels())).active_units == 2


def weights_of(vae: VAE, k: int, generator: torch.Generator) -> np.ndarray:
    """log p(x|z) + log p(z) − log q(z|x), (k, N), of codes drawn in the order of ``importance_log_weights``."""
    posterior = vae.encode(x())
    mean, log_var = (t.detach().double().numpy() for t in (posterior.mean, posterior.log_var))
    w = vae.decoder.trunk[0].weight.detach().double().numpy()
    rows = []
    for _ in range(k):
        epsilon = torch.randn(N, LATENT, generator=generator).double().numpy()
        z = mean + np.exp(0.5 * log_var) * epsilon
        log_x = log_normal(pixels().reshape(N, PIXELS) / 255, z @ w.T + 0.5, 2 * math.log(SIGMA)).sum(1)
        rows.append(log_x + log_normal(z, 0, 0).sum(1) - log_normal(z, mean, log_var).sum(1))
    return np.stack(rows)


def test_log_weights_of_the_evaluation_are_the_formula():
    vae, _ = exact(gain=-1.0)
    with torch.no_grad():
        found = log_likelihood.importance_log_weights(vae, x(), 4, torch.Generator().manual_seed(2))
    np.testing.assert_allclose(found, weights_of(vae, 4, torch.Generator().manual_seed(2)), rtol=1e-4, atol=1e-4)


def test_the_nll_is_minus_the_log_mean_weight_with_its_effective_samples():
    """−log (1/k) Σ w per image, mean over images; (Σ w)²/Σ w²; standard error over images with N − 1."""
    vae, _ = exact(gain=-1.0)
    context, metric = EvaluationContext(opened(vae, SHAPE), dataset()), ImportanceNLL(k=6, n_images=N)
    found = metric(context).values
    w = weights_of(vae, 6, torch.Generator().manual_seed(derive_seed(0, "importance")))
    log_p = logsumexp(w, axis=0) - math.log(6)
    assert found["nll"] == pytest.approx(-log_p.mean(), rel=1e-4)
    assert found["nll_standard_error"] == pytest.approx(log_p.std(ddof=1) / math.sqrt(N), rel=1e-3)
    effective = np.exp(w - w.max(0)).sum(0) ** 2 / np.exp(2 * (w - w.max(0))).sum(0)
    assert found["effective_samples"] == pytest.approx(effective.mean(), rel=1e-3)
    assert found["bits_per_dim"] == pytest.approx(-log_p.mean() / PIXELS / math.log(2), rel=1e-4)


def test_bits_per_dim_by_hand():
    assert bits_per_dim(12 * math.log(2), (3, 2, 2)) == pytest.approx(1)
    assert bits_per_dim(-6.0, (1, 2, 3)) == pytest.approx(-1 / math.log(2))


def test_bounds_of_an_image_are_group_means_of_the_same_samples():
    """Six samples: ks 1, 2 and 6 are the mean of six, three and one log-mean weights."""
    vae, _ = exact(gain=-1.0)
    found = inference_gap.importance_bounds(opened(vae, SHAPE), pixels(), (1, 2, 6), seed=0)
    w = weights_of(vae, 6, torch.Generator().manual_seed(derive_seed(0, "gap")))
    pairs = np.stack([logsumexp(w[i : i + 2], axis=0) - math.log(2) for i in (0, 2, 4)]).mean(0)
    np.testing.assert_allclose(found.bound, [w.mean(0), pairs, logsumexp(w, axis=0) - math.log(6)], rtol=1e-4)
    np.testing.assert_allclose(found.elbo, w.mean(0), rtol=1e-4)
    np.testing.assert_allclose(found.rate, vae.encode(x()).kl().sum(1).detach(), rtol=1e-4)
    np.testing.assert_allclose(found.distortion, -found.elbo - found.rate, rtol=1e-6)


def test_with_the_true_posterior_every_bound_is_log_p():
    vae, log_p = exact()
    np.testing.assert_allclose(
        inference_gap.importance_bounds(opened(vae, SHAPE), pixels(), (1, 3)).bound, [log_p, log_p], atol=2e-3
    )


def test_a_rate_distortion_point_is_rate_then_distortion():
    fields = {"network": MLP(hidden=4), "objective": MultiRate(beta_low=0.5, beta_high=8.0)}
    vae = linear_vae(shape=SHAPE, **fields)
    found = rate_distortion_curve(opened(vae, SHAPE, **fields), pixels(), [0.5, 8.0])
    for beta, (rate, distortion) in zip((0.5, 8.0), found):
        summary = measure_elbo(vae, torch.from_numpy(pixels()), condition=Condition(beta=beta))
        assert (rate, distortion) == (summary.kl, summary.reconstruction)
    assert found[0] != found[1]


def test_reconstruction_errors_are_of_the_decoded_mean():
    vae, _ = exact()
    found = Reconstruction(n_images=N)(EvaluationContext(opened(vae, SHAPE), dataset())).values
    w = vae.decoder.trunk[0].weight.detach().numpy()
    shown = np.clip(vae.encode(x()).mean.detach().numpy() @ w.T + 0.5, 0, 1)
    error = shown - pixels().reshape(N, PIXELS) / 255
    assert found["mse"] == pytest.approx((error**2).mean(), rel=1e-4)
    assert found["mae"] == pytest.approx(np.abs(error).mean(), rel=1e-4)
