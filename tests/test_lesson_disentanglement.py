"""The disentanglement lesson: known answers, and its claims about the shipped models."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from latent_explorer.course.lessons import disentanglement
from vae_core.analysis.atlas import LatentAtlas

CHECKPOINTS = Path(__file__).parents[1] / "checkpoints"
NAMES = ("shape", "scale", "orientation", "x", "y")


def atlas(name: str) -> LatentAtlas:
    return LatentAtlas.load(CHECKPOINTS / f"sprites32-{name}" / "atlas.npz")


def test_a_code_that_equals_the_factors_has_a_unit_for_each():
    factors = np.random.default_rng(0).integers(0, 4, (4000, 3))
    found = disentanglement.measure_gaps(factors[:, [2, 0, 1]].astype(float), factors, NAMES[:3])
    assert found.best_unit.tolist() == [1, 2, 0]
    assert found.n_separate == 3
    assert found.mig == pytest.approx(1, abs=0.01)
    assert found.mig == pytest.approx((found.first - found.second).mean())


def test_normal_scores_keep_the_order_and_have_the_priors_moments():
    values = np.repeat(np.arange(32), 50)
    z = disentanglement.normal_scores(values)
    assert z.mean() == pytest.approx(0, abs=1e-9)
    assert z.std() == pytest.approx(1, abs=0.03)
    assert (np.diff(z) >= 0).all()


def test_a_rotation_keeps_the_kl_and_lowers_mig():
    rotated = disentanglement.rotate_ideal_code(atlas("beta1").factors[:, -2:])
    middle = disentanglement.ANGLES.index(45)
    assert rotated.kl == pytest.approx(rotated.kl[0], rel=1e-9)
    assert rotated.mig[0] > 0.75  # 20 bins cannot tell 32 places: not 1
    assert rotated.mig[middle] < 0.1
    assert rotated.mig[-1] == pytest.approx(rotated.mig[0], abs=0.01)  # a quarter turn only swaps the units


def test_no_shipped_model_separates_the_factors():
    found = {}
    for name in ("beta1", "beta2", "beta4", "beta8", "beta16", "factor", "tc"):
        one = atlas(name)
        found[name] = disentanglement.measure_gaps(one.mean, one.factors, NAMES)
    assert all(one.n_separate <= 1 for one in found.values())
    assert max(found, key=lambda name: found[name].mig) == "beta16"
    assert found["beta16"].first[[0, 2]].max() < 0.1  # shape and orientation are hardly encoded
    assert found["beta16"].mig > 2 * found["beta1"].mig


def test_units_are_matched_for_any_order_and_sign():
    one = atlas("beta1")
    order = np.random.default_rng(0).permutation(one.mean.shape[1])
    shuffled = replace(one, mean=-one.mean[:, order], std=one.std[:, order])
    same, matched = disentanglement.match_seeds([one, shuffled])
    assert [order[u] for u in matched.units] == list(same.units)
    assert matched.correlation == pytest.approx(1)
    assert matched.share == pytest.approx(same.share, abs=0.02)  # equal bins are counted from the other end
    assert same.mig == pytest.approx(disentanglement.measure_gaps(one.mean, one.factors, NAMES).mig)


def test_the_seed_alone_changes_the_score_and_the_units():
    models = disentanglement.match_seeds([atlas(f"beta4{seed}") for seed in ("", "-seed1", "-seed2")])
    scores = [model.mig for model in models]
    assert max(scores) > 2 * min(scores)
    assert all(model.correlation.mean() < 0.8 for model in models[1:])  # not the same units
