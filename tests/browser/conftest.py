"""A real Chromium and a real Streamlit server: what only they can show is tested here."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
collect_ignore = ["canvas_app.py"]  # a script for streamlit run, not a module
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium() -> Iterator:
    """Playwright's browser: the one in $CHROMIUM, on the path, or Playwright's own."""
    api = pytest.importorskip("playwright.sync_api")
    installed = map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))
    found = os.environ.get("CHROMIUM") or next(filter(None, installed), None)
    with api.sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        except api.Error as error:
            if os.environ.get("CI", "").lower() in ("1", "true"):
                raise
            pytest.skip(
                f"no Chromium starts here ({str(error).splitlines()[0]}); set CHROMIUM, or run playwright install chromium"
            )
        yield browser
        browser.close()


@pytest.fixture
def page(chromium) -> Iterator:
    """A fresh page; what its console calls an error fails the test."""
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
    running: list[subprocess.Popen] = []

    def start(script: Path, **environment: str) -> str:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        log = tmp_path_factory.mktemp("server") / "log.txt"
        flags = {
            "server.headless": "true",
            "server.port": port,
            "server.address": "127.0.0.1",
            "server.fileWatcherType": "none",
        }
        flags |= {"browser.gatherUsageStats": "false"}
        command = [sys.executable, "-m", "streamlit", "run", str(script), *(f"--{k}={v}" for k, v in flags.items())]
        paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": paths} | environment
        with log.open("w") as output:
            running.append(subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT))
        address = f"http://127.0.0.1:{port}"
        for _ in range(300):
            try:
                with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):
                    return address
            except OSError:
                if running[-1].poll() is not None:
                    break
                time.sleep(0.1)
        raise RuntimeError(f"the server did not start: {log.read_text()}")

    yield start
    for process in running:
        process.terminate()
        process.wait(10)
