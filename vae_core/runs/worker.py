"""The process that trains: ``python -m vae_core.runs.worker``; it reads one line of JSON, the folders, and trains them.

Several folders are one race: they take turns, a slice of time each. Nothing here imports streamlit, and what starts this
process may end: the worker goes on.
"""

import json
import os
import signal
import sys
import time
import traceback
from contextlib import suppress
from pathlib import Path

from vae_core.common.errors import BadInput
from vae_core.common.plugins import load_plugins
from vae_core.runs import job_queue
from vae_core.runs.run import Run
from vae_core.runs.server_limits import ServerLimits

NICE = int(os.environ.get("LATENT_EXPLORER_NICE") or 10)
SLICE = 0.1  # seconds of one run before the next of a race has its turn
IDLE = 0.03
HANDOVER = 3.0  # seconds that the interface has to start the next in line with its warm worker


def main() -> int:
    with suppress(OSError):
        os.nice(NICE)
    warm_up()
    asked = sys.stdin.readline()
    if not asked.strip():
        return 0  # whoever kept this worker warm has gone
    job = json.loads(asked)
    runs = [Run(Path(path)) for path in job["runs"]]
    log = os.open(runs[0].path / "worker.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(log, 1)
    os.dup2(log, 2)
    try:
        train_all(runs)
    finally:
        job_queue.remove_job(runs[0].path.parent, job["group"])
    if job_queue.waiting_jobs(runs[0].path.parent):
        time.sleep(HANDOVER)
        job_queue.start_queued_jobs(runs[0].path.parent, ServerLimits.from_environment())
    return 0


def warm_up() -> None:
    """Imports, and one step of a small model: what would otherwise be waited for after the click."""
    import torch

    from vae_core import load_dataset, train
    from vae_core.config import TrainConfig
    from vae_core.runs import runner  # noqa: F401 (imported for the time it takes)

    for failure in load_plugins():
        print(f"warning: {failure}", file=sys.stderr)
    # half the cores: the interface answers from the others, and two threads that share a core wait for each other
    torch.set_num_threads(int(os.environ.get("LATENT_EXPLORER_THREADS") or max(1, (os.cpu_count() or 2) // 2)))
    data = load_dataset("digits")
    for _ in train(TrainConfig(dataset="digits", network="mlp", n_steps=1), data, data.subset(32)):
        pass
    with suppress(BadInput):
        load_dataset("mnist", n_images=1)  # where it is here: what reads it is imported, and its file is in the page cache


def train_all(runs: list[Run]) -> None:
    """Until each has ended. An error in one is said in its folder, and the others go on."""
    from vae_core.runs.runner import Runner

    active = []
    for run in runs:
        try:
            runner = Runner(run)
        except BadInput as error:
            print(error, file=sys.stderr)  # somebody else writes it: not ours to touch
            continue
        if guarded(runner, runner.prepare):
            active.append(runner)
    stop = []
    signal.signal(signal.SIGTERM, lambda *_: stop.append(True))
    while active:
        busy = False
        for runner in list(active):
            if stop:
                runner.stop()
            worked = guarded(runner, lambda runner=runner: runner.work(SLICE))
            busy = busy or bool(worked)
            if runner.ended:
                runner.close()
                active.remove(runner)
        if not busy:
            time.sleep(IDLE)


def guarded(runner, do) -> bool:
    """Run ``do``; an unforeseen error becomes the run's last word, with its traceback in worker.log."""
    try:
        return do() is not False
    except Exception as error:
        traceback.print_exc()
        runner.fail(f"the worker met an error ({type(error).__name__}: {error}); see worker.log in the run's folder")
        return True


if __name__ == "__main__":
    sys.exit(main())
