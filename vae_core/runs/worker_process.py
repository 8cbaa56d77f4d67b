"""Starting workers: cold, or one that has been kept warm."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

COMMAND = [sys.executable, "-m", "vae_core.runs.worker"]


def start_worker() -> subprocess.Popen:
    """A worker that waits for its job. In a session of its own: what ends its parent does not end it."""
    package = Path(__file__).parents[2]
    paths = os.pathsep.join(filter(None, [str(package), os.environ.get("PYTHONPATH")]))
    return subprocess.Popen(
        COMMAND, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        env=os.environ | {"PYTHONPATH": paths}, text=True,
    )  # fmt: skip


def assign_job(worker: subprocess.Popen, group: str, folders: list[Path]) -> None:
    worker.stdin.write(json.dumps({"group": group, "runs": [str(f.resolve()) for f in folders]}) + "\n")
    worker.stdin.close()


def reap_worker(worker: subprocess.Popen) -> None:
    """Wait for its end in the background: a parent that does not would keep its entry in the process table."""
    threading.Thread(target=worker.wait, daemon=True).start()


def launch_worker(group: str, folders: list[Path]) -> int:
    """A cold start: some seconds of imports, then training. Its process id."""
    worker = start_worker()
    assign_job(worker, group, folders)
    reap_worker(worker)
    return worker.pid


class WarmWorker:
    """Keeps one worker ready, which has imported torch and made its first step."""

    def __init__(self):
        self._guard = threading.Lock()
        self._ready: subprocess.Popen | None = None

    def ensure_ready(self) -> None:
        """Have one ready, from some seconds from now on."""
        with self._guard:
            if self._ready is None or self._ready.poll() is not None:
                self._ready = start_worker()

    def launch(self, group: str, folders: list[Path]) -> int:
        """As ``launch``, by the warm worker where there is one."""
        with self._guard:
            worker, self._ready = self._ready, None
        try:
            if worker is None or worker.poll() is not None:
                return launch_worker(group, folders)
            assign_job(worker, group, folders)
        except OSError:
            return launch_worker(group, folders)
        reap_worker(worker)
        return worker.pid

    def close(self) -> None:
        with self._guard:
            if self._ready is not None:
                self._ready.stdin.close()
                reap_worker(self._ready)
                self._ready = None
