"""Objectives against known answers and identities."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from digit_runs import digit_images, digits_with_factors, finish_quick_run, forward_pass, generator, start_quick_run

from vae_core.parts.objectives import DIPVAE1, DIPVAE2, BetaTCVAE, Capacity, InfoVAE
from vae_core.parts.objectives.factor import permute_units
from vae_core.parts.objectives.importance import forward_log_weights
from vae_core.parts.objectives.info import mmd
from vae_core.parts.objectives.total_correlation import aggregate_log_prob, stratified_log_weights
from vae_core.parts.posterior import Posterior
from vae_core.parts.schedules import Constant, Cyclical, Linear, Sigmoid


def estimates(log_weights_of, batches: int = 60, n: int = 20_000, size: int = 64) -> tuple[float, float]:
    """(mutual information, total correlation) of five units with μ ~ N(0, 0.96), σ = 0.2 and five at the prior."""
    draw, found = generator(), []
    for _ in range(batches):
        mean = torch.cat([torch.randn(size, 5, generator=draw) * 0.96**0.5, torch.zeros(size, 5)], 1)
        log_var = torch.cat([torch.full((size, 5), 2 * math.log(0.2)), torch.zeros(size, 5)], 1)
        posterior = Posterior(mean, log_var)
        z = posterior.sample(draw)
        joint, units = aggregate_log_prob(posterior, z, log_weights_of(size, n))
        found.append([(posterior.log_prob(z) - joint).mean().item(), (joint - units.sum(1)).mean().item()])
    return tuple(np.mean(found, axis=0))


def test_stratified_sampling_has_its_known_answer():
    """The case that tells a correct estimate from the usual wrong ones, whose parts sum to the KL as well."""
    information, correlation = estimates(lambda size, n: stratified_log_weights(size, n, torch.device("cpu")))
    assert information == pytest.approx(9.4, abs=0.25)
    assert correlation == pytest.approx(-0.9, abs=0.25)
    weighted = estimates(lambda size, n: torch.full((size, size), -math.log(n * size)))
    assert weighted == pytest.approx((14.0, 92.7), abs=0.4)


@pytest.mark.parametrize(("batch", "n"), [(2, 2), (2, 10), (8, 8), (64, 20_000)])
def test_stratified_weights_of_a_row_sum_to_one(batch, n):
    weights = stratified_log_weights(batch, n, torch.device("cpu")).exp()
    torch.testing.assert_close(weights.sum(1), torch.ones(batch))
    torch.testing.assert_close(weights.diagonal(), torch.full((batch,), 1 / n))
    torch.testing.assert_close(weights.sum(0), torch.ones(batch))  # each image stands in for the outside once


def test_the_parts_of_beta_tcvae_are_the_sampled_kl():
    f = forward_pass(start_quick_run().vae)
    parts = BetaTCVAE().terms(f, step=0, n_train=100)
    total = sum(parts[name].value for name in ("mutual_information", "total_correlation", "dimension_kl"))
    torch.testing.assert_close(total, (f.posterior.log_prob(f.z) - f.prior.log_prob(f.z)).mean(), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("recipe", [DIPVAE1(lambda_od=2.0), DIPVAE2(lambda_od=2.0)], ids=str)
def test_dip_covariances_are_numpy_s(recipe):
    f = forward_pass(finish_quick_run(n_steps=20, learning_rate=0.01).vae)
    c = np.cov(f.posterior.mean.detach().numpy().T, bias=True)
    if isinstance(recipe, DIPVAE2):
        c += np.diag(f.posterior.log_var.exp().mean(0).detach().numpy())
    terms = recipe.terms(f, step=0, n_train=100)
    off = (c**2).sum() - (np.diag(c) ** 2).sum()
    assert terms["off_diagonal"].value.item() == pytest.approx(off, rel=1e-4)
    assert terms["diagonal"].value.item() == pytest.approx(((np.diag(c) - 1) ** 2).sum(), rel=1e-4)
    assert terms["diagonal"].weight == (2.0 if isinstance(recipe, DIPVAE2) else 20.0)


def test_iwae_is_the_elbo_at_one_sample_and_tightens():
    vae = finish_quick_run(n_steps=80, learning_rate=5e-3).vae.eval()
    with torch.no_grad():
        elbo = np.mean([(-f.nll - f.kl).mean().item() for f in (forward_pass(vae, seed=s) for s in range(60))])
        weights = torch.cat([forward_log_weights(forward_pass(vae, seed=s), 50) for s in range(1000, 1006)])
    bound = lambda k: (torch.logsumexp(weights.view(-1, k, 16), 1) - math.log(k)).mean().item()  # noqa: E731
    error = weights.mean(1).std().item() / math.sqrt(len(weights))
    assert bound(1) == pytest.approx(elbo, abs=5 * error)
    assert bound(1) < bound(5) < bound(50)


def test_capacity_reaches_its_end():
    recipe = Capacity(gamma=100.0, capacity=4.0, capacity_steps=100)
    assert [recipe.capacity_at(step) for step in (0, 50, 100, 900)] == [0, 2, 4, 4]
    run = finish_quick_run(objective=recipe, n_steps=250, batch_size=64, learning_rate=5e-3)
    assert run.history[-1]["held_out"]["kl"] == pytest.approx(4.0, abs=0.25)


def test_free_bits_hold_their_floor():
    settings = {"n_steps": 400, "batch_size": 64, "latent_dim": 6, "learning_rate": 5e-3}
    settings |= {"objective": {"name": "beta-vae", "beta": 20.0}}
    floored, free = finish_quick_run(free_bits=0.5, **settings), finish_quick_run(**settings)
    assert min(floored.history[-1]["held_out"]["unit_kl"]) > 0.4
    assert min(free.history[-1]["held_out"]["unit_kl"]) < 0.05
    assert all(line["terms"]["kl"] >= 6 * 0.5 - 1e-4 for line in floored.history)


def test_below_the_floor_a_unit_has_no_gradient():
    vae = start_quick_run(free_bits=5.0).vae
    f = forward_pass(vae)
    (gradient,) = torch.autograd.grad(f.rate, f.posterior.mean)
    assert f.rate.item() == 15.0
    assert (gradient == 0).all()


def test_mmd_is_zero_for_equal_distributions_and_not_for_others():
    a, b = torch.randn(500, 4, generator=generator(1)), torch.randn(500, 4, generator=generator(2))
    for kernel in ("imq", "rbf"):
        assert mmd(a, b, kernel).abs() < 0.01
        assert mmd(a, 2 * b + 1, kernel) > 0.1
    terms = InfoVAE(alpha=0.0, lambda_mmd=1.0).terms(forward_pass(start_quick_run().vae), step=0, n_train=10)
    assert (terms["kl"].weight, terms["mmd"].weight) == (1.0, 0.0)  # the VAE


def test_permuting_units_keeps_each_and_breaks_their_ties():
    z = torch.randn(400, 1, generator=generator()).expand(400, 3).contiguous()
    shuffled = permute_units(z, generator(1))
    torch.testing.assert_close(shuffled.sort(0).values, z.sort(0).values)
    assert np.corrcoef(shuffled.numpy().T)[0, 1:].max() < 0.2


@pytest.mark.parametrize(
    "objective",
    [{"name": "factor-vae", "critic_width": 16, "critic_layers": 2}, {"name": "vae-gan", "critic_channels": 4}],
    ids=lambda o: o["name"],
)
def test_critic_and_model_never_share_a_gradient(objective, monkeypatch):
    run = start_quick_run(objective=objective)
    run.advance()
    weights = list(run.vae.parameters())
    kept = [p.grad.clone() for p in weights]
    f = forward_pass(run.vae)
    run._advance_critic(run.critic_training, f)
    assert all(torch.equal(p.grad, g) for p, g in zip(weights, kept)), "the critic's loss reached the model"
    assert all(p.grad is not None for p in run.critic.parameters())
    run.critic.zero_grad(set_to_none=True)
    before = {name: value.clone() for name, value in run.critic.named_parameters()}
    monkeypatch.setattr(run, "_advance_critic", lambda training, forward: None)
    run.advance()
    assert all(p.grad is None for p in run.critic.parameters()), "the model's loss reached the critic"
    assert all(torch.equal(value, before[name]) for name, value in run.critic.named_parameters())
    assert any(p.grad.abs().sum() > 0 for p in run.vae.encoder.parameters())


def test_the_discriminator_of_codes_learns_their_total_correlation():
    """A density ratio with a known answer: two units of correlation ρ have TC = −½ log(1 − ρ²)."""
    from vae_core.parts.objectives.factor import CodeCritic

    torch.manual_seed(0)
    critic, draw, rho = CodeCritic(2, 1.0, 64, 2), generator(), 0.8
    optimizer = torch.optim.Adam(critic.parameters(), lr=3e-3)

    def codes(n: int) -> torch.Tensor:
        z = torch.randn(n, 2, generator=draw)
        return torch.stack([z[:, 0], rho * z[:, 0] + math.sqrt(1 - rho**2) * z[:, 1]], 1)

    for _ in range(600):
        real, fake = critic.logit(codes(256)), critic.logit(permute_units(codes(256), draw))
        optimizer.zero_grad()
        (torch.nn.functional.softplus(-real).mean() + torch.nn.functional.softplus(fake).mean()).backward()
        optimizer.step()
    assert critic.logit(codes(20_000)).mean().item() == pytest.approx(-0.5 * math.log(1 - rho**2), abs=0.08)


def test_schedules():
    assert Constant()(0) == 1
    assert [Linear(100)(s) for s in (0, 25, 100, 500)] == [0, 0.25, 1, 1]
    assert [round(Sigmoid(100)(s), 3) for s in (0, 50, 99, 100)] == [0.007, 0.5, 0.993, 1]
    cyclical = Cyclical(100, cycles=2, ramp=0.5)
    assert [cyclical(s) for s in (0, 10, 25, 49, 50, 75, 100, 120)] == [0, 0.4, 1, 1, 0, 1, 1, 1]


def test_a_schedule_scales_the_kl_only_and_the_history_keeps_raw_values():
    record = start_quick_run(schedule="linear").advance()  # the factor at step 0 is 0
    assert record.loss == pytest.approx(record.terms["reconstruction"])
    assert record.terms["kl"] > 0
    tc = start_quick_run(schedule="linear", objective="beta-tcvae").advance()
    assert tc.loss == pytest.approx(tc.terms["reconstruction"])


def test_a_gradient_that_is_not_finite_keeps_the_last_good_weights():
    from vae_core.training.record import Diverged

    run = start_quick_run()
    run.advance()
    kept = run.state()
    # a finite loss whose gradient is not: √ at 0
    run.vae.decoder.bias.register_hook(lambda g: g * math.nan)
    with pytest.raises(Diverged, match="gradient"):
        run.advance()
    assert all(torch.equal(value, kept[name]) for name, value in run.state().items())
    assert digits_with_factors().shape == run.model.shape


@pytest.mark.slow
def test_up_the_betas_the_rate_falls_and_the_distortion_rises():
    x, rates, distortions = digit_images(500), [], []
    for beta in (0.5, 1, 2, 4, 8, 16):
        settings = {"latent_dim": 4, "n_steps": 250, "batch_size": 64, "learning_rate": 5e-3}
        vae = finish_quick_run(objective={"name": "beta-vae", "beta": beta}, **settings).vae
        with torch.no_grad():
            f = vae(x, generator())
        rates.append(f.kl.mean().item())
        distortions.append(f.nll.mean().item())
    # where every unit is switched off already, two models differ by the noise of their biases
    assert all(after < before + 0.01 for before, after in pairwise(rates))
    assert all(after > before - 0.01 for before, after in pairwise(distortions))
    assert rates[0] > 4 * rates[3]
