"""The lesson on conditional generation: known answers, and its claims about the shipped models."""

from pathlib import Path

import numpy as np
import pytest

from latent_explorer.course.lessons import conditional
from vae_core.analysis.atlas import LatentAtlas

CHECKPOINTS = Path(__file__).parents[1] / "checkpoints"


def test_share_of_the_variance_between_classes():
    labels = np.repeat([0, 1], 50)
    assert conditional.between_class_share(labels[:, None] * np.ones((1, 3)), labels) == pytest.approx(1)
    same = np.tile(np.random.default_rng(0).normal(size=(50, 3)), (2, 1))
    assert conditional.between_class_share(same, labels) == pytest.approx(0)


@pytest.fixture(scope="module")
def found() -> dict[str, conditional.LabelInformation]:
    names = ("mnist-cvae", "mnist-10", "mnist-2")
    return {name: conditional.measure_label_information(LatentAtlas.load(CHECKPOINTS / name / "atlas.npz")) for name in names}


@pytest.mark.parametrize("plain", ["mnist-10", "mnist-2"])
def test_clusters_disappear_when_the_label_is_given(found, plain):
    given = found["mnist-cvae"]
    assert given.between < 0.5 * found[plain].between
    assert given.leak.accuracy < found[plain].leak.accuracy - 0.2


def test_the_probe_still_reads_some_of_the_label(found):
    """The lesson claims that the probe stays above chance."""
    leak = found["mnist-cvae"].leak
    assert 1.5 * leak.chance < leak.accuracy < 0.5
