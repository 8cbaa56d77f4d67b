"""The encoder lesson: known answers, and its claim about the shipped model."""

from pathlib import Path

import numpy as np
import pytest

from latent_explorer.course.lessons import encoder
from vae_core.analysis.atlas import LatentAtlas

CHECKPOINTS = Path(__file__).parents[1] / "checkpoints"


@pytest.fixture(scope="module")
def atlas() -> LatentAtlas:
    return LatentAtlas.load(CHECKPOINTS / "mnist-2" / "atlas.npz")


@pytest.fixture(scope="module")
def found(atlas):
    return encoder.measure_widths(atlas.mean, atlas.std, atlas.labels)


def test_label_agreement_is_1_inside_a_class_and_chance_without_classes():
    draw = np.random.default_rng(0)
    labels = np.repeat([0, 1], 500)
    apart = draw.standard_normal((1000, 2)) + 100 * labels[:, None]
    assert encoder.label_agreement(apart, labels).min() == 1
    assert encoder.label_agreement(draw.standard_normal((1000, 2)), labels).mean() == pytest.approx(0.5, abs=0.05)


def test_the_ratio_at_equal_distance_does_not_depend_on_the_distance():
    distance = np.tile(np.linspace(0.1, 5, 1000), 2)
    mixed = np.repeat([True, False], 1000)
    far_mixed = mixed & (distance > 1)  # the mixed are wider only because they are further out
    assert encoder.same_distance_ratio(distance, distance, far_mixed, ~mixed) == pytest.approx(1, abs=0.03)
    assert encoder.same_distance_ratio(distance * (1 + mixed), distance, mixed, ~mixed) == pytest.approx(2, abs=0.06)


def test_the_table_shows_the_closed_form():
    table = encoder.posterior_table(np.array([1.0, -2.0]), np.array([1.0, 0.1]))
    assert "| z1 | 1.00 | 1.000 | 0.50 | 0.00 | **0.50** |" in table
    kl = 0.5 * (0.01 - 1 - np.log(0.01))
    assert f"| z2 | −2.00 | 0.100 | 2.00 | {kl:.2f} | **{2 + kl:.2f}** |" in table


def test_posteriors_are_far_narrower_than_the_prior_and_most_kl_is_of_the_width(atlas, found):
    assert np.median(found.width) < 0.05
    assert (atlas.std < 0.1).mean() > 0.9
    assert found.width_kl > 3 * found.mean_kl
    assert found.width_kl + found.mean_kl == pytest.approx(float(atlas.kl.sum(axis=1).mean()), rel=1e-3)


def test_the_width_depends_more_on_the_position_than_on_the_neighbours_labels(found):
    assert found.rank_correlation > 0.7
    assert 1 < found.ratio < 1.4
    assert found.outward > 2 * found.ratio
