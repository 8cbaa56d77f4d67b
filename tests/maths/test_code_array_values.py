"""Codes as arrays: interpolation, planes, projection, unit matching, label leak, mixtures, directions and gradients."""

import math

import numpy as np
import pytest
import torch
from fixed_pass import LATENT, SIGMA, linear_vae, opened
from scipy import stats
from sklearn.manifold import trustworthiness

from vae_core.analysis.atlas import LatentAtlas
from vae_core.analysis.code_mixture import CodeMixture, fit_mixture
from vae_core.analysis.directions import attribute_vector
from vae_core.analysis.gradients import GradientDraws, gradient_draws, likelihood_gradients
from vae_core.analysis.unit_matching import match_units, seed_groups, shared_rows, unit_correlations
from vae_core.checkpoints.trained_vae import TrainedVAE
from vae_core.common.seeds import derive_seed, rng
from vae_core.data.dataset import Dataset
from vae_core.latent.label_leak import label_leak
from vae_core.latent.projection import project, trustworthiness_of
from vae_core.latent.traversal import codes_on_plane, interpolate, traverse
from vae_core.runs.frames import FrameRenderer

# --- paths and planes


def test_interpolation_on_the_line_and_on_the_great_circle():
    """Between (1, 0) and (0, 2) at a quarter: the line (0.75, 0.5); the circle sin 67.5° (1, 0) + sin 22.5° (0, 2)."""
    a, b = np.array([1.0, 0.0]), np.array([0.0, 2.0])
    np.testing.assert_allclose(interpolate(a, b, 5)[1], [0.75, 0.5], atol=1e-6)
    arc = interpolate(a, b, 5, spherical=True)
    np.testing.assert_allclose(arc[1], [math.sin(math.radians(67.5)), 2 * math.sin(math.radians(22.5))], atol=1e-6)
    np.testing.assert_allclose(arc[[0, -1]], [a, b], atol=1e-6)
    sharp = interpolate(np.array([1.0, 0.0]), np.array([3.0, 3.0]), 3, spherical=True)  # 45°, where sin(angle) is not 1
    half = math.sin(math.radians(22.5)) / math.sin(math.radians(45))
    np.testing.assert_allclose(sharp[1], [4 * half, 3 * half], atol=1e-6)


def test_planes_and_traversals_set_the_named_units():
    found = codes_on_plane(np.array([7.0, 8.0, 9.0]), (2, 0), np.array([-1.0, 1.0]), np.array([0.0, 5.0]))
    np.testing.assert_array_equal(found, [[[5, 8, -1], [5, 8, 1]], [[0, 8, -1], [0, 8, 1]]])
    moved = traverse(np.array([7.0, 8.0]), [1], np.array([-2.0, 0.0, 2.0]))
    np.testing.assert_array_equal(moved, [[[7, -2], [7, 0], [7, 2]]])


# --- projection


def flat_codes() -> np.ndarray:
    """Four units around a mean that is not 0, with deviations of about 1, 5, 0.1 and 2."""
    return rng(0, "flat").standard_normal((200, 4)) * [1.0, 5.0, 0.1, 2.0] + [10.0, 0.0, -3.0, 1.0]


def test_pca_keeps_the_two_widest_directions_of_centred_codes():
    codes = flat_codes()
    found = project(codes, "pca")
    values, vectors = np.linalg.eigh(np.cov(codes, rowvar=False))
    axes = vectors[:, [3, 2]].T
    axes *= np.sign(axes[range(2), np.abs(axes).argmax(1)])[:, None]
    np.testing.assert_allclose(found.axes, axes, atol=1e-9)
    np.testing.assert_allclose(found.xy, (codes - codes.mean(0)) @ axes.T, atol=1e-6)
    np.testing.assert_allclose(found.explained, values[[3, 2]] / values.sum())
    np.testing.assert_allclose(found.inverse(np.array([[2.0, -1.0]])), codes.mean(0) + 2 * axes[:1] - axes[1:], rtol=1e-5)


def test_two_units_are_their_own_plane_with_their_shares_of_the_variance():
    codes = flat_codes()[:, :2]
    found = project(codes, "pca")
    np.testing.assert_array_equal(found.xy, codes)
    np.testing.assert_allclose(found.explained, codes.var(0) / codes.var(0).sum())
    np.testing.assert_allclose(found.inverse(codes[:3]), codes[:3], rtol=1e-6)


