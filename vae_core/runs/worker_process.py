"""Start workers: a new one, or one that was started earlier and has imported torch already."""

import threading
from pathlib import Path

from vae_core.common.processes import HelperProcess

MODULE = "vae_core.runs.worker"


def start_worker(environment: dict[str, str] | None = None) -> HelperProcess:
    """Start a worker that waits for its job. It goes on when the process that started it ends."""
    return HelperProcess(MODULE, takes_messages=True, environment=environment)


def assign_job(worker: HelperProcess, job_id: str, folders: list[Path]) -> None:
    """Send a worker its job: the folders of the runs to train.

    Raises:
        OSError: the worker has ended.
    """
    worker.send({"job": job_id, "runs": [str(folder.resolve()) for folder in folders]})
    worker.close_input()


def launch_worker(job_id: str, folders: list[Path]) -> int:
    """Start a new worker for a job, which trains after some seconds of imports; return its process id."""
    worker = start_worker()
    assign_job(worker, job_id, folders)
    worker.reap()
    return worker.pid


class WarmWorker:
    """One worker that is ready: it has imported torch and trained its first step."""

    def __init__(self):
        self._guard = threading.Lock()
        self._ready: HelperProcess | None = None

    def ensure_ready(self) -> None:
        """Start a worker if there is none; it is ready some seconds later."""
        with self._guard:
            if self._ready is None or not self._ready.running:
                self._ready = start_worker()

    def launch(self, job_id: str, folders: list[Path]) -> int:
        """Train a job with the ready worker, or with a new one; return the process id."""
        with self._guard:
            worker, self._ready = self._ready, None
        if worker is None or not worker.running:
            return launch_worker(job_id, folders)
        try:
            assign_job(worker, job_id, folders)
        except OSError:  # it has ended at this very moment
            return launch_worker(job_id, folders)
        worker.reap()
        return worker.pid

    def close(self) -> None:
        """End the ready worker."""
        with self._guard:
            if self._ready is not None:
                self._ready.close_input()
                self._ready.reap()
                self._ready = None
