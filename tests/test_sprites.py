"""The sprites' properties are known in closed form: each factor must do what its name says, and nothing else."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae_core.common.errors import BadInput
from vae_core.data import DATASETS, SpriteGrid, load_dataset

SQUARE, ELLIPSE, HEART = range(3)
CENTRE = 16
GRIDS = [SpriteGrid(32), SpriteGrid(64), SpriteGrid(128), SpriteGrid(64, colour=True)]
grids = pytest.mark.parametrize("grid", GRIDS, ids=repr)
grey_grids = pytest.mark.parametrize("grid", GRIDS[:3], ids=repr)


def draw(grid, factors):
    """Images of rows of factors, the hue 0 where there is one."""
    factors = np.atleast_2d(factors)
    return grid.render(grid.index(np.pad(factors, ((0, 0), (0, len(grid.factor_sizes) - factors.shape[1])))))


def every(grid, n=2000):
    """A sample of the grid with all its corners."""
    corners = np.stack(np.meshgrid(*[(0, size - 1) for size in grid.factor_sizes]), -1).reshape(-1, len(grid.factor_sizes))
    return grid.render(np.concatenate([grid.index(corners), np.random.default_rng(0).integers(0, len(grid), n)]))


def area(images):
    return (images.max(axis=1) > 0).sum(axis=(1, 2))


def centroid(images, axis):
    """Along rows (0) or columns (1), in pixels."""
    white = images.max(axis=1) > 0
    return (white.sum(axis=2 - axis) * np.arange(white.shape[-1])).sum(axis=1) / area(images)


def test_the_grid_has_the_size_of_dsprites():
    assert len(SpriteGrid()) == 737_280
    assert len(SpriteGrid(colour=True)) == 8 * 737_280
    assert SpriteGrid().factor_names == ("shape", "scale", "orientation", "x", "y")


@grids
@given(data=st.data())
def test_index_and_factors_are_inverse(grid, data):
    index = np.array(data.draw(st.lists(st.integers(0, len(grid) - 1), min_size=1)))
    factors = grid.factors(index)
    assert (grid.index(factors) == index).all()
    assert ((factors >= 0) & (factors < grid.factor_sizes)).all()


@pytest.mark.parametrize("index", [-1, 737_280])
def test_an_index_outside_the_grid_is_refused(index):
    with pytest.raises(BadInput, match=f"0–737279, got {index}"):
        SpriteGrid().render(np.array([index]))


@pytest.mark.parametrize("factors", [[[3, 0, 0, 0, 0]], [[0, 0, 0, 0]], [[0, 0, 0, 0, -1]]])
def test_factors_outside_the_grid_are_refused(factors):
    with pytest.raises(BadInput, match="shape < 3"):
        SpriteGrid().index(np.array(factors))


def test_only_three_sizes_are_drawn():
    with pytest.raises(BadInput, match="32, 64, 128"):
        SpriteGrid(48)


@grids
def test_no_sprite_touches_the_border(grid):
    images = every(grid)
    assert images.dtype == np.uint8
    assert images[:, :, 1:-1, 1:-1].sum(dtype=np.int64) == images.sum(dtype=np.int64)


@grey_grids
def test_images_are_binary_and_never_empty(grid):
    images = every(grid)
    assert set(np.unique(images)) == {0, 255}
    assert area(images).min() > 10


@grey_grids
@pytest.mark.parametrize("shape", [SQUARE, ELLIPSE, HEART])
def test_positions_lie_a_64th_of_the_side_apart(grid, shape):
    for column, axis in ((3, 1), (4, 0)):
        factors = np.tile([shape, 3, 7, CENTRE, CENTRE], (32, 1))
        factors[:, column] = np.arange(32)
        images = draw(grid, factors)
        along, across = centroid(images, axis), centroid(images, 1 - axis)
        np.testing.assert_allclose(along[2:] - along[:-2], grid.size / 32, atol=1e-9)
        assert (np.diff(along) >= 0).all()
        np.testing.assert_allclose(across[::2], across[0], atol=1e-9)


@grey_grids
@pytest.mark.parametrize("shape", [SQUARE, ELLIPSE])
def test_positions_lie_around_the_middle_of_the_image(grid, shape):
    """Turning the image by half a turn is the position counted from the other end."""
    images = draw(grid, [[shape, 4, 7, x, 9] for x in range(32)])
    opposite = draw(grid, [[shape, 4, 7, 31 - x, 22] for x in range(32)])
    assert (images == opposite[:, :, ::-1, ::-1]).all()


@grey_grids
@pytest.mark.parametrize("shape", [SQUARE, ELLIPSE, HEART])
def test_a_larger_scale_covers_a_smaller_one(grid, shape):
    white = draw(grid, [[shape, scale, 3, CENTRE, CENTRE] for scale in range(6)]) > 0
    for small, large in pairwise(white):
        assert (large >= small).all()
        assert large.sum() > small.sum()


def test_areas_are_those_of_the_shapes():
    """Square 2r², ellipse πr²/2, heart 3.66·(r/1.25)² with r = 30 pixels at 128×128; scale 0.5 has a quarter of it."""
    expected = np.array([2, np.pi / 2, 3.6595 / 1.25**2]) * 30**2
    turned = np.array([[[shape, scale, k, CENTRE, CENTRE] for k in range(40)] for shape in range(3) for scale in (0, 5)])
    areas = area(draw(SpriteGrid(128), turned.reshape(-1, 5))).reshape(3, 2, 40).mean(axis=2)
    np.testing.assert_allclose(areas[:, 1], expected, rtol=0.01)
    np.testing.assert_allclose(areas[:, 0], expected / 4, rtol=0.02)


@grey_grids
@pytest.mark.parametrize(("shape", "period"), [(SQUARE, 10), (ELLIPSE, 20), (HEART, 40)])
def test_orientations_repeat_exactly_after_the_period_and_never_before(grid, shape, period):
    images = draw(grid, [[shape, 5, k, 3, 20] for k in range(40)])
    assert (images == np.roll(images, period, axis=0)).all()
    distinct = len(np.unique(images.reshape(40, -1), axis=0))
    assert distinct == period


def test_orientation_turns_counter_clockwise_by_the_angle_it_says():
    """The ellipse's long axis, from second moments; up is positive."""
    for k, image in enumerate(draw(SpriteGrid(128), [[ELLIPSE, 5, k, CENTRE, CENTRE] for k in range(20)])):
        row, column = np.nonzero(image[0])
        (xx, xy), (_, yy) = np.cov(column, -row)
        turn = 0.5 * np.arctan2(2 * xy, xx - yy) - 2 * np.pi * k / 40
        assert abs((turn + np.pi / 2) % np.pi - np.pi / 2) < 0.02


