"""Building blocks of the pages: figures, pictures, files to download, image grid, notices, tables of scores."""

import io

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from latent_explorer.ui import figures, file_formats, pictures, score_tables
from latent_explorer.ui.figures import scores
from vae_core.evaluation import METRICS


def test_a_heat_map_starts_at_zero_and_a_signed_one_has_zero_in_the_middle():
    (cells,) = figures.heat_map(np.array([[0.71, 0.72]]), ["z1"], ["a", "b"]).data
    assert (cells.zmin, cells.zmax) == (0, 0.72)
    (cells,) = figures.heat_map(np.array([[-0.5, 0.72]]), ["z1"], ["a", "b"]).data
    assert cells.zmid == 0


def test_dotted_lines_join_points_of_equal_elbo_at_round_numbers():
    assert scores.round_levels(3, 47) == [5, 10, 15, 20, 25, 30, 35, 40, 45]
    figure = figures.rate_distortion_plane({"a": (5.0, 20.0)}, curve=[(0.5, 8.0, 15.0), (2.0, 3.0, 25.0)])
    for trace in figure.data:
        if trace.line.dash == "dot":
            assert trace.y[0] + trace.x[0] == pytest.approx(trace.y[1] + trace.x[1])
    assert figure.data[-1].customdata == ("a",)


def test_training_curves_mark_changes_and_the_shown_step():
    history = [{"step": step, "reconstruction": 90.0 - step, "kl": 10.0} for step in range(5)]
    history[4]["held_out"] = {"elbo": -96.0}
    figure = figures.training_curves(
        history, measured_name="held out", changes=[{"step": 2, "change": {"objective.beta": 4.0}}], n_steps=9, shown_step=4
    )
    batches, measured = figure.data
    assert list(batches.y) == [-100.0, -99.0, -98.0, -97.0, -96.0]
    assert (measured.name, list(measured.x), list(measured.y)) == ("held out", [4], [-96.0])
    assert figure.layout.xaxis.range == (0, 9)
    assert [shape.x0 for shape in figure.layout.shapes] == [2, 4]
    assert figure.layout.annotations[0].text == "β → 4"
    assert figures.training_curves([]).layout.yaxis.range is None


def test_downloaded_files_have_the_right_content():
    assert file_formats.table_csv({"a": np.array([1, 2]), "b": ["x", 'q"']}) == b'a,b\n1,x\n2,"q"""\n'
    with np.load(io.BytesIO(file_formats.arrays_npz(z=np.eye(2)))) as stored:
        np.testing.assert_array_equal(stored["z"], np.eye(2))
    images = np.random.default_rng(0).random((6, 1, 8, 8))
    grid = Image.open(io.BytesIO(file_formats.image_grid_png(images, 3, 2)))
    assert grid.size == (2 * 26, 2 * 17)
    animation = Image.open(io.BytesIO(file_formats.gif_bytes([pictures.mosaic(images[[i]], 1) for i in range(6)])))
    assert animation.n_frames == 10  # forwards and back
    svg = file_formats.map_svg(np.random.default_rng(0).normal(size=(30, 2)), None, np.array([3]), "a < b").decode()
    assert svg.count("<circle") == 30
    assert svg.count("#cccccc") == 29
    assert "a &lt; b" in svg
    latex = file_formats.table_latex(["", "m_1"], [["ELBO", "−1.5"]], "50 % of β").decode()
    assert r"m\_1" in latex
    assert r"50 \% of $\beta$" in latex


def test_a_fast_png_has_the_same_pixels():
    picture = np.random.default_rng(0).integers(0, 255, (5, 7, 4), dtype=np.uint8)
    for data in (file_formats.png_bytes(picture), file_formats.png_bytes(picture, fast=True)):
        np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(data))), picture)


def test_dots_lie_at_their_places_and_later_ones_on_top():
    places, colours = np.array([[0.0, 0.0], [1.0, 1.0], [0.5, 0.5], [0.5, 0.5]]), np.eye(4, 3, dtype=np.uint8) * 255
    picture = pictures.draw_dots(places, colours, 21, radius=2)
    assert tuple(picture[20, 0]) == (255, 0, 0, 255)  # the first place is at the bottom left
    assert tuple(picture[0, 20]) == (0, 255, 0, 255)
    assert tuple(picture[10, 10]) == (0, 0, 0, 255)  # the fourth covers the third
    assert picture[10, 2, 3] == 0
    assert (pictures.draw_dots(places[:0], colours[:0], 4, radius=1, background="white") == 255).all()


def test_a_small_map_marks_a_place_with_a_cross_even_outside():
    xy = np.random.default_rng(0).normal(size=(500, 2))
    plain = pictures.scatter_picture(xy, np.arange(500) % 3, 90)
    assert plain.shape == (90, 90, 4)
    marked = pictures.scatter_picture(xy, np.arange(500) % 3, 90, cross=np.zeros(2))
    assert (marked == pictures.CROSS_COLOUR).all(axis=-1).sum() == 2 * 3 * 13 - 9
    np.testing.assert_array_equal(pictures.scatter_picture(xy, np.arange(500) % 3, 90, cross=np.full(2, 1e6)), plain)


def test_the_most_visible_factor_is_linear_in_the_plane():
    rng = np.random.default_rng(0)
    xy, noise = rng.normal(size=(300, 2)), rng.normal(size=300)
    assert pictures.most_visible_factor(xy, np.column_stack([noise, xy[:, 1] * 3 + 1])) == 1


def test_every_metric_has_a_title_and_every_published_number_a_source():
    assert all(cls.title and score_tables.metric_title(metric) == cls.title for metric, cls in METRICS.items())
    assert all(number.source and number.value for number in score_tables.PUBLISHED)


def test_only_a_matrix_of_units_and_factors_is_shown():
    good = {"mig": {"values": {"mutual_information": [[0.1, 0.2], [0.3, 0.4]], "factors": ["a", "b"]}, "settings": {}}}
    assert list(score_tables.unit_factor_matrices(good, 2)) == ["MIG: mutual information"]
    assert score_tables.unit_factor_matrices(good, 3) == {}
    assert score_tables.unit_factor_matrices({"mig": {"values": {"m": [["x"]], "factors": ["a"]}, "settings": {}}}, 1) == {}


def draw_blocks() -> None:
    import numpy as np

    from latent_explorer.ui.downloads import download_button
    from latent_explorer.ui.image_grid import show_images
    from latent_explorer.ui.notices import data_missing

    show_images(np.zeros((6, 1, 4, 4)), 3, scale=2, alt="six images", caption="black", width=40)
    download_button("CSV", lambda: b"a\n", "a.csv", key="csv")
    data_missing("mnist", "nothing can be measured")
    data_missing("sprites", "nothing is shown", quiet=True)


def test_blocks_of_a_page_are_drawn():
    app = AppTest.from_function(draw_blocks, default_timeout=60).run()
    assert not app.exception
    assert app.main[0].proto.imgs[0].caption == "black"
    (button,) = app.get("download_button")
    assert button.proto.label == "CSV"
    assert app.info[0].value.startswith("The mnist images are not on this machine, so nothing can be measured.")
    assert app.caption[0].value.startswith("The sprites images are not on this machine, so nothing is shown.")
