"""kill -9 of the worker, of the server and of both, while a run is watched: what the page says afterwards is true."""

import os
import random
import re
import signal
from contextlib import suppress
from pathlib import Path

import pytest
from browser.server import start
from run_cases import begun, last_state, same, until, worker

from vae_core.runs.lock import Lock

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("KILLS", "3"))  # how many random moments: each kind once in the suite, fifty with KILLS=50
STEPS = 3000 + 2000 * KILLS  # still training when a server is there again after its kill
LIMIT = 600 + 20 * KILLS  # seconds in which that many steps are trained, on a slow machine

pytestmark = pytest.mark.browser


@pytest.fixture
def servers(tmp_path):
    """``servers()`` starts another server on the same runs; all are gone afterwards."""
    running = []

    def another():
        settings = {"LATENT_EXPLORER_RUNS": str(tmp_path / "runs"), "LATENT_EXPLORER_THREADS": "1"}
        running.append(start(ROOT / "app.py", tmp_path / "log.txt", **settings))
        return running[-1]

    yield another
    for process, _ in running:
        process.kill()
        process.wait()


def test_killed_with_or_without_its_server_a_run_is_told_truly_and_goes_on(servers, chromium, tmp_path, monkeypatch):
    monkeypatch.setenv("LATENT_EXPLORER_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("LATENT_EXPLORER_THREADS", "1")
    run = begun(tmp_path / "runs", n_steps=STEPS)
    moments, reached = random.Random(0), []
    server, address = servers()
    page = chromium.new_page()
    page.set_default_timeout(60_000)

    def says(word: str) -> None:
        """That word; or, where the run has ended in the meantime, that it has."""
        page.goto(f"{address}/train?run={run.id}")
        shown = page.locator("[data-testid=stProgress]").filter(has_text=re.compile(f"{word}|Finished"))
        shown.wait_for()
        assert word in shown.inner_text() or run.status().state == "finished"

    def play() -> None:
        page.get_by_role("button", name="Play").click()
        until(lambda: run.status().state in ("running", "finished"))

    says("Stopped")
    play()
    for i in range(KILLS):
        page.wait_for_timeout(1000 * moments.uniform(0, 2))
        victim = ("worker", "server", "both")[i % 3]
        if victim != "server" and (holder := Lock(run.path).holder()):
            with suppress(ProcessLookupError):  # it has just ended by itself
                os.kill(holder["pid"], signal.SIGKILL)
        if victim != "worker":
            server.kill()
            server.wait()
            server, address = servers()
        if victim == "server":
            assert run.alive or run.status().state == "finished", "a run outlives its server"
            says("Training")
        else:
            until(lambda: not run.alive)
            assert run.status().state in ("interrupted", "finished")
            says("Interrupted")
            if run.status().state == "interrupted":
                play()
        reached.append(run.status().step)
    until(lambda: run.status().state == "finished", LIMIT)
    says("Finished")
    assert any(0 < step < STEPS for step in reached)
    undisturbed = begun(tmp_path / "runs", n_steps=STEPS)
    assert worker(undisturbed).wait(LIMIT) == 0
    assert same(last_state(run), last_state(undisturbed))
    page.close()
