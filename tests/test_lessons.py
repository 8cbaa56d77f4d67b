"""Every lesson opens on its figure, from shipped models alone; its formula, code and way on are there."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from latent_explorer.concepts import CONCEPTS
from latent_explorer.lessons import LESSONS

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
    assert app.code, "no code"
    assert any("Try it yourself" in str(link.proto.label) for link in app.get("page_link"))
    assert set(lesson.terms) <= set(CONCEPTS)
