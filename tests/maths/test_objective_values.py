"""The terms of every objective on one fixed pass, against NumPy versions of the published formulas."""

import math

import numpy as np
import pytest
import torch
from fixed_pass import BATCH, LATENT, SIGMA, fixed_pass, log_normal, next_normals, numbers
from scipy.special import logsumexp

from vae_core.parts.condition import Condition
from vae_core.parts.networks import MLP
from vae_core.parts.objectives import (
    DIPVAE1,
    DIPVAE2,
    ELBO,
    IWAE,
    VAEGAN,
    Autoencoder,
    BetaTCVAE,
    BetaVAE,
    Capacity,
    FactorVAE,
    InfoVAE,
    MultiRate,
    Perceptual,
)
from vae_core.parts.objectives.info import imq, mmd, rbf
from vae_core.parts.objectives.total_correlation import stratified_log_weights

N_TRAIN = 50


def terms_of(objective, forward, step: int = 0) -> dict[str, tuple[float, float, bool]]:
    """(weight, value, whether a schedule scales it) of each term."""
    found = objective.terms(forward, step=step, n_train=N_TRAIN)
    return {name: (term.weight, term.value.item(), term.annealed) for name, term in found.items()}


def same(found: dict, expected: dict, rel: float = 1e-4) -> None:
    assert found.keys() == expected.keys()
    for name, (weight, value, annealed) in expected.items():
        assert found[name][0] == pytest.approx(weight), f"weight of {name}"
        assert found[name][1] == pytest.approx(value, rel=rel, abs=1e-5), f"value of {name}"
        assert found[name][2] is annealed, f"annealing of {name}"


# --- the pass itself


def test_the_pass_has_the_reparameterized_code_and_the_gaussian_nll():
    """z = μ + exp(½ log σ²) ε, and −log p(x|z) = Σ (x − x̂)²/2s² + log s + ½ log 2π over the six pixels."""
    f = fixed_pass()
    n = numbers(f)
    epsilon = torch.randn(BATCH, LATENT, generator=torch.Generator().manual_seed(7)).double().numpy()
    np.testing.assert_allclose(n.z, n.mean + np.exp(0.5 * n.log_var) * epsilon, rtol=1e-5, atol=1e-6)
    nll = ((n.x - n.params) ** 2 / (2 * SIGMA**2) + math.log(SIGMA) + 0.5 * math.log(2 * math.pi)).sum(1)
    np.testing.assert_allclose(n.nll, nll, rtol=1e-5)
    np.testing.assert_allclose(f.kl.detach(), n.unit_kl.sum(1), rtol=1e-4)


def test_the_pass_of_an_autoencoder_takes_the_mean():
    f = fixed_pass(objective=Autoencoder())
    torch.testing.assert_close(f.z, f.posterior.mean)


def test_encoder_and_decoder_get_gradients_through_the_code():
    """The gradient of the distortion reaches μ and log σ²: ∂z/∂μ = 1 and ∂z/∂log σ² = ½ σ ε."""
    f = fixed_pass()
    at_z, at_mean, at_log_var = torch.autograd.grad(
        f.nll.sum(), [f.z, f.posterior.mean, f.posterior.log_var], retain_graph=True
    )
    torch.testing.assert_close(at_mean, at_z)
    torch.testing.assert_close(at_log_var, 0.5 * at_z * (f.z - f.posterior.mean))


# --- reconstruction and KL


def test_elbo_and_its_weighted_forms():
    f = fixed_pass()
    n = numbers(f)
    reconstruction, kl = n.nll.mean(), n.unit_kl.sum(1).mean()
    same(terms_of(Autoencoder(), f), {"reconstruction": (1, reconstruction, False)})
    same(terms_of(ELBO(), f), {"reconstruction": (1, reconstruction, False), "kl": (1, kl, True)})
    same(terms_of(BetaVAE(beta=2.5), f), {"reconstruction": (1, reconstruction, False), "kl": (2.5, kl, True)})
    same(terms_of(FactorVAE(gamma=9.0), f), {"reconstruction": (1, reconstruction, False), "kl": (1, kl, True)})
    gan = VAEGAN(kl_weight=3.0, pixel_weight=0.4, feature_weight=7.0, adversarial_weight=11.0)
    same(terms_of(gan, f), {"reconstruction": (0.4, reconstruction, False), "kl": (3, kl, True)})
    perceptual = Perceptual(kl_weight=3.0, feature_weight=7.0)
    same(terms_of(perceptual, f), {"reconstruction": (1, reconstruction, False), "kl": (3, kl, True)})


