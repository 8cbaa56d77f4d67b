"""Pages opened by Streamlit's test runner, and what tests look for on them."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[1]


def show_page(page: str, **state) -> AppTest:
    """Open the app with these values in the session, then the page."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    for key, value in state.items():
        app.session_state[key] = value
    app.run()
    if page != "gallery.py":
        app.switch_page(f"pages/{page}").run()
    assert not app.exception
    return app


def has_figure(app: AppTest) -> bool:
    """AppTest knows no components of the second kind, so the canvas is an element of the type that they have."""
    return any(app.get(kind) for kind in ("image", "plotly_chart", "bidi_component"))


def text_of(app: AppTest) -> str:
    """Return every text and message on the page."""
    return " ".join(
        element.value for kind in (app.markdown, app.caption, app.info, app.warning, app.success) for element in kind
    )


def press(app: AppTest, label: str) -> AppTest:
    """Press the button with this label."""
    next(b for b in app.button if b.label == label).click()
    app.run()
    assert not app.exception
    return app