def test_trustworthiness_compares_the_map_with_the_codes():
    codes = flat_codes()
    bent = np.abs(codes[:, :2])
    rows = rng(0, "trust").permutation(200)
    assert trustworthiness_of(codes, bent, 0) == pytest.approx(trustworthiness(codes[rows], bent[rows], n_neighbors=15))
    assert trustworthiness_of(codes, bent, 0) != pytest.approx(trustworthiness(bent[rows], codes[rows], n_neighbors=15))
    assert trustworthiness_of(codes[:30], bent[:30], 0) is None


def model() -> TrainedVAE:
    return opened(linear_vae())


def noise(n: int = 60) -> Dataset:
    return Dataset("noise", rng(0, "noise images").integers(0, 256, size=(n, 1, 2, 3), dtype=np.uint8))


def test_a_frame_is_turned_to_the_one_before_by_procrustes():
    """The frame before is the same map turned by 50°: the orthogonal matrix that fits it best is that turn."""
    plain = FrameRenderer(noise(), 0).render(model())["xy"].astype(np.float64)
    c, s = math.cos(math.radians(50)), math.sin(math.radians(50))
    turned = plain @ np.array([[c, -s], [s, c]])
    renderer = FrameRenderer(noise(), 0)
    renderer.align_to({"xy": turned})
    found = renderer.render(model())["xy"].astype(np.float64)
    np.testing.assert_allclose(found, turned, atol=0.01 * np.abs(turned).max())
    assert np.abs(plain - turned).max() > 0.3 * np.abs(turned).max()


# --- units of two models


def test_unit_correlations_are_numpys_and_zero_for_constant_units():
    a, b = flat_codes(), flat_codes()[:, [3, 0]] * [-1.0, 2.0] + rng(1, "noise").standard_normal((200, 2))
    expected = np.corrcoef(a.T, b.T)[:4, 4:]
    np.testing.assert_allclose(unit_correlations(a, b), expected)
    assert expected[3, 0] < -0.5
    constant = np.column_stack([b, np.full(200, 3.0)])
    np.testing.assert_allclose(unit_correlations(a, constant), np.column_stack([expected, np.zeros(4)]), atol=1e-12)


def test_matched_units_have_the_largest_sum_of_absolute_correlations():
    """Greedy would take (0, 0) for 0.9 and leave 0.1; the best sum is 0.8 + 0.85, the stronger pair first."""
    assert match_units(np.array([[0.9, -0.8], [-0.85, 0.1]])) == [(1, 0), (0, 1)]
    assert match_units(np.array([[0.1, 0.2, -0.7]])) == [(0, 2)]


def test_shared_rows_hold_the_same_images_in_one_order():
    atlases = [
        LatentAtlas(np.array(index), np.zeros((len(index), 1)), np.ones((len(index), 1)), np.zeros(len(index)))
        for index in ([3, 5, 8, 9], [9, 1, 5], [5, 7, 9])
    ]
    rows = shared_rows(*atlases)
    assert [atlas.index[r].tolist() for atlas, r in zip(atlases, rows)] == [[5, 9]] * 3


def test_models_are_grouped_where_only_their_seeds_differ():
    configs = {"a": {"seed": 0, "beta": 1}, "b": {"seed": 1, "beta": 1}, "c": {"seed": 2, "beta": 4}}
    assert seed_groups(configs) == {"a": ["a", "b"]}


# --- what codes know


def test_label_leak_is_the_accuracy_on_the_half_that_did_not_train_the_probe():
    """Forty units of noise and forty images to learn from: by heart on those, by chance on the others. Two thirds of all
    labels are 0, which is chance."""
    labels = np.tile([0, 0, 1], 27)
    codes = rng(0, "leak codes").standard_normal((81, 40))
    found = label_leak(codes, labels)
    held = labels[rng(0, "leak").permutation(81)[40:]]
    assert (found.n_train, found.n_test) == (40, 41)
    assert found.chance == pytest.approx(np.bincount(held).max() / 41)
    assert found.accuracy < 0.8
    assert label_leak(codes[:, :1] + 100 * labels[:, None], labels).accuracy == 1.0


def test_label_leak_standardizes_the_units():
    """A narrow unit that holds the label beside a wide one of noise: without z-scores the regression barely sees it."""
    labels = np.tile([0, 1], 100)
    codes = np.column_stack([1e-4 * labels, 50 * rng(0, "wide").standard_normal(200)])
    assert label_leak(codes, labels).accuracy == 1.0


def test_an_attribute_vector_points_to_the_images_that_have_it():
    codes = np.array([[0.0, 1.0], [4.0, 3.0], [2.0, 1.0], [6.0, 7.0]])
    np.testing.assert_allclose(attribute_vector(codes, np.array([False, True, False, True])), [4, 4])


# --- densities of codes