@pytest.mark.parametrize("step", [0, 5, 10, 40])
def test_capacity_is_the_distance_of_the_mean_kl(step):
    """|KL − C(t)|, C(t) = C t/10 up to t = 10 and C after it."""
    f = fixed_pass()
    n = numbers(f)
    kl = float(n.unit_kl.sum(1).mean())
    objective = Capacity(gamma=7.0, capacity=2 * kl, capacity_steps=10)
    at = {0: 0, 5: kl, 10: 2 * kl, 40: 2 * kl}[step]
    assert objective.capacity_at(step) == pytest.approx(at)
    expected = {"reconstruction": (1, n.nll.mean(), False), "capacity_distance": (7, abs(kl - at), True)}
    same(terms_of(objective, f, step), expected)


@pytest.mark.parametrize(("share", "sign"), [(0.5, 1), (2.0, -1)])
def test_capacity_pulls_the_kl_towards_it(share, sign):
    f = fixed_pass()
    objective = Capacity(gamma=1.0, capacity=share * f.rate.item(), capacity_steps=1)
    distance = objective.terms(f, step=1, n_train=N_TRAIN)["capacity_distance"].value
    (found,) = torch.autograd.grad(distance, f.posterior.mean, retain_graph=True)
    torch.testing.assert_close(found, sign * f.posterior.mean / BATCH)  # ∂KL/∂μ = μ


def test_multi_rate_weighs_the_kl_by_the_beta_of_the_condition():
    objective = MultiRate(beta_low=0.5, beta_high=8.0)
    f = fixed_pass(objective=objective, network=MLP(hidden=5), condition=Condition(beta=3.0))
    n = numbers(f)
    expected = {"reconstruction": (1, n.nll.mean(), False), "kl": (3, n.unit_kl.sum(1).mean(), True)}
    same(terms_of(objective, f), expected)


def test_multi_rate_draws_log_beta_uniformly():
    """log β ~ U(log ½, log 8): mean ½ (log ½ + log 8) = log 2, deviation (log 16)/√12."""
    drawn = np.log([MultiRate(beta_low=0.5, beta_high=8.0).draw_beta(0, step) for step in range(600)])
    assert drawn.min() >= math.log(0.5) and drawn.max() <= math.log(8)
    assert drawn.mean() == pytest.approx(math.log(2), abs=0.12)
    assert drawn.std() == pytest.approx(math.log(16) / math.sqrt(12), rel=0.06)


# --- free bits


def test_free_bits_floor_the_batch_mean_of_each_unit():
    """Σ_j max(λ, mean_n KL_nj): λ lies between the units' means, and above some images' own KL of every unit."""
    unit = numbers(fixed_pass()).unit_kl
    floor = float(np.sort(unit.mean(0))[:2].mean())
    assert (unit.mean(0) > floor).any() and (unit.mean(0) < floor).any()
    expected = np.maximum(floor, unit.mean(0)).sum()
    assert abs(np.maximum(floor, unit).mean(0).sum() - expected) > 0.01  # the maximum per image is another number
    f = fixed_pass(free_bits=floor)
    assert f.rate.item() == pytest.approx(expected, rel=1e-4)
    (gradient,) = torch.autograd.grad(f.rate, f.posterior.mean, retain_graph=True)
    above = torch.from_numpy(unit.mean(0) > floor)
    torch.testing.assert_close(gradient, torch.where(above, f.posterior.mean / BATCH, 0.0))


