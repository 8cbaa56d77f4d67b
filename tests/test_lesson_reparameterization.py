"""The reparameterization lesson: its claim about the shipped decoder."""

from pathlib import Path

import numpy as np
import pytest

from latent_explorer.course.lessons import reparameterization
from vae_core.analysis.atlas import LatentAtlas
from vae_core.checkpoints.trained_vae import TrainedVAE

CHECKPOINTS = Path(__file__).parents[1] / "checkpoints"


@pytest.fixture(scope="module")
def found() -> reparameterization.GradientComparison:
    model, atlas = TrainedVAE.load(CHECKPOINTS / "mnist-2"), LatentAtlas.load(CHECKPOINTS / "mnist-2" / "atlas.npz")
    row = int(np.flatnonzero(atlas.labels == 3)[0])
    return reparameterization.compare_gradients(model, model.decode(atlas.mean[[row]])[0])


def test_noise_is_the_same_in_every_call():
    assert np.array_equal(reparameterization.fixed_noise(), reparameterization.fixed_noise())


def test_a_line_ends_at_its_code():
    figure = reparameterization.noise_to_code_figure(np.array([-1.0, 0.5]), 2.0, 0.1)
    z = next(trace for trace in figure.data if trace.hovertemplate and trace.hovertemplate.startswith("z"))
    assert list(z.x) == pytest.approx([1.9, 2.05])


def test_the_pathwise_gradient_has_far_less_variance(found):
    _, score, baseline = found.ratios
    assert score > 1000
    assert 1.5 < baseline < score / 100


def test_all_estimators_have_the_same_mean(found):
    assert max(found.mean_differences()) < 4
