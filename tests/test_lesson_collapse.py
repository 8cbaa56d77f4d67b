"""The collapse lesson: known answers, and its claims about the shipped models."""

from pathlib import Path

import numpy as np
import pytest

from latent_explorer.course.lessons import collapse
from vae_core.analysis.atlas import LatentAtlas
from vae_core.latent.label_leak import label_leak

CHECKPOINTS = Path(__file__).parents[1] / "checkpoints"


def atlas(name: str) -> LatentAtlas:
    return LatentAtlas.load(CHECKPOINTS / name / "atlas.npz")


def test_a_unit_with_a_constant_mean_is_inactive_for_any_kl():
    mean = np.stack([np.full(100, 2.0), np.linspace(-1, 1, 100)], axis=1)
    found = collapse.measure_usage(LatentAtlas(np.arange(100), mean, np.full((100, 2), 0.5), np.ones(100)))
    assert found.active.tolist() == [False, True]  # the first has the larger KL, the same for every image
    assert found.kl[0] > found.kl[1]
    assert found.n_active == 1
    assert found.elbo == pytest.approx(-1 - found.kl.sum())


def test_units_become_inactive_as_beta_rises():
    found = [collapse.measure_usage(atlas(f"sprites32-beta{beta}")) for beta in (1, 2, 4, 8, 16)]
    active = [u.n_active for u in found]
    assert active == sorted(active, reverse=True)
    assert active[0] >= 2 * active[-1] > 0
    assert np.all(np.diff([u.kl.sum() for u in found]) < 0)


def test_one_image_cannot_show_that_a_unit_is_inactive():
    one = atlas("sprites32-beta8")
    found = collapse.measure_usage(one)
    kl_in_inactive = one.kl[:, ~found.active].max()
    kl_in_active = one.kl[:, found.active].min()
    assert kl_in_inactive > kl_in_active


def test_free_bits_keep_units_active_and_do_not_raise_the_elbo():
    collapsed, free_bits = atlas("digits-ar-collapsed"), atlas("digits-ar-freebits")
    a, b = collapse.measure_usage(collapsed), collapse.measure_usage(free_bits)
    assert (a.n_active, b.n_active) == (0, 6)
    assert b.nll < a.nll
    assert a.elbo > b.elbo
    assert (b.kl > 0.5).all()
    assert (b.kl < 0.6).all()  # the free bits, and hardly more
    assert label_leak(free_bits.mean, free_bits.labels).accuracy > label_leak(collapsed.mean, collapsed.labels).accuracy + 0.1
