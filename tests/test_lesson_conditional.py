"""The lesson on conditional generation: known answers, and its claims on the shipped models."""

from pathlib import Path

import numpy as np
import pytest

from latent_explorer.course.lessons import conditional
from vae_core.analysis.atlas import LatentAtlas

CHECKPOINTS = Path(__file__).parents[1] / "checkpoints"


def test_variance_between_class_share():
    labels = np.repeat([0, 1], 50)
    assert conditional.between_class_share(labels[:, None] * np.ones((1, 3)), labels) == pytest.approx(1)
    cloud = np.tile(np.random.default_rng(0).normal(size=(50, 3)), (2, 1))
    assert conditional.between_class_share(cloud, labels) == pytest.approx(0)


@pytest.fixture(scope="module")
def found() -> dict[str, conditional.LabelInformation]:
    names = ("mnist-cvae", "mnist-10", "mnist-2")
    return {name: conditional.measure_label_information(LatentAtlas.load(CHECKPOINTS / name / "atlas.npz")) for name in names}


@pytest.mark.parametrize("plain", ["mnist-10", "mnist-2"])
def test_clusters_dissolve_where_the_label_is_told(found, plain):
    told = found["mnist-cvae"]
    assert told.between < 0.5 * found[plain].between
    assert told.leak.accuracy < found[plain].leak.accuracy - 0.2


def test_but_a_trace_is_left(found):
    """The lesson says so: the probe stays above chance."""
    leak = found["mnist-cvae"].leak
    assert 1.5 * leak.chance < leak.accuracy < 0.5
