"""Every lesson page shows its figure from the shipped models alone, with its formula, its code and a link to go on."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from latent_explorer.course.glossary import DEFINITIONS, TERMS
from latent_explorer.course.lessons import LESSONS, Lesson, find_lesson
from latent_explorer.ui.concepts import CONCEPTS

ROOT = Path(__file__).parents[1]


def open_lesson(lesson: Lesson, **state: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    for name, value in state.items():
        app.query_params[name] = value
    app.run()
    return app.switch_page(lesson.script).run()


@pytest.fixture(autouse=True)
def no_warm_up(monkeypatch):
    monkeypatch.setenv("LATENT_EXPLORER_WARM", "0")


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
def test_a_lesson_has_question_figure_formula_and_code(lesson):
    app = open_lesson(lesson)
    assert not app.exception
    assert not app.error
    assert lesson.question in app.markdown[0].value
    assert any(app.get(kind) for kind in ("image", "plotly_chart", "bidi_component"))
    assert any("$$" in element.value for element in app.markdown), "no formula"
    files = [caption.value.strip("`") for caption in app.caption if caption.value.startswith("`")]
    assert len(files) == len(app.code) > 0
    sources = {f"{p.parent.name}/{p.name}": p for own in ("vae_core", "latent_explorer") for p in (ROOT / own).rglob("*.py")}
    for file, code in zip(files, app.code):
        assert code.value in sources[file].read_text()
    assert any("Try it yourself" in str(link.proto.label) for link in app.get("page_link"))
    assert set(lesson.terms) <= set(CONCEPTS)


OPEN = {"autoencoder", "encoder", "beta"}  # lessons whose figures do not give the answer away


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
def test_what_gives_the_answer_away_appears_after_a_guess(lesson):
    app = open_lesson(lesson)
    before_guess = len(app.success) + len(app.warning) + len(app.info)
    waiting = [caption.value for caption in app.caption if "after your guess" in caption.value]
    assert (len(waiting) == 1) != (lesson.slug in OPEN)
    before = count_figures(app)
    app.session_state["guess"] = "show me"
    app.run()
    assert not app.exception
    assert len(app.success) + len(app.warning) + len(app.info) == before_guess + 1
    assert not any("after your guess" in caption.value for caption in app.caption)
    assert count_figures(app) > before or lesson.slug in OPEN | {"holes"}


@pytest.mark.parametrize("slug, words", [("autoencoder", "% outside"), ("holes", "draws of the prior fall into holes of")])
def test_sentences_that_give_the_answer_away_appear_after_a_guess(slug, words):
    app = open_lesson(find_lesson(slug))
    assert not any(words in element.value for element in (*app.markdown, *app.caption))
    app.session_state["guess"] = "show me"
    app.run()
    assert any(words in element.value for element in (*app.markdown, *app.caption))


def count_figures(app: AppTest) -> int:
    return len(app.image) + len(app.get("plotly_chart")) + len(app.dataframe)


def open_page(script: str, **state: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    for name, value in state.items():
        app.query_params[name] = value
    return app.run().switch_page(f"pages/{script}").run()


@pytest.mark.parametrize(
    ("slug", "wrong"),
    [
        ("blur", {"image": "1e400", "beta": "3", "guess": "nonsense"}),
        ("kl", {"mu": "nan", "sd": "inf", "images": "x"}),
        ("beta", {"reduction": "products", "b": "-1", "c": "1,2,3"}),
    ],
)
def test_parameters_outside_their_range_fall_back_to_the_default(slug, wrong):
    usual, app = open_lesson(find_lesson(slug)), open_lesson(find_lesson(slug), **wrong)
    assert not app.exception
    assert not app.error
    assert [caption.value for caption in app.caption] == [caption.value for caption in usual.caption]


def test_every_term_has_its_lesson_and_every_concept_is_a_term():
    slugs = {lesson.slug for lesson in LESSONS}
    assert {term.lesson for term in TERMS.values()} == slugs
    assert CONCEPTS.keys() <= TERMS.keys()
    assert not DEFINITIONS.keys() & CONCEPTS.keys()  # defined once


def test_the_glossary_searches_and_reports_an_empty_result():
    app = open_page("learn_glossary.py")
    assert len(app.get("page_link")) == len(TERMS)
    app.text_input(key="find").set_value("vamp").run()
    assert len(app.get("page_link")) == 1
    app.text_input(key="find").set_value("zebra").run()
    assert "No term contains 'zebra'" in app.info[0].value


def test_presenter_mode_can_be_started_and_left():
    app = open_page("learn_teach.py")
    assert len(app.get("page_link")) == len(LESSONS) + 1
    assert [b.label for b in app.button] == ["Present"]
    app.session_state["presenting"] = True
    app.run()
    assert "Leave presenter mode" in [b.label for b in app.button]


def test_a_missing_model_is_reported(monkeypatch, tmp_path):
    monkeypatch.setenv("LATENT_EXPLORER_CHECKPOINTS", str(tmp_path))
    app = open_lesson(find_lesson("collapse"))
    assert "which are missing here" in app.info[0].value
    assert not app.exception
