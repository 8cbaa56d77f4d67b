"""Scores of samples on hand-made sets, and the features that they are measured in."""

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm

from vae_core.common.seeds import rng
from vae_core.evaluation.samples.scores import frechet_distance, manifold_scores, radii, sharpness
from vae_core.parts.classifier import Classifier, ClassifierNetwork, standardize_features


def moments(mean: list[float], covariance: list[list[float]], n: int = 50) -> np.ndarray:
    """n points with exactly this mean and this sample covariance (n − 1)."""
    z = rng(n, "moments").standard_normal((n, len(mean)))
    z -= z.mean(0)
    z = z @ np.linalg.inv(np.linalg.cholesky(np.cov(z, rowvar=False))).T
    return z @ np.linalg.cholesky(np.array(covariance)).T + mean


def test_frechet_distance_of_two_gaussians():
    """‖μ_a − μ_b‖² + tr(Σ_a + Σ_b − 2 (Σ_a Σ_b)^½) with covariances that do not commute, by SciPy's matrix root."""
    mean_a, mean_b = [1.0, -2.0], [0.5, 1.0]
    a, b = [[2.0, 0.7], [0.7, 1.0]], [[0.5, -0.3], [-0.3, 3.0]]
    root = sqrtm(np.array(a) @ np.array(b)).real
    expected = 0.25 + 9 + np.trace(np.array(a) + np.array(b) - 2 * root)
    assert frechet_distance(moments(mean_a, a), moments(mean_b, b, n=70)) == pytest.approx(expected, rel=1e-9)


def test_frechet_distance_of_one_feature_is_the_difference_of_means_and_deviations():
    """(μ_a − μ_b)² + (σ_a − σ_b)²: points 0, 2 and 5, 11 have means 1 and 8, deviations √2 and √18."""
    found = frechet_distance(np.array([[0.0], [2.0]]), np.array([[5.0], [11.0]]))
    assert found == pytest.approx(49 + 8)


def test_precision_recall_density_and_coverage_of_points_on_a_line():
    """Real 0, 1, 3, 7, 15; generated 0.5, 3.5, 4, 30, 30.5.

    k = 1. Real radii 1, 1, 2, 4, 8: 0.5 lies in the balls of 0, 1 (and of no 3: distance 2.5), 3.5 in those of 3, 7, and 4
    in those of 3, 7; 30 and 30.5 in none: precision 3/5. Generated radii 3, 0.5, 0.5, 0.5, 0.5: the ball of 0.5 reaches
    from −2.5 to 3.5 and holds 0, 1, 3; those of 3.5 and 4 hold 3 at most: recall 3/5.
    k = 2. Real radii 3, 2, 3, 6, 12 (to 3, 3, 0, 1, 3): 0.5 lies in the balls of 0, 1, 3; 3.5 in those of 3, 7, 15 (distance
    11.5); 4 in those of 3, 7, 15; 30 and 30.5 in none: density 9/(2 · 5). Balls that hold one: all five: coverage 1."""
    real = np.array([[0.0], [1.0], [3.0], [7.0], [15.0]])
    fake = np.array([[0.5], [3.5], [4.0], [30.0], [30.5]])
    found = manifold_scores(fake, real, k_precision=1, k_density=2)
    assert found.precision == pytest.approx(3 / 5)
    assert found.recall == pytest.approx(3 / 5)
    assert found.density == pytest.approx(9 / 10)
    assert found.coverage == pytest.approx(1.0)


def test_coverage_counts_real_balls_and_precision_generated_points():
    """Real 0, 1, 3, 100, 104; all three generated at 0.25, 0.3, 0.35 lie in one corner: precision 1, coverage 3/5 with
    k = 2 (radii 3, 2, 3, 97, 101, of which those of 0, 1 and 3 hold them), recall 2/5 of their balls of k = 2."""
    real = np.array([[0.0], [1.0], [3.0], [100.0], [104.0]])
    fake = np.array([[0.25], [0.3], [0.35]])
    found = manifold_scores(fake, real, k_precision=2, k_density=2)
    assert found.precision == 1.0
    assert found.coverage == pytest.approx(3 / 5)
    assert found.recall == 0.0  # radii 0.1, 0.05, 0.1: neither 0 nor 1 lies within
    assert found.density == pytest.approx(9 / 6)


def test_a_radius_reaches_to_the_kth_other_point():
    points = torch.tensor([[0.0], [1.0], [3.0], [7.0]])
    assert radii(points, 1).tolist() == [1, 1, 2, 4]
    assert radii(points, 3).tolist() == [7, 6, 4, 7]


def test_sharpness_by_hand():
    """One bright pixel of 1 in the middle of 4×5: the Laplacian inside is −4 there and 1 at the neighbours within 2×3."""
    image = np.zeros((1, 1, 4, 5), np.float32)
    image[0, 0, 1, 2] = 1
    inside = np.array([[1, -4, 1], [0, 1, 0]])
    assert sharpness(image) == pytest.approx(inside.var())
    two = np.concatenate([image, 0 * image])
    assert sharpness(two) == pytest.approx(inside.var() / 2)  # a mean over images, not a variance over all pixels
    colours = np.concatenate([image, 0 * image], axis=1)
    assert sharpness(colours) == pytest.approx(inside.var() / 4)  # channels are averaged first
    assert sharpness((255 * image).astype(np.uint8)) == pytest.approx(inside.var(), rel=1e-5)


def test_standardized_features_have_unit_width_and_the_heads_give_the_same_logits():
    torch.manual_seed(0)
    network = ClassifierNetwork((1, 8, 8), (3, 2)).eval()
    images = rng(0, "images").integers(0, 256, size=(200, 1, 8, 8), dtype=np.uint8)
    x = torch.from_numpy(images).float() / 255
    with torch.no_grad():
        before = [head(network(x)) for head in network.heads]
        standardize_features(network, images)
        after = [head(network(x)) for head in network.heads]
        features = network(x)
    for old, new in zip(before, after):
        torch.testing.assert_close(new, old, atol=1e-4, rtol=1e-4)
    alive = features.std(0) > 0
    torch.testing.assert_close(features.mean(0), torch.zeros(features.shape[1]), atol=1e-4, rtol=0)
    torch.testing.assert_close(features[:, alive].std(0), torch.ones(int(alive.sum())), atol=1e-3, rtol=0)


def test_a_classifier_names_the_class_of_the_largest_logit_and_its_probability():
    torch.manual_seed(0)
    network = ClassifierNetwork((1, 8, 8), (3, 2)).eval().requires_grad_(False)
    network.heads[0].weight.mul_(30)
    images = rng(1, "images").integers(0, 256, size=(30, 1, 8, 8), dtype=np.uint8)
    classifier = Classifier(network, ("class label", "other"), (1.0, 1.0))
    logits = network.heads[0](network(torch.from_numpy(images).float() / 255)).numpy()
    probability = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    np.testing.assert_array_equal(classifier.classes(images), logits.argmax(1))
    np.testing.assert_allclose(classifier.confidence(images), probability.max(1), rtol=1e-4)