def atlas() -> LatentAtlas:
    draw = rng(0, "atlas")
    mean = draw.standard_normal((3000, 2)) * [0.1, 2.0]
    return LatentAtlas(np.arange(3000), mean, np.tile([1.5, 0.2], (3000, 1)), np.zeros(3000))


def test_an_atlas_has_the_kl_the_order_and_the_activity_of_its_units():
    found = atlas()
    kl = 0.5 * (found.mean**2 + found.std**2 - 1) - np.log(found.std)
    np.testing.assert_allclose(found.kl, kl)
    assert found.order.tolist() == [1, 0]
    narrow = LatentAtlas(found.index, found.mean * [0.9, 1.0], found.std, found.nll)
    assert narrow.active.tolist() == [False, True]  # variances 0.0081 and 4


def test_a_code_mixture_is_scipys_density_and_samples_it():
    weights, means = np.array([0.3, 0.7]), np.array([[0.0, 0.0], [4.0, -2.0]])
    factors = np.array([[[1.0, 0.0], [0.5, 0.4]], [[0.3, 0.0], [-0.6, 2.0]]])
    mixture = CodeMixture(weights, means, factors)
    z = rng(0, "z").standard_normal((5, 2)) * 3
    parts = [w * stats.multivariate_normal(m, f @ f.T).pdf(z) for w, m, f in zip(weights, means, factors)]
    np.testing.assert_allclose(mixture.log_prob(z), np.log(sum(parts)))
    drawn = mixture.sample(20_000, 0)
    np.testing.assert_allclose(drawn.mean(0), weights @ means, atol=0.06)
    within = sum(w * f @ f.T for w, f in zip(weights, factors))
    between = 0.21 * np.outer(means[1], means[1])
    np.testing.assert_allclose(np.cov(drawn, rowvar=False), within + between, rtol=0.06, atol=0.08)


def test_a_fitted_mixture_is_of_samples_not_of_means():
    """One component: covariance = Var[μ] + σ² per unit."""
    found = fit_mixture(atlas(), 1)
    covariance = found.factors[0] @ found.factors[0].T
    np.testing.assert_allclose(np.diag(covariance), [0.01 + 2.25, 4 + 0.04], rtol=0.08)


# --- gradients


def draws(n: int = 6) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    mean, std = np.array([0.7, -1.2]), np.array([0.5, 0.8])
    epsilon = torch.randn(n, 2, generator=torch.Generator().manual_seed(derive_seed(0, "gradients"))).double().numpy()
    return mean + std * epsilon, epsilon, std


def test_gradient_estimators_are_their_formulas():
    """f(z) = z₁² + 3 z₂: pathwise (2z₁, 3); score f ε/σ; with the baseline (f − mean of the other f) ε/σ."""
    z, epsilon, std = draws()
    found = gradient_draws(lambda z: z[:, 0] ** 2 + 3 * z[:, 1], np.array([0.7, -1.2]), std, n=6)
    f = z[:, 0] ** 2 + 3 * z[:, 1]
    np.testing.assert_allclose(found.pathwise, np.column_stack([2 * z[:, 0], np.full(6, 3.0)]), rtol=1e-5)
    np.testing.assert_allclose(found.score, f[:, None] * epsilon / std, rtol=1e-4, atol=1e-5)
    others = np.array([np.delete(f, i).mean() for i in range(6)])
    np.testing.assert_allclose(found.baseline, (f - others)[:, None] * epsilon / std, rtol=1e-4, atol=1e-5)


def test_the_variance_of_an_estimator_is_summed_over_units():
    """Columns 0, 2, 4 and 1, 1, 4: variances 4 and 3 with n − 1."""
    assert GradientDraws.variance(np.array([[0.0, 1.0], [2.0, 1.0], [4.0, 4.0]])) == pytest.approx(7)


def test_the_likelihoods_gradient_of_a_linear_decoder_is_its_closed_form():
    """∇_z log p(x|z) = Wᵀ (x − b − W z)/σ² at each draw z."""
    trained = model()
    image = noise(1).images[0] / np.float32(255)
    mean, std = trained.encode(image[None])
    found = likelihood_gradients(trained, image, n=4)
    epsilon = torch.randn(4, LATENT, generator=torch.Generator().manual_seed(derive_seed(0, "gradients"))).numpy()
    z = mean + std * epsilon
    decoder = trained.vae.decoder
    w = decoder.trunk[0].weight.detach().numpy()
    b = decoder.trunk[0].bias.detach().numpy() + decoder.bias.detach().numpy().reshape(-1)
    np.testing.assert_allclose(found.pathwise, (image.reshape(-1) - b - z @ w.T) @ w / SIGMA**2, rtol=1e-3, atol=1e-3)
