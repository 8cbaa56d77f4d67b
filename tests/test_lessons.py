"""Every lesson opens on its figure, from shipped models alone; its formula, code and way on are there."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from latent_explorer.course.glossary import TERMS, WORDS
from latent_explorer.course.lessons import LESSONS
from latent_explorer.ui.concepts import CONCEPTS

ROOT = Path(__file__).parents[1]


def opened(lesson, **state: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    for name, value in state.items():
        app.query_params[name] = value
    app.run()
    return app.switch_page(lesson.script).run()


@pytest.fixture(autouse=True)
def nothing_is_warmed(monkeypatch):
    monkeypatch.setenv("LATENT_EXPLORER_WARM", "0")


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
def test_a_lesson_asks_shows_and_explains(lesson):
    app = opened(lesson)
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


OPEN = {"autoencoder", "encoder", "beta"}  # no figure waits: theirs tells nothing until one moves it or reads it


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
def test_the_answer_waits_for_a_guess_and_the_question_does_not(lesson):
    app = opened(lesson)
    told = len(app.success) + len(app.warning) + len(app.info)
    waiting = [caption.value for caption in app.caption if "after your guess" in caption.value]
    assert (len(waiting) == 1) != (lesson.slug in OPEN)
    before = shown(app)
    app.session_state["guess"] = "show me"
    app.run()
    assert not app.exception
    assert len(app.success) + len(app.warning) + len(app.info) == told + 1
    assert not any("after your guess" in caption.value for caption in app.caption)
    assert shown(app) > before or lesson.slug in OPEN | {"holes"}


@pytest.mark.parametrize("slug, words", [("autoencoder", "% outside"), ("holes", "draws of the prior fall into holes of")])
def test_words_that_tell_wait_too(slug, words):
    app = opened(next(lesson for lesson in LESSONS if lesson.slug == slug))
    said = [element.value for element in (*app.markdown, *app.caption)]
    assert not any(words in value for value in said)
    app.session_state["guess"] = "show me"
    app.run()
    assert any(words in element.value for element in (*app.markdown, *app.caption))


def shown(app: AppTest) -> int:
    return len(app.image) + len(app.get("plotly_chart")) + len(app.dataframe)


def page(script: str, **state: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    for name, value in state.items():
        app.query_params[name] = value
    return app.run().switch_page(f"pages/{script}").run()


def test_every_term_has_its_lesson_and_every_concept_is_a_term():
    slugs = {lesson.slug for lesson in LESSONS}
    assert {slug for _, slug in TERMS.values()} == slugs
    assert CONCEPTS.keys() <= TERMS.keys()
    assert not WORDS.keys() & CONCEPTS.keys()  # said once


def test_the_glossary_finds_and_says_where_it_found_nothing():
    app = page("learn_glossary.py")
    assert len(app.get("page_link")) == len(TERMS)
    app.text_input(key="find").set_value("vamp").run()
    assert len(app.get("page_link")) == 1
    app.text_input(key="find").set_value("zebra").run()
    assert "No term holds 'zebra'" in app.info[0].value


def test_presenting_is_offered_and_can_be_left():
    app = page("learn_teach.py")
    assert len(app.get("page_link")) == len(LESSONS) + 1
    assert [b.label for b in app.button] == ["Present"]
    app.session_state["presenting"] = True
    app.run()
    assert "Leave presenter mode" in [b.label for b in app.button]


def test_a_model_that_is_gone_is_said(monkeypatch, tmp_path):
    monkeypatch.setenv("LATENT_EXPLORER_CHECKPOINTS", str(tmp_path))
    app = opened(next(lesson for lesson in LESSONS if lesson.slug == "collapse"))
    assert "not here any more" in app.info[0].value
    assert not app.exception