def test_free_bits_of_a_prior_without_unit_kl_are_one_floor():
    kl = fixed_pass(prior={"name": "mixture", "components": 2}).kl.mean().item()
    for floor in (0.5 * kl / LATENT, 2 * kl / LATENT):
        f = fixed_pass(prior={"name": "mixture", "components": 2}, free_bits=floor)
        assert f.rate.item() == pytest.approx(max(kl, LATENT * floor), rel=1e-5)


# --- importance weighting


@pytest.mark.parametrize("k", [1, 4])
def test_iwae_is_the_log_of_the_mean_weight(k):
    """log w = log p(x|z) + log p(z) − log q(z|x) with sampled z, and log (1/k) Σ w: never the analytic KL."""
    f = fixed_pass()
    n = numbers(f)
    epsilon = next_normals(f, *[(BATCH, LATENT)] * (k - 1))
    codes = [n.z, *(n.mean + np.exp(0.5 * n.log_var) * e for e in epsilon)]
    weight = f.model.decoder.trunk[0].weight.detach().double().numpy()
    bias = (f.model.decoder.trunk[0].bias.reshape(-1) + f.model.decoder.bias.reshape(-1)).detach().double().numpy()
    rows = [
        log_normal(n.x, z @ weight.T + bias, 2 * math.log(SIGMA)).sum(1)
        + log_normal(z, 0, 0).sum(1)
        - log_normal(z, n.mean, n.log_var).sum(1)
        for z in codes
    ]
    bound = (logsumexp(rows, axis=0) - math.log(k)).mean()
    same(terms_of(IWAE(samples=k), f), {"negative_iwae": (1, -bound, False)})
    if k == 1:
        assert abs(-bound - (n.nll + n.unit_kl.sum(1)).mean()) > 0.01  # the one-sample bound is not the analytic ELBO


# --- total correlation


def stratified(batch: int, n_train: int) -> np.ndarray:
    """Chen et al. 2018, appendix C.2, entry by entry, M = batch − 1."""
    m = batch - 1
    weights = np.full((batch, batch), 1 / m)
    for i in range(batch):
        weights[i, i] = 1 / n_train
        weights[i, (i + 1) % batch] = (n_train - m) / (n_train * m)
    return weights


@pytest.mark.parametrize(("batch", "n_train"), [(2, 9), (4, 50), (6, 6)])
def test_stratified_weights_are_the_papers(batch, n_train):
    found = stratified_log_weights(batch, n_train, torch.device("cpu")).exp()
    np.testing.assert_allclose(found, stratified(batch, n_train), rtol=1e-5)


def test_beta_tcvae_has_the_papers_parts():
    """I = E[log q(z|x) − log q(z)], TC = E[log q(z) − Σ_j log q(z_j)], the rest E[Σ_j log q(z_j) − log p(z)]."""
    f = fixed_pass()
    n = numbers(f)
    pairs = log_normal(n.z[:, None], n.mean[None], n.log_var[None])  # (i, j, unit)
    log_w = np.log(stratified(BATCH, N_TRAIN))
    log_q_zx = np.array([pairs[i, i].sum() for i in range(BATCH)])
    log_q = logsumexp(pairs.sum(2) + log_w, axis=1)
    log_units = logsumexp(pairs + log_w[:, :, None], axis=1)
    log_p = log_normal(n.z, 0, 0).sum(1)
    expected = {
        "reconstruction": (1, n.nll.mean(), False),
        "mutual_information": (2, (log_q_zx - log_q).mean(), True),
        "total_correlation": (5, (log_q - log_units.sum(1)).mean(), True),
        "dimension_kl": (0.5, (log_units.sum(1) - log_p).mean(), True),
    }
    same(terms_of(BetaTCVAE(alpha=2.0, beta=5.0, gamma=0.5), f), expected)
    in_batch = logsumexp(pairs.sum(2) + np.log(stratified(BATCH, BATCH)), axis=1)
    assert np.abs(in_batch - log_q).mean() > 0.05  # with N = batch the numbers differ