def test_a_heart_points_down_at_orientation_0_and_up_half_a_turn_later():
    down, up = (draw(SpriteGrid(64), [[HEART, 5, k, CENTRE, CENTRE]])[0, 0] for k in (0, 20))
    rows = np.flatnonzero(down.any(axis=1))
    assert (down[rows[-1]] > 0).sum() <= 4 < (down[rows[2]] > 0).sum()
    assert (down[:, 1:] == down[:, :0:-1]).all()  # its centre is the middle of column 32
    assert (down != up).any()


@grey_grids
def test_no_two_shapes_share_an_image_even_at_the_smallest_scale(grid):
    sets = [
        {image.tobytes() for image in draw(grid, [[s, 0, k, x, y] for k in range(40) for x in (15, 16) for y in (15, 16)])}
        for s in range(3)
    ]
    assert not (sets[0] & sets[1] or sets[0] & sets[2] or sets[1] & sets[2])


def test_the_hue_changes_the_colour_and_nothing_else():
    grid = SpriteGrid(64, colour=True)
    images = draw(grid, [[HEART, 5, 3, 10, 20, hue] for hue in range(8)])
    assert images.shape == (8, 3, 64, 64)
    white = draw(SpriteGrid(64), [[HEART, 5, 3, 10, 20]])[0, 0] > 0
    assert ((images.max(axis=1) > 0) == white).all()
    colours = images[:, :, white]
    assert (colours == colours[:, :, :1]).all()
    assert len({tuple(c) for c in colours[:, :, 0]}) == 8
    assert tuple(colours[0, :, 0]) == (255, 0, 0)


@pytest.mark.parametrize("name", ["sprites", "sprites32", "sprites-colour"])
def test_a_loaded_sample_carries_the_factors_of_its_images(name):
    dataset = load_dataset(name, n_images=50, seed=3)
    grid = DATASETS[name].grid
    assert len(dataset) == 50
    assert dataset.shape == DATASETS[name].shape
    assert (dataset.images == grid.render(grid.index(dataset.factors))).all()
    assert (dataset.labels == dataset.factors[:, 0]).all()
    assert dataset.class_names == ("square", "ellipse", "heart")


def test_samples_are_seeded_nested_and_split():
    grid = SpriteGrid(32)

    def index(**asked):
        return grid.index(load_dataset("sprites32", **asked).factors)

    small, large, other = index(n_images=500), index(n_images=1000), index(n_images=1000, seed=1)
    assert (large[:500] == small).all()
    assert len(np.unique(large)) == 1000
    assert (large != other).any()
    assert not np.intersect1d(index(), index(split="test", n_images=20_000)).size


def test_defaults_fit_in_memory_and_report_their_progress():
    heard = []
    dataset = load_dataset("sprites32", on_progress=lambda done, total: heard.append((done, total)))
    assert len(dataset) == 50_000
    assert len(load_dataset("sprites32", split="test")) == 5_000
    assert heard == sorted(heard)
    assert heard[-1][0] == heard[-1][1]
