"""Schedules, learning rates, averages and the loss of one training step, by hand."""

import math

import numpy as np
import pytest
import torch
from digit_runs import start_quick_run

from vae_core.common.scaling import scale_array, scale_bytes
from vae_core.config import TrainConfig
from vae_core.parts.schedules import Constant, Cyclical, Linear, Sigmoid
from vae_core.training.loop import learning_rate


def test_schedules_at_hand_made_steps():
    """Linear t/T; sigmoid σ(10 (t/T − ½)); cyclical: M = 4 cycles of 25 steps, a rise over 0.2 of each, then 1."""
    assert [Constant()(step) for step in (0, 7)] == [1, 1]
    assert [Linear(anneal_steps=80)(step) for step in (0, 20, 79, 80, 200)] == [0, 0.25, 79 / 80, 1, 1]
    sigmoid = Sigmoid(anneal_steps=80)
    for step in (0, 20, 40, 79):
        assert sigmoid(step) == pytest.approx(1 / (1 + math.exp(-10 * (step / 80 - 0.5))))
    assert (sigmoid(80), sigmoid(200)) == (1, 1)
    cyclical = Cyclical(anneal_steps=100, cycles=4, ramp=0.2)
    for step, value in {0: 0, 1: 0.2, 4: 0.8, 5: 1, 24: 1, 25: 0, 26: 0.2, 51: 0.2, 77: 0.4, 100: 1, 101: 1}.items():
        assert cyclical(step) == pytest.approx(value, abs=1e-9), step


def test_the_learning_rate_warms_up_and_falls_by_half_a_cosine():
    """(t + 1)/(W + 1) up to 1, times ½ (1 + cos(π t/T))."""
    constant = TrainConfig(learning_rate=0.3, warmup_steps=2, decay="constant", n_steps=8)
    assert [learning_rate(constant, step) for step in (0, 1, 2, 7)] == pytest.approx([0.1, 0.2, 0.3, 0.3])
    cosine = TrainConfig(learning_rate=0.3, warmup_steps=0, decay="cosine", n_steps=8)
    assert [learning_rate(cosine, step) for step in (0, 2, 4, 8)] == pytest.approx(
        [0.3, 0.15 * (1 + math.sqrt(0.5)), 0.15, 0], abs=1e-12
    )


def test_bytes_are_divided_by_255():
    images = np.array([0, 51, 255], np.uint8).reshape(1, 1, 1, 3)
    np.testing.assert_allclose(scale_bytes(torch.from_numpy(images)).flatten(), [0, 0.2, 1])
    np.testing.assert_allclose(scale_array(images).flatten(), [0, 0.2, 1])
    np.testing.assert_allclose(scale_array(np.full((1, 1, 1, 1), 0.3, np.float32)).item(), 0.3, rtol=1e-6)


def test_the_loss_is_the_weighted_sum_with_the_schedule_on_the_kl_alone():
    run = start_quick_run(
        objective={"name": "beta-tcvae", "alpha": 2.0, "beta": 5.0, "gamma": 0.5},
        schedule={"name": "linear", "anneal_steps": 4}, n_steps=3, warmup_steps=0,
    )  # fmt: skip
    record = [run.advance() for _ in range(3)][-1]  # step index 2: the schedule is at ½
    assert record.weights == {"reconstruction": 1, "mutual_information": 1, "total_correlation": 2.5, "dimension_kl": 0.25}
    assert record.loss == pytest.approx(sum(record.weights[name] * record.terms[name] for name in record.terms), rel=1e-5)
    assert record.elbo == -(record.reconstruction + record.kl)


def test_the_estimators_of_a_training_step_get_the_size_of_the_training_set(monkeypatch):
    run, seen = start_quick_run(objective="beta-tcvae"), {}
    terms = type(run.config.objective).terms

    def recorded(self, forward, *, step, n_train):
        seen.update(step=step, n_train=n_train)
        return terms(self, forward, step=step, n_train=n_train)

    monkeypatch.setattr(type(run.config.objective), "terms", recorded)
    run.advance()
    run.advance()
    assert seen == {"step": 1, "n_train": len(run.images)}


def test_the_first_step_of_adam_moves_every_weight_against_its_gradient():
    """Adam's first step is the learning rate times the sign of the gradient."""
    run = start_quick_run(learning_rate=0.01, warmup_steps=0, decay="constant")
    before = [weight.detach().clone() for weight in run.vae.parameters()]
    run.advance()
    for weight, old in zip(run.vae.parameters(), before):
        clear = weight.grad.abs() > 1e-3
        torch.testing.assert_close((weight.detach() - old)[clear], -0.01 * weight.grad.sign()[clear], atol=1e-5, rtol=1e-3)


def test_the_average_follows_the_weights_with_a_rising_decay():
    """θ̄ ← d θ̄ + (1 − d) θ with d = min(ema, (1 + t)/(10 + t)): 0.1 at the first step, 2/11 at the second."""
    run = start_quick_run(ema=0.15, learning_rate=0.01, warmup_steps=0)
    name, weight = next(iter(run.vae.named_parameters()))
    average = dict(run.averaged.named_parameters())[name]
    expected = average.detach().clone()
    for decay in (0.1, 0.15, 0.15):
        run.advance()
        expected = decay * expected + (1 - decay) * weight.detach()
        torch.testing.assert_close(average.detach(), expected, atol=1e-6, rtol=1e-5)


def test_an_epoch_shows_every_image_once_and_the_next_in_another_order():
    run = start_quick_run(batch_size=100)
    first = torch.cat([run.rows(step) for step in range(17)])
    second = torch.cat([run.rows(step) for step in range(17, 34)])
    assert len(first.unique()) == len(second.unique()) == 1700
    assert not torch.equal(first, second)


def test_a_critic_learns_on_another_batch_than_the_model(monkeypatch):
    """FactorVAE: the codes of the second batch are samples of q(z|x) of other images than those just trained on."""
    run, seen = start_quick_run(objective={"name": "factor-vae", "critic_width": 8, "critic_layers": 1}), {}
    loss = type(run.critic).loss

    def recorded(self, forward, second, generator):
        seen.update(first=forward, second=second)
        return loss(self, forward, second, generator)

    monkeypatch.setattr(type(run.critic), "loss", recorded)
    before = [parameter.detach().clone() for parameter in run.critic.parameters()]
    with torch.no_grad():
        run.vae.encoder.head.weight[:3] *= 100  # means of different images are many deviations apart
    run.advance()
    assert seen["second"].shape == seen["first"].z.shape
    posterior = {stream: run.vae.encode(scale_bytes(run.images[run.rows(0, stream)])) for stream in ("epoch", "second epoch")}
    distance = {stream: ((seen["second"] - q.mean) / q.std).std().item() for stream, q in posterior.items()}
    assert 0.7 < distance["second epoch"] < 1.4  # samples of these posteriors, not their means
    assert distance["epoch"] > 3
    assert any(not torch.equal(now, old) for now, old in zip(run.critic.parameters(), before))


def test_the_models_step_leaves_the_critic_alone(monkeypatch):
    run = start_quick_run(objective={"name": "factor-vae", "critic_width": 8, "critic_layers": 1})
    monkeypatch.setattr(run, "_advance_critic", lambda *arguments: None)
    before = [parameter.detach().clone() for parameter in run.critic.parameters()]
    run.advance()
    assert all(parameter.grad is None for parameter in run.critic.parameters())
    assert all(torch.equal(now, old) for now, old in zip(run.critic.parameters(), before))
