"""The diffusion baseline: schedule, noisy images, one sampling step and the U-Net's time input, by formula."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from digit_runs import digits_with_factors
from torch import nn

from vae_core.baselines import GAN, Diffusion, TrainedBaseline, train_baseline
from vae_core.baselines.diffusion import signal_share
from vae_core.baselines.interpolation import interpolate_noise
from vae_core.baselines.unet import Block, UNet
from vae_core.common.seeds import derive_seed

SHAPE = (1, 2, 2)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def share(t: float) -> float:
    """ᾱ(t) = cos²(π/2 (t + 0.008)/1.008)."""
    return min(max(math.cos(math.pi / 2 * (t + 0.008) / 1.008) ** 2, 1e-5), 1 - 1e-5)


def test_the_signal_falls_from_one_to_zero_along_the_cosine():
    found = signal_share(torch.tensor([0.0, 0.25, 0.5, 0.9, 1.0]))
    np.testing.assert_allclose(found, [share(t) for t in (0, 0.25, 0.5, 0.9, 1)], rtol=1e-4)
    assert found[0] > 0.999 and found[-1] < 1e-4


class Constant(nn.Module):
    """Predicts a t + b everywhere; remembers its inputs."""

    def __init__(self, slope: float = 0.0, value: float = 0.2):
        super().__init__()
        self.slope, self.value = slope, nn.Parameter(torch.tensor(value))
        self.seen: list[tuple[torch.Tensor, torch.Tensor]] = []

    def forward(self, x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        self.seen.append((x.detach().clone(), t.detach().clone()))
        return (self.slope * t + self.value)[:, None, None, None].expand_as(x)


def test_a_training_step_mixes_signal_and_noise_and_regresses_on_the_noise():
    """x_t = √ᾱ (2x − 1) + √(1 − ᾱ) ε; L = mean (c − ε)²; one plain gradient step on c."""
    x = torch.rand(5, *SHAPE, generator=generator(1))
    modules = nn.ModuleDict({"unet": Constant()})
    optimizers = {"unet": torch.optim.SGD(modules.parameters(), lr=0.1)}
    loss = Diffusion().step(modules, optimizers, x, generator(2))["noise"]
    draw = generator(2)
    epsilon, t = torch.randn(x.shape, generator=draw), torch.rand(5, generator=draw)
    signal = torch.tensor([share(float(value)) for value in t])[:, None, None, None]
    (noisy, at), *_ = modules["unet"].seen
    torch.testing.assert_close(at, t)
    torch.testing.assert_close(noisy, signal.sqrt() * (2 * x - 1) + (1 - signal).sqrt() * epsilon, atol=1e-5, rtol=1e-4)
    assert loss.item() == pytest.approx(((0.2 - epsilon) ** 2).mean().item(), rel=1e-5)
    gradient = 2 * (0.2 - epsilon.mean().item())
    assert abs(gradient) < 1  # below the bound on the norm
    assert modules["unet"].value.item() == pytest.approx(0.2 - 0.1 * gradient, rel=1e-4)


def sampled(method: str, steps: int, x: np.ndarray, noises: list[np.ndarray], slope: float, value: float) -> np.ndarray:
    """DDIM (Song et al. 2021, eq. 12): σ = 0, or σ² = (1 − b)/(1 − a) (1 − a/b) with fresh noise for DDPM."""
    times = np.linspace(1, 0, steps + 1)
    for now, then in pairwise(times):
        a, b = share(now), share(then)
        image = np.clip((x - math.sqrt(1 - a) * (slope * now + value)) / math.sqrt(a), -1, 1)
        noise = (x - math.sqrt(a) * image) / math.sqrt(1 - a)
        variance = (1 - b) / (1 - a) * (1 - a / b) if method == "ddpm" else 0.0
        x = math.sqrt(b) * image + math.sqrt(1 - b - variance) * noise
        if method == "ddpm" and then > 0:
            x = x + math.sqrt(variance) * noises.pop(0)
    return np.clip((x + 1) / 2, 0, 1)


@pytest.mark.parametrize("method", ["ddim", "ddpm"])
@pytest.mark.parametrize("steps", [1, 4])
def test_sampling_is_the_papers_recursion(method, steps):
    start = 0.6 * torch.randn(3, *SHAPE, generator=generator(3))
    draw = generator(4)
    noises = [torch.randn(start.shape, generator=draw).double().numpy() for _ in range(steps - 1)]
    expected = sampled(method, steps, start.double().numpy(), noises, 0.3, 0.1)
    network = Constant(0.3, 0.1)
    with torch.no_grad():
        found = Diffusion(method=method, sample_steps=steps).generate(network, start, generator(4))
    np.testing.assert_allclose(found, expected, atol=2e-4)
    assert ((expected > 0) & (expected < 1)).any()
    assert [round(t[0].item(), 4) for _, t in network.seen] == [round(1 - i / steps, 4) for i in range(steps)]


def test_a_block_starts_as_its_skip_connection():
    torch.manual_seed(0)
    block = Block(4, 4, 8)
    nn.init.zeros_(block.conv2.bias)
    x = torch.randn(2, 4, 6, 6)
    torch.testing.assert_close(block(x, torch.randn(2, 8)), x)


def test_the_unet_sees_time_as_sines_and_cosines_of_rates_up_to_a_thousand():
    torch.manual_seed(0)
    network, seen = UNet((1, 8, 8), 6), []
    network.embed.register_forward_hook(lambda module, inputs, output: seen.append(inputs[0]))
    t = torch.tensor([0.0, 0.3])
    out = network(torch.randn(2, 1, 8, 8), t)
    rates = np.array([1, math.sqrt(1000), 1000])
    angles = t.numpy()[:, None] * rates
    np.testing.assert_allclose(seen[0].detach(), np.concatenate([np.sin(angles), np.cos(angles)], axis=1), atol=2e-4)
    torch.testing.assert_close(out, network.last.bias[None, :, None, None].expand_as(out))  # no prediction at first


def test_a_walk_between_two_noises_keeps_to_the_great_circle():
    """The ends are the two normal draws; the angle to the first grows evenly."""
    recipe = GAN(latent_dim=3)
    model = TrainedBaseline(recipe, nn.Unflatten(1, (3, 1, 1)), (3, 1, 1), dataset="none", history=[])
    found = interpolate_noise(model, 5, seed=2)[:, :, 0, 0]
    ends = torch.randn(2, 3, generator=generator(derive_seed(2, "walk"))).numpy()
    np.testing.assert_allclose(found[[0, -1]], ends, atol=1e-5)
    angle = math.acos(ends[0] @ ends[1] / np.linalg.norm(ends[0]) / np.linalg.norm(ends[1]))
    at = np.arange(5)[:, None] / 4
    expected = (np.sin((1 - at) * angle) * ends[0] + np.sin(at * angle) * ends[1]) / math.sin(angle)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_the_average_of_a_baseline_follows_its_sampler_with_a_rising_decay():
    run = train_baseline(
        GAN(n_steps=3, channels=2, latent_dim=2, ema=0.15, learning_rate=0.01), digits_with_factors(), device="cpu"
    )
    name = "layers.0.weight"
    expected = run.averaged.get_parameter(name).detach().clone()
    for decay, _ in zip((0.1, 0.15, 0.15), run):
        expected = decay * expected + (1 - decay) * run.modules["generator"].get_parameter(name).detach()
        torch.testing.assert_close(run.averaged.get_parameter(name).detach(), expected, atol=1e-6, rtol=1e-5)
