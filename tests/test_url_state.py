"""State in the URL: texts of latent codes and selections, ranges of parameters, and the values that the canvas reports."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from latent_explorer.ui import state, url_state
from latent_explorer.ui.parameters import Choice, Choices, Flag, Number, Parameters, Text


@pytest.mark.parametrize("n", [1, 7, 8, 9, 10_000])
def test_a_selection_is_read_as_it_was_written(n):
    rows = np.flatnonzero(np.random.default_rng(n).random(n) < 0.3)
    rows = rows if len(rows) else np.array([0])
    np.testing.assert_array_equal(url_state.read_rows(url_state.write_rows(rows, n), n), rows)


@pytest.mark.parametrize("text", [None, "", "x", "eJw", "!!!", "a" * 20_000, "0,1,2"])
def test_invalid_texts_are_no_value(text):
    assert url_state.read_rows(text, 100) is None
    assert url_state.read_code(text, 2) is None


def test_a_compressed_bomb_is_not_unpacked():
    text = url_state.write_rows(np.arange(8), 8_000_000)
    assert text is None or url_state.read_rows(text, 80) is None


def test_a_latent_code_is_read_as_it_was_written():
    z = np.random.default_rng(0).normal(size=10).astype(np.float32)
    np.testing.assert_allclose(url_state.read_code(url_state.write_code(z), 10), z, atol=6e-4)
    assert url_state.write_code(np.array([-0.0001, 1.0])) == "0,1"
    for wrong in ("1,2,3", "1e9,0", "inf,0", "nan,0"):
        assert url_state.read_code(wrong, 2) is None


@pytest.mark.parametrize(
    ("parameter", "accepted", "refused"),
    [
        (Number("n", 0, 0, 99), ["0", "99", "7.0"], ["-1", "100", "1.5", "inf", "nan", "1e400", "x", ""]),
        (Number("n", 0.5, 0.0, 1.0), ["0.25", "1"], ["1.01", "-inf", "nan", ""]),
        (Choice("c", ("a", "b")), ["a"], ["c", ""]),
        (Choice("c"), ["anything"], ["", "x" * 201]),
        (Flag("f"), ["true", "False"], ["1", ""]),
        (Text("t", "", 3), ["", "abc"], ["abcd"]),
    ],
)
def test_a_parameter_accepts_its_range_only(parameter, accepted, refused):
    assert all(parameter.accepts([text]) for text in accepted)
    assert not any(parameter.accepts([text]) for text in refused)


def test_several_choices_are_limited_in_number():
    assert Choices("c", 2).accepts(["a", "b"])
    assert not Choices("c", 2).accepts(["a", "b", "c"])


def test_every_default_lies_in_its_range_and_keys_of_a_page_differ():
    pages = [cls for cls in vars(state).values() if isinstance(cls, type) and issubclass(cls, Parameters)]
    pages = [cls for cls in pages if cls is not Parameters]
    assert len(pages) > 5
    for page in pages:
        keys = [parameter.key for parameter in page.declared()]
        assert len(keys) == len(set(keys)), page
        for parameter in page.declared():
            default = getattr(parameter, "default", None)
            if default is not None and not isinstance(parameter, Choices):
                assert parameter.accepts([str(default)]), (page, parameter)


def canvas_page() -> None:
    """A page whose canvas is replaced by what the session says it has reported."""
    import numpy as np
    import streamlit as st

    from latent_explorer.ui import url_state

    code = url_state.latent_code("model", 2, "canvas")
    given = code.given(np.zeros(2))
    reported = (st.session_state.get("canvas") or {}).get("z")
    z = code.keep(given if reported is None else np.array(reported, dtype=float), given)
    st.session_state["shown"] = np.asarray(z).tolist()


def url_of(app: AppTest) -> str:
    """The latent code in the URL; the test runner has a text or a list of one."""
    value = app.query_params["z"]
    return value if isinstance(value, str) else value[0]


@pytest.fixture
def canvas():
    app = AppTest.from_function(canvas_page)
    app.session_state["arrived"] = False
    return app


def test_a_code_from_the_url_is_given_until_the_canvas_reports_another(canvas):
    canvas.session_state["canvas"] = {"z": [9, 9]}  # an old report, from before the link
    canvas.query_params["z"] = "1,2"
    canvas.run()
    assert canvas.session_state["shown"] == [1, 2]
    canvas.session_state["canvas"] = {"z": [3, 4]}
    canvas.run()
    assert canvas.session_state["shown"] == [3, 4]
    assert url_of(canvas) == "3,4"


def test_a_code_of_another_length_is_ignored(canvas):
    canvas.query_params["z"] = "1,2,3"
    canvas.run()
    assert canvas.session_state["shown"] == [0, 0]


def test_back_to_a_url_without_a_code_gives_the_default(canvas):
    canvas.session_state["canvas"] = {"z": [3, 4]}
    canvas.run()
    assert url_of(canvas) == "3,4"
    del canvas.query_params["z"]
    canvas.run()
    assert canvas.session_state["shown"] == [0, 0]


def test_a_code_goes_with_its_model_to_another_page(canvas):
    canvas.session_state["canvas"] = {"z": [3, 4]}
    canvas.run()
    canvas.session_state["canvas"] = None  # the canvas of the new page has reported nothing
    canvas.session_state["arrived"] = True
    del canvas.query_params["z"]
    canvas.run()
    assert canvas.session_state["shown"] == [3, 4]
    assert url_of(canvas) == "3,4"
