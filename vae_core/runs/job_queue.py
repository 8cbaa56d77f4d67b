"""The job queue: files in runs/queue/ (waiting) and runs/active/ (training), so that it outlives every process.

It is fair: a visitor has at most one job training, and the order goes round the visitors, so that the first job of each
visitor comes before the second job of any visitor.
"""

import json
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from filelock import FileLock, Timeout

from vae_core.common.errors import BadInput
from vae_core.common.files import read_json, write_text
from vae_core.common.process_identity import identity, is_running
from vae_core.runs.run import Run, write_status
from vae_core.runs.server_limits import ServerLimits
from vae_core.runs.worker_process import launch_worker

StartWorker = Callable[[str, list[Path]], int]  # (job id, folders) → process id


@dataclass(frozen=True)
class Job:
    """Runs that train together: one, or those of a race."""

    id: str
    owner: str
    runs: tuple[str, ...]
    file: Path


def enqueue_job(root: Path, job_id: str, owner: str, runs: list[str]) -> None:
    """Add a job at the end of the queue; a job that is in the queue already keeps its place."""
    if not any(job.id == job_id for job in waiting_jobs(root)):
        write_text(root / "queue" / f"{time.time_ns()}-{job_id}.json", json.dumps({"owner": owner, "runs": runs}))


def waiting_jobs(root: Path) -> list[Job]:
    """Return the waiting jobs in the order in which they will start."""
    rounds: dict[str, int] = defaultdict(int)
    ranked = []
    for place, job in enumerate(_read_jobs(root / "queue")):
        ranked.append((rounds[job.owner], place, job))
        rounds[job.owner] += 1
    return [job for *_, job in sorted(ranked, key=lambda entry: entry[:2])]


def training_jobs(root: Path) -> list[Job]:
    """Return the jobs whose worker is running; the files of other jobs are deleted."""
    found = []
    for job in _read_jobs(root / "active"):
        try:
            running = is_running(read_json(job.file).get("worker"))
        except BadInput:
            continue
        if running:
            found.append(job)
        else:
            job.file.unlink(missing_ok=True)
    return found


def queue_position(root: Path, job_id: str) -> int | None:
    """Return 1 for the next job to start, and so on; None for a job that does not wait."""
    ids = [job.id for job in waiting_jobs(root)]
    return ids.index(job_id) + 1 if job_id in ids else None


def remove_job(root: Path, job_id: str) -> None:
    """Remove a job from the queue: it has ended, or it is not wanted any more."""
    (root / "active" / f"{job_id}.json").unlink(missing_ok=True)
    for job in waiting_jobs(root):
        if job.id == job_id:
            job.file.unlink(missing_ok=True)


def start_queued_jobs(root: Path, limits: ServerLimits, start: StartWorker = launch_worker) -> list[str]:
    """Start queued jobs up to the limit and return their ids. Safe to call from any process."""
    if not (root / "queue").is_dir():
        return []
    try:
        with FileLock(root / ".dispatch", timeout=0):
            started = []
            while True:
                training = training_jobs(root)
                owners = {job.owner for job in training}
                allowed = [job for job in waiting_jobs(root) if job.owner not in owners]
                if len(training) >= limits.at_once or not allowed:
                    return started
                _start_job(root, allowed[0], start)
                started.append(allowed[0].id)
    except Timeout:  # another process starts jobs at this moment
        return []


def _read_jobs(folder: Path) -> list[Job]:
    """Return the jobs of a folder in the order of their files; unreadable files are deleted."""
    found = []
    for path in sorted(folder.glob("[!.]*.json")) if folder.is_dir() else []:
        try:
            data = read_json(path, limit=1 << 16)
            found.append(Job(path.stem.rpartition("-")[2], data["owner"], tuple(data["runs"]), path))
        except (BadInput, TypeError, KeyError):
            path.unlink(missing_ok=True)
    return found


def _start_job(root: Path, job: Job, start: StartWorker) -> None:
    folders = [root / run for run in job.runs if (root / run / "config.json").exists()]
    if folders:
        for folder in folders:
            write_status(folder, replace(Run(folder).reported_status(), state="starting", reason=""))
        worker = identity(start(job.id, folders))
        active = {"owner": job.owner, "runs": list(job.runs), "worker": worker}
        write_text(root / "active" / f"{job.id}.json", json.dumps(active))
    job.file.unlink(missing_ok=True)
