"""The lesson on reading UMAP: known answers, and its claims about the shipped map."""

from pathlib import Path

import numpy as np
import pytest

from latent_explorer.course.lessons import umap
from vae_core.analysis.atlas import LatentAtlas
from vae_core.latent.projection import Projection, pca, trustworthiness_of

ATLAS = Path(__file__).parents[1] / "checkpoints" / "mnist-10" / "atlas.npz"


def test_a_map_of_the_codes_themselves_agrees_fully():
    codes = np.random.default_rng(0).normal(size=(400, 2))
    labels = np.arange(400) % 5
    found = umap.measure_agreement(codes, labels, Projection("raw units", 3 * codes, trustworthiness_of(codes, codes, 0)))
    assert found.neighbours == pytest.approx(1)
    assert found.centres == pytest.approx(1)
    assert found.trustworthiness == pytest.approx(1)


def test_a_shuffled_map_does_not_agree():
    draw = np.random.default_rng(0)
    codes = draw.normal(size=(1000, 2))
    assert umap.neighbour_correlation(codes, draw.permutation(codes)) == pytest.approx(0, abs=0.05)


def test_distances_between_centres():
    points, labels = np.array([[0.0, 0.0], [0.0, 2.0], [3.0, 1.0]]), np.array([0, 0, 1])
    assert umap.centre_distances(points, labels) == pytest.approx([3.0])


def test_the_shipped_umap_preserves_neighbours_but_not_their_order():
    atlas = LatentAtlas.load(ATLAS)
    drawn = umap.measure_agreement(
        atlas.mean, atlas.labels, Projection("UMAP", atlas.xy, trustworthiness_of(atlas.mean, atlas.xy, 0))
    )
    flat = umap.measure_agreement(atlas.mean, atlas.labels, pca(atlas.mean))
    assert drawn.trustworthiness > flat.trustworthiness + 0.05
    assert drawn.trustworthiness > max(drawn.neighbours, drawn.centres)
    assert drawn.neighbours < 0.7
