"""kill -9 of the worker, of the server and of both while a page shows a run: the page shows the right state afterwards."""

import os
import random
import re
from pathlib import Path

import pytest
from browser.server import start
from run_cases import kill, last_state, new_run, same_tensors, start_worker_for, wait_until

from vae_core.runs.lock import Lock

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("KILLS", "3"))  # number of random moments: each kind once by default, more with KILLS=50
STEPS = 4000 + 4000 * KILLS  # still training when a new server has started after a kill
LIMIT = 600 + 20 * KILLS  # seconds in which that many steps are trained, on a slow machine

pytestmark = pytest.mark.browser


@pytest.fixture
def servers(tmp_path):
    """Return a function that starts another server on the same runs; all are killed at the end."""
    running = []

    def another():
        settings = {"LATENT_EXPLORER_RUNS": str(tmp_path / "runs"), "LATENT_EXPLORER_THREADS": "1"}
        running.append(start(ROOT / "app.py", tmp_path / "log.txt", **settings))
        return running[-1]

    yield another
    for process, _ in running:
        process.kill()
        process.wait()


def test_the_page_shows_the_state_of_a_run_after_kills_of_worker_and_server(servers, chromium, tmp_path, monkeypatch):
    monkeypatch.setenv("LATENT_EXPLORER_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("LATENT_EXPLORER_THREADS", "1")
    run = new_run(tmp_path / "runs", n_steps=STEPS)
    moments, reached = random.Random(0), []
    server, address = servers()
    page = chromium.new_page()
    page.set_default_timeout(60_000)

    def wait_for_state(word: str) -> None:
        """Wait until the page shows this state, or "Finished" if the run has finished in the meantime."""
        page.goto(f"{address}/train?run={run.id}")
        shown = page.locator("[data-testid=stProgress]").filter(has_text=re.compile(f"{word}|Finished"))
        shown.wait_for()
        assert word in shown.inner_text() or run.status().state == "finished"

    def play() -> None:
        page.get_by_role("button", name="Play").click()
        wait_until(lambda: run.status().state in ("running", "finished"))

    wait_for_state("Stopped")
    play()
    for i in range(KILLS):
        # kill a worker that has trained some steps, on a machine of any speed; the server last: training goes on meanwhile
        wait_until(lambda: run.reported_status().step > 0 or run.status().state == "finished")
        page.wait_for_timeout(300 * moments.uniform(0, 1))
        reached.append(run.reported_status().step)
        victim = ("worker", "both", "server")[i % 3]
        if victim != "server" and (holder := Lock(run.path).holder()):
            kill(holder["pid"])
        if victim != "worker":
            server.kill()
            server.wait()
            server, address = servers()
        if victim == "server":
            assert run.alive or run.status().state == "finished", "a run outlives its server"
            wait_for_state("Training")
        else:
            wait_until(lambda: not run.alive)
            assert run.status().state in ("interrupted", "finished")
            wait_for_state("Interrupted")
            if run.status().state == "interrupted":
                play()
    wait_until(lambda: run.status().state == "finished", LIMIT)
    wait_for_state("Finished")
    assert any(0 < step < STEPS for step in reached)
    undisturbed = new_run(tmp_path / "runs", n_steps=STEPS)
    assert start_worker_for(undisturbed).wait(LIMIT) == 0
    assert same_tensors(last_state(run), last_state(undisturbed))
    page.close()
