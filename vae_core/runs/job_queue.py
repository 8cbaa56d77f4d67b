"""Who waits and who trains: files in runs/queue/ and runs/active/, so that the line outlives every process.

Fair: a visitor has one job training at most, and the line goes round the visitors: everybody's first job comes before
anybody's second.
"""

import json
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from filelock import FileLock, Timeout

from vae_core.common.errors import BadInput
from vae_core.common.files import read_json, write_text
from vae_core.runs.lock import alive, identity
from vae_core.runs.run import Run
from vae_core.runs.server_limits import ServerLimits
from vae_core.runs.worker_process import launch_worker

StartWorker = Callable[[str, list[Path]], int]  # (group, folders) → process id


@dataclass(frozen=True)
class Job:
    """Runs that train together: one, or those of a race."""

    group: str
    owner: str
    runs: tuple[str, ...]
    file: Path


def enqueue_job(root: Path, group: str, owner: str, runs: list[str]) -> None:
    """To the end of the line; a job that is in it already keeps its place."""
    if not any(job.group == group for job in waiting_jobs(root)):
        write_text(root / "queue" / f"{time.time_ns()}-{group}.json", json.dumps({"owner": owner, "runs": runs}))


def _jobs(folder: Path) -> list[Job]:
    found = []
    for path in sorted(folder.glob("[!.]*.json")) if folder.is_dir() else []:
        try:
            data = read_json(path, limit=1 << 16)
            found.append(Job(path.stem.rpartition("-")[2], data["owner"], tuple(data["runs"]), path))
        except (BadInput, TypeError, KeyError):
            path.unlink(missing_ok=True)
    return found


def waiting_jobs(root: Path) -> list[Job]:
    """The line in its order."""
    rounds: dict[str, int] = defaultdict(int)
    ranked = []
    for place, job in enumerate(_jobs(root / "queue")):
        ranked.append((rounds[job.owner], place, job))
        rounds[job.owner] += 1
    return [job for *_, job in sorted(ranked, key=lambda entry: entry[:2])]


def training_jobs(root: Path) -> list[Job]:
    """Jobs with a living worker; what a dead one left is cleared away."""
    found = []
    for job in _jobs(root / "active"):
        try:
            living = alive(read_json(job.file).get("worker"))
        except BadInput:
            continue
        if living:
            found.append(job)
        else:
            job.file.unlink(missing_ok=True)
    return found


def queue_position(root: Path, group: str) -> int | None:
    """1 for the next in line; None for a job that does not wait."""
    groups = [job.group for job in waiting_jobs(root)]
    return groups.index(group) + 1 if group in groups else None


def remove_job(root: Path, group: str) -> None:
    """Out of the line, or done."""
    (root / "active" / f"{group}.json").unlink(missing_ok=True)
    for job in waiting_jobs(root):
        if job.group == group:
            job.file.unlink(missing_ok=True)


def start_queued_jobs(root: Path, limits: ServerLimits, start: StartWorker = launch_worker) -> list[str]:
    """StartWorker whom the limits lets start now; their groups. Whoever comes by may call this: one at a time does it."""
    if not (root / "queue").is_dir():
        return []
    try:
        with FileLock(root / ".dispatch", timeout=0):
            begun = []
            while True:
                busy = training_jobs(root)
                owners = {job.owner for job in busy}
                free = [job for job in waiting_jobs(root) if job.owner not in owners]
                if len(busy) >= limits.at_once or not free:
                    return begun
                _start(root, free[0], start)
                begun.append(free[0].group)
    except Timeout:
        return []


def _start(root: Path, job: Job, start: StartWorker) -> None:
    folders = [root / run for run in job.runs if (root / run / "config.json").exists()]
    if folders:
        for folder in folders:
            said = replace(Run(folder).reported_status(), state="starting", reason="")
            write_text(folder / "status.json", json.dumps(asdict(said)))
        worker = identity(start(job.group, folders))
        active = {"owner": job.owner, "runs": list(job.runs), "worker": worker}
        write_text(root / "active" / f"{job.group}.json", json.dumps(active))
    job.file.unlink(missing_ok=True)
