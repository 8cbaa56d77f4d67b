"""Metrics measured in a process of their own: the command line's ``evaluate``, watched, and stopped when nobody wants it.

What is measured lands in the checkpoint's metrics.json, metric by metric, so that a stopped one loses only its last.
"""

import atexit
import os
import re
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

from vae_core.common.errors import BadInput

ROOT = Path(__file__).parents[2]
BAR = re.compile(rb"\s*(\d+)% \|[^|]*\| (\S+) (\S*)")
AT_ONCE = 1  # measurements running; two cores are soon full
LONGEST = 4000  # bytes of what the process said that are kept


@dataclass(eq=False)
class EvaluationJob:
    """One ``evaluate`` under way."""

    folder: Path
    metrics: tuple[str, ...]
    progress: float = 0.0
    metric: str = ""
    state: str = "waiting"  # waiting, running, done, stopped, failed
    failure: str = ""
    process: subprocess.Popen | None = None
    said: bytes = field(default=b"", repr=False)

    @property
    def finished(self) -> bool:
        return self.state in ("done", "stopped", "failed")


class Evaluations:
    """Measurements by checkpoint, first come, first served."""

    def __init__(self):
        self._by_folder: dict[Path, EvaluationJob] = {}
        self._slots, self._lock = threading.Semaphore(AT_ONCE), threading.Lock()
        atexit.register(self.close)

    def of(self, folder: Path) -> EvaluationJob | None:
        """What is or was last being measured of this checkpoint."""
        return self._by_folder.get(folder)

    def start(self, folder: Path, metrics: tuple[str, ...]) -> EvaluationJob:
        """Measure these metrics; a checkpoint has one measurement at a time."""
        with self._lock:
            before = self._by_folder.get(folder)
            if before and not before.finished:
                raise BadInput(f"{folder.name} is being measured already; wait for it, or stop it")
            for old in [path for path, job in self._by_folder.items() if job.finished][:-32]:
                del self._by_folder[old]
            job = self._by_folder[folder] = EvaluationJob(folder, metrics)
        threading.Thread(target=self._run, args=(job,), daemon=True, name=f"measuring {folder.name}").start()
        return job

    def stop(self, job: EvaluationJob) -> None:
        """End it; what it has measured so far is kept."""
        if not job.finished:
            job.state = "stopped"
            if job.process is not None:
                job.process.terminate()

    def close(self) -> None:
        for job in list(self._by_folder.values()):
            self.stop(job)

    def _run(self, job: EvaluationJob) -> None:
        with self._slots:
            if job.finished:
                return
            command = [sys.executable, "-m", "vae_core", "evaluate", str(job.folder), "--metrics", ",".join(job.metrics)]
            environment = os.environ | {"OMP_NUM_THREADS": "1"}
            paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
            job.process = subprocess.Popen(
                command, cwd=Path.cwd(), env=environment | {"PYTHONPATH": paths},
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            )  # fmt: skip
            if job.finished:  # stopped while it started
                job.process.terminate()
            else:
                job.state = "running"
            while chunk := job.process.stderr.read1(4096):
                job.said = (job.said + chunk)[-LONGEST:]
                if bars := BAR.findall(job.said):
                    job.progress, job.metric = int(bars[-1][0]) / 100, bars[-1][2].decode(errors="replace")
            code = job.process.wait()
            job.process.stderr.close()
            if job.state != "stopped":
                job.state = "done" if code == 0 else "failed"
                last = [line for line in re.split(r"[\r\n]+", job.said.decode(errors="replace")) if line.strip()]
                job.failure = "" if code == 0 else (last[-1].strip() if last else f"the measurement ended with {code}")