# --- moments and samples


@pytest.mark.parametrize("second_type", [False, True])
def test_dip_penalizes_the_covariance_of_the_codes(second_type):
    """Σ_{i≠j} C_ij² and Σ_i (C_ii − 1)², C = Cov[μ] divided by B, and for type II with E[σ²] on the diagonal."""
    f = fixed_pass()
    n = numbers(f)
    mean = n.mean - n.mean.mean(0)
    c = sum(np.outer(row, row) for row in mean) / BATCH
    if second_type:
        c = c + np.diag(np.exp(n.log_var).mean(0))
    off = sum(c[i, j] ** 2 for i in range(LATENT) for j in range(LATENT) if i != j)
    diagonal = sum((c[i, i] - 1) ** 2 for i in range(LATENT))
    expected = {
        "reconstruction": (1, n.nll.mean(), False),
        "kl": (1, n.unit_kl.sum(1).mean(), True),
        "off_diagonal": (3, off, False),
        "diagonal": (3 if second_type else 30, diagonal, False),
    }
    same(terms_of((DIPVAE2 if second_type else DIPVAE1)(lambda_od=3.0), f), expected)


SCALES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


def kernel(name: str, a: np.ndarray, b: np.ndarray) -> float:
    """Of two codes: mean over s of 2Ds/(2Ds + ‖a − b‖²), or exp(−‖a − b‖²/2D)."""
    squared, latent = ((a - b) ** 2).sum(), len(a)
    if name == "rbf":
        return math.exp(-squared / (2 * latent))
    return float(np.mean([2 * latent * s / (2 * latent * s + squared) for s in SCALES]))


def unbiased_mmd(name: str, a: np.ndarray, b: np.ndarray) -> float:
    """Pairs of distinct codes within each sample, all pairs between them."""
    n, m = len(a), len(b)
    within = lambda s: np.mean([kernel(name, s[i], s[j]) for i in range(len(s)) for j in range(len(s)) if i != j])  # noqa: E731
    return within(a) + within(b) - 2 * np.mean([kernel(name, a[i], b[j]) for i in range(n) for j in range(m)])


@pytest.mark.parametrize("name", ["imq", "rbf"])
def test_info_vae_adds_the_unbiased_mmd_to_the_prior(name):
    f = fixed_pass()
    n = numbers(f)
    (prior,) = next_normals(f, (BATCH, LATENT))
    expected = {
        "reconstruction": (1, n.nll.mean(), False),
        "kl": (0.75, n.unit_kl.sum(1).mean(), True),  # 1 − α
        "mmd": (19.25, unbiased_mmd(name, n.z, prior), False),  # α + λ − 1
    }
    same(terms_of(InfoVAE(alpha=0.25, lambda_mmd=20.0, kernel=name), f), expected)


@pytest.mark.parametrize("name", ["imq", "rbf"])
def test_kernels_at_hand_made_distances(name):
    """‖a − b‖² = 4 and 2D = 4: rbf e⁻¹, imq the mean of s/(s + 1)."""
    a, b = torch.zeros(1, 2), torch.tensor([[2.0, 0.0], [0.0, 0.0]])
    found = {"imq": imq, "rbf": rbf}[name](a, b, 2)
    far = math.exp(-1) if name == "rbf" else float(np.mean([s / (s + 1) for s in SCALES]))
    torch.testing.assert_close(found, torch.tensor([[far, 1.0]]))


@pytest.mark.parametrize("name", ["imq", "rbf"])
def test_mmd_pulls_codes_towards_the_prior(name):
    codes = torch.full((4, 2), 1.5) + 0.1 * torch.arange(8.0).reshape(4, 2)
    codes.requires_grad_()
    prior = 0.1 * torch.arange(8.0).reshape(4, 2)
    (gradient,) = torch.autograd.grad(mmd(codes, prior, name), codes)
    assert (gradient.sum(0) > 0).all()  # descent moves the codes down, to the prior's
