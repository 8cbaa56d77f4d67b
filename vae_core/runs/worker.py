"""The process that trains: ``python -m vae_core.runs.worker`` reads one job, the folders of its runs, and trains them.

The runs of a race take turns, a slice of time each. Nothing here imports streamlit. The worker goes on when the process that
started it ends.
"""

import os
import sys
import time
import traceback
from contextlib import suppress
from pathlib import Path

from vae_core.common.errors import BadInput
from vae_core.common.messages import read_message
from vae_core.common.plugins import load_plugins
from vae_core.common.processes import lower_priority, on_termination
from vae_core.runs import job_queue
from vae_core.runs.run import Run
from vae_core.runs.server_limits import ServerLimits

NICE = int(os.environ.get("LATENT_EXPLORER_NICE") or 10)
SLICE = 0.1  # seconds of one run before the next one of a race has its turn
IDLE = 0.03  # seconds to wait when no run has anything to do
HANDOVER = 3.0  # seconds that the interface has to start the next job with its own ready worker


def main() -> int:
    """Wait for a job, train it, then start the next one of the queue."""
    lower_priority(NICE)
    warm_up()
    message = read_message(sys.stdin.buffer)
    if message is None:
        return 0  # the process that kept this worker ready has ended
    job_id, runs = message.fields["job"], [Run(Path(path)) for path in message.fields["runs"]]
    root = runs[0].path.parent
    write_output_to(runs[0].path / "worker.log")
    try:
        train_all(runs)
    finally:
        job_queue.remove_job(root, job_id)
    if job_queue.waiting_jobs(root):
        time.sleep(HANDOVER)
        job_queue.start_queued_jobs(root, ServerLimits.from_environment())
    return 0


def write_output_to(path: Path) -> None:
    """Append everything that this process prints, tracebacks included, to a file."""
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(log, 1)
    os.dup2(log, 2)


def warm_up() -> None:
    """Import torch and train one step of a small model, so that the first step of a job does not wait for it."""
    import torch

    from vae_core import TrainConfig, load_dataset, train
    from vae_core.parts.networks import MLP
    from vae_core.runs import preparation  # noqa: F401 (imported now, because it takes time)

    for failure in load_plugins():
        print(f"warning: {failure}", file=sys.stderr)
    # half of the cores: the interface uses the others, and two threads on one core slow each other down
    torch.set_num_threads(int(os.environ.get("LATENT_EXPLORER_THREADS") or max(1, (os.cpu_count() or 2) // 2)))
    data = load_dataset("digits")
    for _ in train(TrainConfig(dataset="digits", network=MLP(), n_steps=1), data, data.subset(32)):
        pass
    with suppress(BadInput):  # without MNIST on this machine
        load_dataset("mnist", n_images=1)  # imports the reader, and brings the file into the system's page cache


def train_all(runs: list[Run]) -> None:
    """Train all runs in turns until each has ended. An error in one of them does not stop the others."""
    # imported late: warm_up decides when
    from vae_core.runs.preparation import PreparingRun
    from vae_core.runs.runner import Runner

    active: list[Runner] = []
    for run in runs:
        try:
            preparing = PreparingRun(run)
        except BadInput as error:
            print(error, file=sys.stderr)  # another process writes this run: leave it alone
            continue
        try:
            runner = preparing.prepare()
        except Exception as error:
            preparing.fail(describe_failure(error))
        else:
            active += [runner] if runner else []
    stop_requested: list[bool] = []
    on_termination(lambda: stop_requested.append(True))
    while active:
        busy = False
        for runner in list(active):
            try:
                if stop_requested:
                    runner.stop()
                busy = runner.work(SLICE) or busy
            except Exception as error:
                runner.fail(describe_failure(error))
            if runner.ended:
                runner.close()
                active.remove(runner)
        if not busy:
            time.sleep(IDLE)


def describe_failure(error: Exception) -> str:
    """Print the traceback, which goes to worker.log, and return the reason for the status."""
    traceback.print_exc()
    return f"the worker met an error ({type(error).__name__}: {error}); see worker.log in the run's folder"


if __name__ == "__main__":
    sys.exit(main())
