"""Critics, discriminators and the GAN: values on stand-in networks, the direction of each step, and detached inputs."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from fixed_pass import BATCH, LATENT, fixed_pass, next_normals, numbers
from torch import nn

from vae_core.baselines import GAN
from vae_core.parts.discriminators import Discriminator, adversarial_adam, feature_distance, hinge_loss
from vae_core.parts.objectives import VAEGAN, FactorVAE, Perceptual
from vae_core.parts.objectives.factor import CodeCritic, permute_units
from vae_core.parts.objectives.perceptual import FixedFeatures
from vae_core.parts.objectives.vae_gan import ImageCritic


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def softplus(x: np.ndarray) -> np.ndarray:
    return np.log1p(np.exp(x))


# --- FactorVAE


class Logit(nn.Module):
    """w · z + b, (B, 1); remembers its inputs."""

    def __init__(self, weight: list[float], bias: float = 0.0):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.tensor(weight)), nn.Parameter(torch.tensor(bias))
        self.seen: list[torch.Tensor] = []

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        self.seen.append(z)
        return (z @ self.weight + self.bias)[:, None]


def code_critic(gamma: float = 3.0) -> CodeCritic:
    critic = CodeCritic(LATENT, gamma, 4, 1)
    critic.logit = Logit([0.5, -1.0, 2.0], 0.3)
    return critic


def test_factor_vae_adds_gamma_times_the_mean_logit():
    """log D/(1 − D) is the logit itself, and its mean over q(z) the total correlation."""
    f = fixed_pass()
    term = code_critic().terms(f)["total_correlation"]
    assert (term.weight, term.annealed) == (3.0, False)
    logit = numbers(f).z @ [0.5, -1.0, 2.0] + 0.3
    assert term.value.item() == pytest.approx(logit.mean(), rel=1e-5)
    (gradient,) = torch.autograd.grad(term.value, f.z, retain_graph=True)
    torch.testing.assert_close(gradient, torch.tensor([[0.5, -1.0, 2.0]]).expand(BATCH, 3) / BATCH)


def test_the_code_critic_minimizes_the_cross_entropy_of_its_two_classes():
    """½ (E[−log σ(D(z))] + E[−log(1 − σ(D(z̃)))]); the second batch is constant, so that no order of it matters."""
    f, critic = fixed_pass(), code_critic()
    second = torch.tensor([[0.2, -0.4, 0.7]]).expand(BATCH, 3)
    real = numbers(f).z @ [0.5, -1.0, 2.0] + 0.3
    fake = 0.2 * 0.5 + 0.4 + 1.4 + 0.3
    loss = critic.loss(f, second, generator())
    assert loss.item() == pytest.approx(0.5 * (softplus(-real).mean() + softplus(np.array(fake))), rel=1e-5)
    # ∂/∂b = ½ (mean σ(D(z̃)) − mean σ(−D(z)))
    (gradient,) = torch.autograd.grad(loss, critic.logit.bias, retain_graph=True)
    sigmoid = lambda x: 1 / (1 + np.exp(-x))  # noqa: E731
    assert gradient.item() == pytest.approx(0.5 * (sigmoid(fake) - sigmoid(-real).mean()), rel=1e-4)


def test_a_step_of_the_code_critic_raises_real_and_lowers_permuted_codes():
    torch.manual_seed(0)
    f, critic = fixed_pass(), CodeCritic(LATENT, 1.0, 16, 2)
    second = 5 + fixed_pass(1).z.detach()
    logits = lambda: (critic.logit(f.z).mean().item(), critic.logit(second).mean().item())  # noqa: E731
    before = logits()
    optimizer = torch.optim.SGD(critic.parameters(), lr=1e-3)
    critic.loss(f, second, generator()).backward()
    optimizer.step()
    after = logits()
    assert after[0] - after[1] > before[0] - before[1]


def test_the_code_critic_sees_detached_codes_and_a_permuted_second_batch():
    f, critic = fixed_pass(), code_critic()
    second = fixed_pass(1).z
    loss = critic.loss(f, second, generator())
    assert torch.autograd.grad(loss, [f.z, second], allow_unused=True, retain_graph=True) == (None, None)
    real, permuted = critic.logit.seen
    torch.testing.assert_close(real, f.z.detach())
    torch.testing.assert_close(permuted.sort(0).values, second.detach().sort(0).values)  # unit by unit the same values
    assert not torch.allclose(permuted, second.detach())
    rows = {tuple(row) for row in second.detach().tolist()}
    assert not all(tuple(row) in rows for row in permuted.tolist())  # the units are permuted apart from each other


def test_permuted_units_stay_in_their_columns():
    z = torch.arange(30.0).reshape(10, 3)
    found = permute_units(z, generator(1))
    torch.testing.assert_close(found.sort(0).values, z)
    orders = found.argsort(0)
    assert not torch.equal(orders[:, 0], orders[:, 1])


def test_the_code_critic_has_leaky_layers_and_follows_a_changed_gamma():
    critic = FactorVAE(gamma=4.0, critic_width=5, critic_layers=2).critic(3, None)
    assert critic.gamma == 4.0
    assert [type(layer).__name__ for layer in critic.logit] == ["Linear", "LeakyReLU", "Linear", "LeakyReLU", "Linear"]
    assert critic.logit[1].negative_slope == 0.2
    critic.update(FactorVAE(gamma=6.0))
    assert critic.gamma == 6.0
    assert critic.optimizer().param_groups[0]["betas"] == (0.5, 0.9)
    assert critic.optimizer().param_groups[0]["lr"] == 1e-4
    assert critic.second_batch


# --- losses of discriminators


def test_hinge_at_hand_made_logits():
    """E[max(0, 1 − real)] = (0 + 2 + ½)/3 and E[max(0, 1 + fake)] = (0 + 2 + 1 + 0)/4."""
    loss = hinge_loss(torch.tensor([2.0, -1.0, 0.5]), torch.tensor([-2.0, 1.0, 0.0, -1.0]))
    assert loss.item() == pytest.approx(2.5 / 3 + 3 / 4)


def test_hinge_raises_real_and_lowers_fake_logits():
    real, fake = torch.zeros(2, requires_grad=True), torch.zeros(4, requires_grad=True)
    at_real, at_fake = torch.autograd.grad(hinge_loss(real, fake), [real, fake])
    torch.testing.assert_close(at_real, torch.full((2,), -0.5))
    torch.testing.assert_close(at_fake, torch.full((4,), 0.25))


def test_feature_distance_sums_channels_and_layers_and_averages_positions():
    """Layer 1: two images, two channels, one position: ½ (1 + 4) and ½ (0 + 9), mean 3.5. Layer 2: one channel, two
    positions: ½ of 1, 1, 4, 0, mean 0.75."""
    zero = [torch.zeros(2, 2, 1, 1), torch.zeros(2, 1, 1, 2)]
    a = [torch.tensor([[1.0, 2.0], [0.0, 3.0]]).view(2, 2, 1, 1), torch.tensor([[1.0, -1.0], [2.0, 0.0]]).view(2, 1, 1, 2)]
    assert feature_distance(a, zero).item() == pytest.approx(3.5 + 0.75)


def test_discriminator_of_a_grey_image_is_its_bias_and_layers_are_leaky():
    """An image of ½ is 0 after 2x − 1: without biases every feature is 0, and the logit is its own bias."""
    torch.manual_seed(0)
    network = Discriminator((1, 16, 8), 2).eval()
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name.endswith("bias"):
                parameter.zero_()
        network.logit.bias.fill_(0.7)
        logit, features = network(torch.full((2, 1, 16, 8), 0.5))
        torch.testing.assert_close(logit, torch.full((2,), 0.7))
        assert [tuple(f.shape) for f in features] == [(2, 2, 8, 4)]
        x = torch.rand(2, 1, 16, 8, generator=generator())
        _, features = network(x)
        expected = F.leaky_relu(F.conv2d(2 * x - 1, network.layers[0].weight, None, 2, 1), 0.2)
        torch.testing.assert_close(features[0], expected)


def test_every_layer_of_a_discriminator_has_spectral_norm_one():
    torch.manual_seed(0)
    network = Discriminator((1, 8, 8), 2)
    with torch.no_grad():
        for _ in range(50):  # each pass in training mode is a step of the power iteration
            network(torch.rand(1, 1, 8, 8))
        for layer in (network.layers[0], network.logit):
            assert torch.linalg.matrix_norm(layer.weight.flatten(1), 2).item() == pytest.approx(1, abs=0.01)


def test_adversaries_have_adam_with_little_momentum():
    group = adversarial_adam(nn.Linear(1, 1), 3e-4).param_groups[0]
    assert (group["lr"], group["betas"]) == (3e-4, (0.5, 0.99))


# --- VAE-GAN and perceptual features


class Judge(nn.Module):
    """Logit = w · Σ pixels + b; one feature map, the image times 2w."""

    def __init__(self, weight: float):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.tensor(weight)), nn.Parameter(torch.tensor(0.0))
        self.seen: list[torch.Tensor] = []

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, list[torch.Tensor]]:
        self.seen.append(x)
        return self.weight * x.flatten(1).sum(1) + self.bias, [2 * self.weight * x]


def image_critic(weight: float = 0.05) -> ImageCritic:
    recipe = VAEGAN(feature_weight=30.0, adversarial_weight=4.0, critic_channels=1)
    critic = recipe.critic(LATENT, type("Images", (), {"shape": (1, 8, 8)}))
    critic.discriminator = Judge(weight)
    return critic


def decoded(f, z: np.ndarray) -> np.ndarray:
    """The clamped Gaussian means of the linear decoder, (B, pixels)."""
    trunk = f.model.decoder.trunk[0]
    out = z @ trunk.weight.detach().double().numpy().T + trunk.bias.detach().double().numpy()
    return np.clip(out + f.model.decoder.bias.detach().double().numpy().reshape(-1), 0, 1)


def test_vae_gan_has_feature_distance_and_minus_the_verdict_on_samples():
    """Features 2wx: Σ over one layer of mean ½ (2w)² (x − x̃)² = 2w² · mean (x − x̃)². Verdict: −mean w Σ x̃_p."""
    f, critic = fixed_pass(), image_critic()
    n = numbers(f)
    (codes,) = next_normals(f, (BATCH, LATENT))
    terms = critic.terms(f)
    assert {name: (term.weight, term.annealed) for name, term in terms.items()} == {
        "features": (30.0, False),
        "adversarial": (4.0, False),
    }
    shown = np.clip(n.params, 0, 1)
    assert terms["features"].value.item() == pytest.approx(2 * 0.05**2 * ((n.x - shown) ** 2).mean(), rel=1e-4)
    assert terms["adversarial"].value.item() == pytest.approx(-0.05 * decoded(f, codes).sum(1).mean(), rel=1e-4)


def test_vae_gan_moves_the_decoder_towards_a_higher_verdict():
    """∂/∂bias of −mean w Σ x̃ is −w times the share of unclamped pixels: descent brightens where the judge likes it."""
    f, critic = fixed_pass(), image_critic()
    (codes,) = next_normals(f, (BATCH, LATENT))
    (gradient,) = torch.autograd.grad(critic.terms(f)["adversarial"].value, f.model.decoder.bias, retain_graph=True)
    image = decoded(f, codes)
    inside = ((image > 0) & (image < 1)).mean(0)
    np.testing.assert_allclose(gradient.flatten(), -0.05 * inside, atol=1e-6)
    assert inside.max() > 0


def test_the_verdict_never_reaches_the_encoder():
    f, critic = fixed_pass(), image_critic()
    adversarial = critic.terms(f)["adversarial"].value
    found = torch.autograd.grad(adversarial, list(f.model.encoder.parameters()), allow_unused=True, retain_graph=True)
    assert all(gradient is None for gradient in found)


def test_the_image_critic_learns_by_hinge_from_data_reconstructions_and_samples():
    f, critic = fixed_pass(), image_critic()
    n = numbers(f)
    (codes,) = next_normals(f, (BATCH, LATENT))
    fake = np.concatenate([np.clip(n.params, 0, 1), decoded(f, codes)])
    loss = critic.loss(f, None, generator())
    expected = np.maximum(0, 1 - 0.05 * n.x.sum(1)).mean() + np.maximum(0, 1 + 0.05 * fake.sum(1)).mean()
    assert loss.item() == pytest.approx(expected, rel=1e-5)
    assert torch.autograd.grad(loss, [f.params, f.z], allow_unused=True, retain_graph=True) == (None, None)
    assert not any(seen.requires_grad for seen in critic.discriminator.seen)
    (gradient,) = torch.autograd.grad(loss, critic.discriminator.weight)
    assert gradient.item() == pytest.approx(fake.sum(1).mean() - n.x.sum(1).mean(), rel=1e-4)


def test_the_features_of_the_data_are_a_constant_target():
    """The gradient on the discriminator's w flows through the reconstruction's side alone: ∂/∂w mean ½ (2wx̃ − t)²."""
    f, critic = fixed_pass(), image_critic()
    n = numbers(f)
    (gradient,) = torch.autograd.grad(critic.terms(f)["features"].value, critic.discriminator.weight, retain_graph=True)
    shown = np.clip(n.params, 0, 1)
    assert gradient.item() == pytest.approx((2 * 0.05 * (shown - n.x) * 2 * shown).mean(), rel=1e-4)


def test_perceptual_features_are_those_after_each_relu():
    """One 1×1 convolution of factor 2 and bias −0.5, a ReLU: ½ mean (relu(2x − ½) − relu(2x̃ − ½))²."""
    network = nn.Sequential(nn.Conv2d(1, 1, 1), nn.ReLU())
    with torch.no_grad():
        network[0].weight.fill_(2.0)
        network[0].bias.fill_(-0.5)
    f, critic = fixed_pass(), FixedFeatures(5.0, network)
    n = numbers(f)
    term = critic.terms(f)["features"]
    relu = lambda x: np.maximum(0, 2 * x - 0.5)  # noqa: E731
    expected = 0.5 * ((relu(np.clip(n.params, 0, 1)) - relu(n.x)) ** 2).mean()
    assert (term.weight, term.annealed) == (5.0, False)
    assert term.value.item() == pytest.approx(expected, rel=1e-4)
    assert not any(parameter.requires_grad for parameter in critic.parameters())
    assert not critic.learns
    critic.update(Perceptual(feature_weight=8.0))
    assert critic.weight == 8.0


# --- GAN


class Shift(nn.Module):
    """z to an image of one pixel: a z + c, whose gradient needs the graph of a product."""

    def __init__(self):
        super().__init__()
        self.scale, self.shift = nn.Parameter(torch.tensor(0.3)), nn.Parameter(torch.tensor(0.1))

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return (self.scale * z + self.shift)[:, :, None, None]


def test_a_gan_step_has_the_hinge_losses_and_moves_both_players_their_way():
    """L_D = E[max(0, 1 − D(x))] + E[max(0, 1 + D(G(z)))] with the judge before its step; L_G = −E[D(G(z))] with the one
    after it. Plain gradient steps of 0.1, so that the new weights follow by hand."""
    modules = nn.ModuleDict({"generator": Shift(), "discriminator": Judge(0.5)})
    optimizers = {name: torch.optim.SGD(module.parameters(), lr=0.1) for name, module in modules.items()}
    x = torch.tensor([0.9, 0.7, 0.8]).view(3, 1, 1, 1)
    z = torch.randn(3, 1, generator=generator(5)).double().numpy()[:, 0]
    fake = 0.3 * z + 0.1
    losses = GAN(latent_dim=1).step(modules, optimizers, x, generator(5))
    real_loss, fake_loss = np.maximum(0, 1 - 0.5 * x.numpy().flatten()), np.maximum(0, 1 + 0.5 * fake)
    assert losses["discriminator"].item() == pytest.approx(real_loss.mean() + fake_loss.mean(), rel=1e-5)
    # all margins are open: ∂L_D/∂w = mean fake − mean x, ∂L_D/∂b = −1 + 1
    w = 0.5 - 0.1 * (fake.mean() - 0.8)
    judge, make = modules["discriminator"], modules["generator"]
    assert judge.weight.item() == pytest.approx(w, rel=1e-5)
    assert judge.bias.item() == pytest.approx(0, abs=1e-7)
    assert losses["generator"].item() == pytest.approx(-(w * fake).mean(), rel=1e-4)
    # ∂L_G/∂c = −w and ∂L_G/∂a = −w mean z
    assert make.shift.item() == pytest.approx(0.1 + 0.1 * w, rel=1e-5)
    assert make.scale.item() == pytest.approx(0.3 + 0.1 * w * z.mean(), rel=1e-5)
    # the judge's gradient is that of its own loss alone
    assert judge.weight.grad.item() == pytest.approx(fake.mean() - 0.8, rel=1e-5)


def test_gan_players_have_their_own_learning_rates():
    recipe = GAN(latent_dim=2, channels=2, learning_rate=1e-4, critic_rate=7e-4)
    optimizers = recipe.optimizers(recipe.build((1, 8, 8)))
    assert optimizers["generator"].param_groups[0]["lr"] == 1e-4
    assert optimizers["discriminator"].param_groups[0]["lr"] == 7e-4
