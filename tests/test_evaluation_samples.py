"""Scores of samples on images and features whose score is known."""

import numpy as np
import pytest
from evaluation_cases import model, squares

from vae_core.common.errors import BadInput
from vae_core.common.seeds import rng
from vae_core.evaluation import evaluate
from vae_core.evaluation.samples.metrics import SampleScores, UnsureSamples
from vae_core.evaluation.samples.scores import frechet_distance, manifold_scores, sample_scores, sharpness
from vae_core.parts.classifier import classifier_targets, train_classifier


@pytest.fixture(scope="module")
def features():
    return rng(0, "features").standard_normal((400, 6))


@pytest.fixture(scope="module")
def classifier():
    return train_classifier(squares(1500, split="train"), n_steps=150)


def test_frechet_distance_is_that_of_gaussians(features):
    """‖Δμ‖² for a shift; tr Σ (s − 1)² for a scaling about the mean, exactly so for sample moments."""
    assert frechet_distance(features, features) == pytest.approx(0, abs=1e-8)
    assert frechet_distance(features, features + 2) == pytest.approx(4 * 6)
    centred = features - features.mean(axis=0)
    assert frechet_distance(centred, 3 * centred) == pytest.approx(4 * np.trace(np.cov(features, rowvar=False)))
    turned = features @ np.linalg.qr(rng(1, "features").standard_normal((6, 6)))[0]
    assert frechet_distance(features, turned) == pytest.approx(frechet_distance(turned, features))


def test_frechet_distance_with_constant_features(features):
    flat = np.hstack([features, np.zeros((400, 2))])
    assert frechet_distance(flat, flat + 1) == pytest.approx(8)


def test_equal_points_overlap_fully_and_distant_ones_not_at_all(features):
    same = manifold_scores(features, features)
    assert (same.precision, same.recall, same.coverage) == (1, 1, 1)
    assert same.density == pytest.approx(6 / 5)  # each lies in its own ball and, on average, in five others
    far = manifold_scores(features + 100, features)
    assert (far.precision, far.recall, far.density, far.coverage) == (0, 0, 0, 0)


def test_missing_mode_lowers_recall_and_extra_mode_precision():
    draw = rng(0, "modes")
    a, b = draw.standard_normal((400, 3)), draw.standard_normal((400, 3)) + 100
    both = np.concatenate([a, b])
    lost = manifold_scores(draw.standard_normal((400, 3)), both)
    assert lost.precision > 0.9
    assert lost.recall < 0.5 and lost.coverage < 0.5
    invented = manifold_scores(both, draw.standard_normal((400, 3)))
    assert invented.precision == pytest.approx(0.5, abs=0.06)
    assert invented.recall > 0.9


def test_an_outlier_inflates_precision_but_not_density():
    """The example of Naeem et al.: the ball of one distant real point covers everything in between."""
    draw = rng(0, "outlier")
    real = np.concatenate([draw.standard_normal((200, 2)), [[60.0, 60.0]]])
    generated = np.full((200, 2), 30.0) + draw.standard_normal((200, 2))
    scores = manifold_scores(generated, real)
    assert scores.precision == 1.0
    assert scores.density < 0.3
    assert scores.coverage < 0.02


def test_too_few_images_are_refused(features):
    with pytest.raises(BadInput, match="more than 5 images of each kind, got 5 and 400"):
        manifold_scores(features[:5], features)


def test_sharpness_is_the_variance_of_the_laplacian():
    flat, ramp = np.full((2, 1, 8, 8), 0.5, np.float32), np.tile(np.linspace(0, 1, 8, dtype=np.float32), (2, 1, 8, 1))
    assert sharpness(flat) == sharpness(flat[:, [0, 0, 0]]) == 0
    assert sharpness(ramp) == pytest.approx(0, abs=1e-10)  # a plane has no second derivative
    board = np.indices((8, 8)).sum(axis=0)[None, None] % 2
    assert sharpness(board.astype(np.float32)) == pytest.approx(16)  # ±4 in equal parts
    assert sharpness((255 * board).astype(np.uint8)) == pytest.approx(16, rel=1e-5)


def test_blur_lowers_sharpness():
    images = squares(50).images / np.float32(255)
    blurred = (images + np.roll(images, 1, -1) + np.roll(images, 1, -2)) / 3
    assert sharpness(blurred) < 0.7 * sharpness(images)


def test_classifier_learns_its_data_and_is_reproducible(classifier, tmp_path):
    assert classifier.names == ("class label", "x", "y")  # the first factor is the label, and is learned once
    assert min(classifier.accuracy) > 0.9
    again = train_classifier(squares(1500, split="train"), n_steps=150, cache=tmp_path)
    images = squares().images[:20]
    np.testing.assert_array_equal(again.features(images), classifier.features(images))
    (file,) = tmp_path.iterdir()
    written = file.stat().st_mtime_ns
    cached = train_classifier(squares(1500, split="train"), n_steps=150, cache=tmp_path)
    assert file.stat().st_mtime_ns == written
    np.testing.assert_array_equal(cached.features(images), classifier.features(images))
    train_classifier(squares(1500, split="train"), n_steps=20, cache=tmp_path)
    assert len(list(tmp_path.iterdir())) == 2  # other settings are another file


def test_features_are_in_standard_deviations_of_the_data(classifier):
    features = classifier.features(squares(1500, split="train").images)
    np.testing.assert_allclose(features.mean(axis=0), 0, atol=0.1)
    width = features.std(axis=0)
    assert np.all((abs(width - 1) < 0.15) | (width < 1e-3))


def test_bytes_and_floats_give_the_same_features(classifier):
    images = squares(20).images
    np.testing.assert_allclose(classifier.features(images), classifier.features(images / np.float32(255)), atol=1e-4)


def test_real_images_score_better_than_noise(classifier):
    """Scores depend on images only, whether they come from data, noise, a GAN or a diffusion model."""
    real, other = squares(500).images, squares(500, seed=5).images
    noise = rng(0, "noise").random((500, 1, 8, 8)).astype(np.float32)
    good, bad = sample_scores(other, real, classifier), sample_scores(noise, real, classifier)
    assert good["frechet_distance"] < 0.1 * bad["frechet_distance"]
    assert good["precision"] > 0.9 > bad["precision"]
    assert good["sharpness_ratio"] == pytest.approx(1, abs=0.1)
    without = sample_scores(other, real, None)
    assert without["frechet_distance"] is None
    assert without["sharpness"] == good["sharpness"]


def test_data_without_labels_has_no_classifier():
    bare = squares(factors=False, labels=False)
    assert classifier_targets(bare) is None
    with pytest.raises(BadInput, match="neither labels nor factors"):
        train_classifier(bare)
    values = evaluate(model(), bare, [SampleScores(n_images=50)])["samples"].values
    assert values["precision"] is None
    assert values["sharpness_ratio"] > 0


def test_scores_come_with_those_of_real_images():
    metrics = [SampleScores(n_images=200, classifier_steps=60), UnsureSamples(n_images=200, classifier_steps=60)]
    results = evaluate(model(), squares(), metrics, train_set=squares(split="train"))
    samples, unsure = results["samples"].values, results["unsure"].values
    assert samples["frechet_floor"] < samples["frechet_distance"]
    assert samples["samples_per_second"] > 0
    assert samples["classifier_trained_on"] == "train"
    assert unsure["unsure_data"] <= unsure["unsure_samples"]
