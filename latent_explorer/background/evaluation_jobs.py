"""Evaluations in a process of their own: the command ``evaluate`` with its progress, which can be stopped at any time.

Each metric is stored in the checkpoint's metrics.json as soon as it is measured, so that stopping loses only the current one.
"""

import atexit
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from vae_core.common.errors import BadInput
from vae_core.common.processes import HelperProcess

AT_ONCE = 1  # evaluations that run at the same time; each one keeps a core busy
KEPT = 32  # finished jobs that are remembered


@dataclass(eq=False)
class EvaluationJob:
    """One evaluation: waiting, running or finished."""

    folder: Path
    metrics: tuple[str, ...]
    progress: float = 0.0  # 0 to 1
    metric: str = ""  # that is being measured
    state: Literal["waiting", "running", "done", "stopped", "failed"] = "waiting"
    failure: str = ""
    process: HelperProcess | None = None

    @property
    def finished(self) -> bool:
        return self.state in ("done", "stopped", "failed")


class Evaluations:
    """The evaluations of this server, one at a time, first come, first served."""

    def __init__(self):
        self._by_folder: dict[Path, EvaluationJob] = {}
        self._slots, self._lock = threading.Semaphore(AT_ONCE), threading.Lock()
        atexit.register(self.close)

    def of(self, folder: Path) -> EvaluationJob | None:
        """Return the current or the last evaluation of this checkpoint."""
        return self._by_folder.get(folder)

    def start(self, folder: Path, metrics: tuple[str, ...]) -> EvaluationJob:
        """Measure these metrics of a checkpoint.

        Raises:
            BadInput: another evaluation of this checkpoint is not finished.
        """
        with self._lock:
            before = self._by_folder.get(folder)
            if before and not before.finished:
                raise BadInput(f"{folder.name} is being measured already; wait for it, or stop it")
            for old in [path for path, job in self._by_folder.items() if job.finished][:-KEPT]:
                del self._by_folder[old]
            job = self._by_folder[folder] = EvaluationJob(folder, metrics)
        threading.Thread(target=self._run, args=(job,), daemon=True, name=f"evaluation of {folder.name}").start()
        return job

    def stop(self, job: EvaluationJob) -> None:
        """Stop an evaluation; the metrics that it has measured are kept."""
        if not job.finished:
            job.state = "stopped"
            if job.process is not None:
                job.process.terminate()

    def close(self) -> None:
        """Stop all evaluations."""
        for job in list(self._by_folder.values()):
            self.stop(job)

    def _run(self, job: EvaluationJob) -> None:
        """Run one evaluation and follow its progress; the thread of this job."""
        with self._slots:
            if job.finished:
                return
            process = job.process = HelperProcess(
                "vae_core", "evaluate", str(job.folder), "--metrics", ",".join(job.metrics), "--progress", "json",
                messages_on="stderr", environment={"OMP_NUM_THREADS": "1"},
            )  # fmt: skip
            if job.finished:  # stopped while the process started
                process.terminate()
            else:
                job.state = "running"
            last_text = ""
            for message in process.messages():
                job.progress = message.fields.get("progress", job.progress)
                job.metric = message.fields.get("metric", job.metric)
                last_text = message.fields.get("text") or last_text
            status = process.wait()
            process.stop()  # closes the stream
            if job.state != "stopped":
                job.state = "done" if status == 0 else "failed"
                job.failure = "" if status == 0 else last_text or f"the evaluation ended with exit status {status}"
