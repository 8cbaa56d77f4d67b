"""Conditions and networks: context vectors, scaling of layers, hidden labels, and masks of an autoregressive decoder."""

import math

import numpy as np
import pytest
import torch
from digit_runs import start_quick_run
from torch import nn

from vae_core.common.scaling import scale_bytes
from vae_core.parts.condition import UNKNOWN, Condition, Conditioner, Film, OnLabels, Unconditional
from vae_core.parts.networks import MLP
from vae_core.parts.networks.autoregressive import MaskedConv
from vae_core.parts.networks.network import he_init_

CPU = torch.device("cpu")


def test_labels_become_one_hot_weights_and_the_rest_goes_to_unknown():
    """Two properties of 2 and 3 values: (1, 2), unknown and 0, and a blend of ¼ and ½ whose rest, ¼, is unknown."""
    conditioner = Conditioner(OnLabels(), (2, 3), None)
    labels = torch.tensor([[1, 2], [UNKNOWN, 0]])
    vector = conditioner.to_vector(Condition(labels), 2, CPU)
    assert vector.tolist() == [[0, 1, 0, 0, 1], [0, 0, 1, 0, 0]]
    assert conditioner(vector).tolist() == [[0, 1, 0, 0, 0, 1, 0], [0, 0, 1, 1, 0, 0, 0]]
    blend = Condition(weights=torch.tensor([[0.25, 0.5, 0.0, 1.0, 0.0]]))
    assert conditioner(conditioner.to_vector(blend, 1, CPU)).tolist() == [[0.25, 0.5, 0.25, 0, 1, 0, 0]]
    assert conditioner(conditioner.to_vector(None, 1, CPU)).tolist() == [[0, 0, 1, 0, 0, 0, 1]]
    assert conditioner.width == 7


def test_embedded_labels_are_rows_of_the_table_and_the_last_row_is_unknown():
    conditioner = Conditioner(OnLabels(embedding=4), (3,), None)
    found = conditioner(conditioner.to_vector(Condition(torch.tensor([[1], [UNKNOWN]])), 2, CPU))
    torch.testing.assert_close(found, conditioner.tables[0].weight[[1, 3]])


def test_beta_enters_as_its_logarithm_scaled_to_minus_one_and_one():
    """From ½ to 8: ½ → −1, 2 → 0, 8 → 1; β = 4 → ½. Outside it is the nearer end; without a condition β = 1."""
    conditioner, seen = Conditioner(Unconditional(), (), (0.5, 8.0)), []
    conditioner.rate.register_forward_hook(lambda module, inputs, output: seen.append(inputs[0].flatten().tolist()))
    for beta in (0.5, 2.0, 4.0, 8.0, 100.0, 0.01, None):
        conditioner(conditioner.to_vector(Condition(beta=beta), 1, CPU))
    assert np.array(seen).flatten() == pytest.approx([-1, 0, 0.5, 1, 1, -1, -0.5], abs=1e-6)


def test_film_scales_by_one_plus_gain_and_shifts():
    film = Film(2, 3)
    with torch.no_grad():
        film.matrix.copy_(torch.tensor([[1.0, 0], [0, 2], [0, 0], [5, 0], [0, 0], [0, 7]]))
        film.shift.copy_(torch.tensor([0.0, 0, 0.5, 0, 1, 0]))
        h, c = torch.full((1, 3, 2, 2), 10.0), torch.tensor([[0.1, 0.2]])
        found = film(h, c)[0, :, 1, 0]
    torch.testing.assert_close(found, torch.tensor([10 * 1.1 + 0.5, 10 * 1.4 + 1, 10 * 1.5 + 1.4]))


def test_hidden_labels_are_the_share_that_the_recipe_names():
    run = start_quick_run(conditional={"name": "labels", "label_dropout": 0.25}, batch_size=200)
    hidden = [(run.condition(run.rows(step), step).labels == UNKNOWN).float().mean().item() for step in range(20)]
    assert np.mean(hidden) == pytest.approx(0.25, abs=0.03)
    rows = run.rows(0)
    labels = run.condition(rows, 0).labels[:, 0]
    kept = labels != UNKNOWN
    assert torch.equal(labels[kept], run.labels[rows][kept, 0])


def test_the_condition_reaches_encoder_and_decoder():
    run = start_quick_run(conditional="labels")
    vae, x = run.vae, scale_bytes(run.images[:2])
    known = [Condition(torch.full((2, 1), label)) for label in (3, 8)]
    means = [vae.encode(x, condition).mean for condition in known]
    assert not torch.allclose(*means)
    decoded = [vae.decode(means[0], condition) for condition in known]
    assert not torch.allclose(*decoded)
    repeated = known[0].repeat(3)
    assert repeated.labels.shape == (6, 1)
    assert known[0].rows(slice(1, 2)).labels.tolist() == [[3]]


@pytest.mark.parametrize("see_centre", [False, True])
def test_masks_open_the_pixels_before_the_centre(see_centre):
    mask = MaskedConv(1, 1, 3, see_centre=see_centre).mask
    assert mask.tolist() == [[1, 1, 1], [1, float(see_centre), 0], [0, 0, 0]]
    layer = MaskedConv(1, 1, 3, see_centre=see_centre)
    x = torch.zeros(1, 1, 5, 5, requires_grad=True)
    (gradient,) = torch.autograd.grad(layer(x)[0, 0, 2, 2], x)
    seen = {tuple(at) for at in gradient[0, 0].nonzero().tolist()}
    assert seen <= {(1, 1), (1, 2), (1, 3), (2, 1)} | ({(2, 2)} if see_centre else set())


def test_he_initialization_keeps_the_variance_of_rectified_layers():
    """Deviations √(2/fan-in): a linear layer of 400 inputs; a transposed convolution k4 s2, whose taps are 16/4 per channel."""
    torch.manual_seed(0)
    linear = he_init_(nn.Linear(400, 300))
    assert linear.weight.std().item() == pytest.approx(math.sqrt(2 / 400), rel=0.03)
    transposed = he_init_(nn.ConvTranspose2d(32, 40, 4, 2, 1))
    assert transposed.weight.std().item() == pytest.approx(math.sqrt(2 / (32 * 4)), rel=0.03)


def test_a_fresh_model_starts_at_the_prior_and_at_the_mean_image():
    """The first decoded image is the data's mean: the output bias is the inverse of the likelihood's mean there."""
    run = start_quick_run(network=MLP(hidden=16))
    vae, x = run.vae, scale_bytes(run.images[:64])
    posterior = vae.encode(x)
    assert posterior.mean.abs().max() < 0.3
    assert (posterior.std - 1).abs().max() < 0.2
    with torch.no_grad():
        shown = vae.generate(torch.zeros(1, 3))[0]
    expected = (run.images.float() / 255).mean(0).clamp(0.5 / 255, 1 - 0.5 / 255)
    torch.testing.assert_close(shown, expected, atol=1e-3, rtol=0)
