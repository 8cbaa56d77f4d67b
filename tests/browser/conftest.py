"""Fixtures of the browser tests: a real Chromium and real Streamlit servers."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from browser.server import FLAGS, find_chromium, start

ROOT = Path(__file__).parents[2]
collect_ignore = ["canvas_app.py"]  # a script for streamlit run, not a module


@pytest.fixture(scope="session")
def chromium() -> Iterator:
    """Playwright's browser. Without one the tests are skipped with the reason, but under CI=true they fail."""
    api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        except api.Error as error:
            if os.environ.get("CI", "").lower() in ("1", "true"):
                raise
            reason = str(error).splitlines()[0]
            pytest.skip(f"no Chromium starts here ({reason}); set CHROMIUM, or run playwright install chromium")
        yield browser
        browser.close()


@pytest.fixture
def page(chromium) -> Iterator:
    """A fresh page; an error in its console fails the test."""
    context = chromium.new_context(viewport={"width": 1280, "height": 720})
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    assert not errors, errors


@pytest.fixture(scope="session")
def serve(tmp_path_factory) -> Iterator[Callable[..., str]]:
    """``serve(script, **environment)`` starts Streamlit on a free port and returns the address."""
    running = []

    def serving(script: Path, **environment: str) -> str:
        process, address = start(script, tmp_path_factory.mktemp("server") / "log.txt", **environment)
        running.append(process)
        return address

    yield serving
    for process in running:
        process.terminate()
        process.wait(10)


@pytest.fixture
def fresh_app(tmp_path) -> Iterator[str]:
    """Address of a server of the app without any visit; it ends with the test."""
    process, address = start(ROOT / "app.py", tmp_path / "log.txt")
    yield address
    process.kill()
    process.wait()
