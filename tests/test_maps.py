"""Atlas, projections and traversals checked against known results."""

import numpy as np
import pytest
from digit_runs import digits, train_to_end

from vae_core import BadInput, embed, project
from vae_core.latent.projection import trustworthiness_of
from vae_core.latent.traversal import codes_on_plane, interpolate, traverse


@pytest.fixture(scope="module")
def codes():
    """600 codes in 5 dimensions: three distant groups, most of their spread along the first two axes."""
    rng = np.random.default_rng(0)
    centres = np.array([[8, 0, 0, 0, 0], [-8, 0, 0, 0, 0], [0, 6, 0, 0, 0]], dtype=float)
    return (centres[np.arange(600) % 3] + rng.normal(size=(600, 5)) * 0.3).astype(np.float32)


def test_embed_returns_posterior_means():
    run, data = train_to_end(n_steps=20, latent_dim=3), digits()
    a, b = embed(run.model, data, n=100, seed=0), embed(run.model, data, n=100, seed=0)
    np.testing.assert_array_equal(a.mean, b.mean)
    mean, std = run.model.encode(data.images[a.index])
    np.testing.assert_allclose(a.mean, mean, atol=1e-6)
    np.testing.assert_allclose(a.kl, 0.5 * (mean**2 + std**2 - 1 - 2 * np.log(std)), atol=1e-5)
    assert len(embed(run.model, data, n=None)) == len(data)
    assert (a.kl[:, a.order].mean(0)[:-1] >= a.kl[:, a.order].mean(0)[1:]).all()


def test_pca_is_the_singular_value_decomposition(codes):
    projected = project(codes, "pca")
    centred = codes - codes.mean(0)
    _, s, vt = np.linalg.svd(centred, full_matrices=False)
    np.testing.assert_allclose(np.abs(projected.xy), np.abs(centred @ vt[:2].T), atol=1e-3)
    np.testing.assert_allclose(projected.explained, s[:2] ** 2 / (s**2).sum(), rtol=1e-5)
    # the plane is a slice of the latent space: projecting a point of it gives the point back
    xy = np.array([[1.0, -2.0], [0.5, 3.0]])
    back = (projected.inverse(xy) - projected.mean) @ projected.axes.T
    np.testing.assert_allclose(back, xy, atol=1e-4)


def test_two_units_are_not_projected():
    codes = np.random.default_rng(0).normal(size=(50, 2)).astype(np.float32)
    np.testing.assert_array_equal(project(codes, "pca").xy, codes)
    one = project(codes[:, :1], "pca")
    np.testing.assert_allclose(one.inverse(one.xy), codes[:, :1])


def test_umap_keeps_groups_together_and_has_no_inverse(codes):
    projected = project(codes, "umap", epochs=60)
    groups = np.arange(600) % 3
    centres = np.array([projected.xy[groups == g].mean(0) for g in range(3)])
    nearest = np.linalg.norm(projected.xy[:, None] - centres, axis=2).argmin(1)
    assert (nearest == groups).mean() > 0.99
    np.testing.assert_array_equal(projected.xy, project(codes, "umap", epochs=60).xy)
    with pytest.raises(BadInput, match="no inverse"):
        projected.inverse(np.zeros((1, 2)))
    with pytest.raises(BadInput, match="more than 15 points, got 10"):
        project(codes[:10], "umap")
    with pytest.raises(BadInput, match="unknown projection 'tsne'; choose from pca, umap"):
        project(codes, "tsne")


def test_trustworthiness_is_one_for_the_identity_and_low_for_noise(codes):
    flat = codes[:, :2]
    assert trustworthiness_of(flat, flat.astype(float), seed=0) == 1.0
    noise = np.random.default_rng(1).normal(size=(600, 2))
    assert trustworthiness_of(codes, noise, seed=0) < 0.6


def test_a_traversal_moves_one_unit_and_leaves_the_rest():
    anchor = np.arange(4, dtype=np.float32)
    codes = traverse(anchor, [2, 0], np.array([-1.0, 5.0]))
    assert codes.shape == (2, 2, 4)
    np.testing.assert_array_equal(codes[0], [[0, 1, -1, 3], [0, 1, 5, 3]])
    np.testing.assert_array_equal(codes[1], [[-1, 1, 2, 3], [5, 1, 2, 3]])


def test_interpolation_has_the_right_ends_and_spherical_keeps_the_norm():
    a, b = np.array([3.0, 0, 0], dtype=np.float32), np.array([0, 3.0, 0], dtype=np.float32)
    line, arc = interpolate(a, b, 7), interpolate(a, b, 7, spherical=True)
    for path in (line, arc):
        np.testing.assert_allclose(path[[0, -1]], [a, b], atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(arc, axis=1), 3, atol=1e-5)
    assert np.linalg.norm(line[3]) < 2.2
    np.testing.assert_allclose(interpolate(a, a, 3, spherical=True), [a, a, a], atol=1e-6)
    np.testing.assert_allclose(interpolate(a, -a, 3, spherical=True)[1], np.zeros(3), atol=1e-6)
    with pytest.raises(BadInput, match="at least 2 steps, got 1"):
        interpolate(a, b, 1)


def test_plane_has_the_largest_y_in_its_first_row():
    codes = codes_on_plane(np.zeros(3), (0, 2), np.array([-1.0, 1.0]), np.array([-2.0, 2.0]))
    np.testing.assert_array_equal(codes[0, 0], [-1, 0, 2])  # top left: smallest x, largest y
    np.testing.assert_array_equal(codes[1, 1], [1, 0, -2])
