"""The β lesson: the effective β of each reduction, and its claims about the shipped models."""

import json
from pathlib import Path

import numpy as np
import pytest

from latent_explorer.course.lessons.beta import REDUCTIONS, ReducedLoss
from vae_core.checkpoints.trained_vae import TrainedVAE
from vae_core.evaluation.likelihood.rate_distortion import rate_distortion_curve

CHECKPOINTS = Path(__file__).parents[1] / "checkpoints"


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("beta", [0.04, 1.0, 4.0])
def test_the_effective_beta_keeps_the_ratio_of_the_terms(reduction, beta):
    loss = ReducedLoss(beta, reduction, pixels=1024, units=10)
    reconstruction, kl = loss.terms(31.0, 8.0)
    assert kl / reconstruction == pytest.approx(loss.effective_beta * 8.0 / 31.0)


def test_effective_betas_of_known_losses():
    assert ReducedLoss(4, "sums", 1024, 10).effective_beta == 4
    assert ReducedLoss(4, "means", 1024, 10).effective_beta == pytest.approx(409.6)
    assert ReducedLoss(4, "mixed", 1024, 10).effective_beta == 4096
    assert ReducedLoss(1, "means", 7, 7).effective_beta == 1


def numbers(beta: int, metric: str) -> dict:
    return json.loads((CHECKPOINTS / f"sprites32-beta{beta}" / "metrics.json").read_text())[metric]["values"]


def test_a_larger_beta_lowers_the_rate_and_raises_the_distortion():
    found = [numbers(beta, "elbo") for beta in (1, 2, 4, 8, 16)]
    assert (np.diff([values["rate"] for values in found]) < 0).all()
    assert (np.diff([values["distortion"] for values in found]) > 0).all()
    assert (np.diff([values["elbo"] for values in found]) < 0).all()
    assert found[-1]["active_units"] < found[0]["active_units"]
    total = [numbers(beta, "decomposition")["total_correlation"] for beta in (1, 16)]
    assert total[1] < 0.1 * total[0]


def test_the_multi_rate_model_has_a_rate_distortion_curve():
    model = TrainedVAE.load(CHECKPOINTS / "mnist-multirate")
    images = np.rint(model.sample(48, 0, beta=1.0) * 255).astype(np.uint8)
    points = np.array(rate_distortion_curve(model, images, [0.1, 0.5, 1.0, 4.0, 10.0]))
    assert (np.diff(points[:, 0]) < 0).all()
    assert (np.diff(points[:, 1]) > 0).all()
    elbo = -points.sum(axis=1)
    assert elbo[2] > max(elbo[0], elbo[-1]) + 1  # both ends are worse than β = 1
