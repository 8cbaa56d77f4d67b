"""Read a run's folder, from any process, while its worker writes."""

import json
import os
import re
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypedDict, get_args

import numpy as np

from vae_core.common.errors import BadInput
from vae_core.common.files import read_json, retry_while_open, write_text
from vae_core.common.process_identity import is_running
from vae_core.runs.command_inbox import send_command
from vae_core.runs.history_file import read_history
from vae_core.runs.lock import Lock

if TYPE_CHECKING:
    from vae_core.config import TrainConfig

FORMAT = 1
ID = re.compile(r"[0-9a-f]{24}")
State = Literal["queued", "starting", "running", "paused", "stopped", "finished", "failed", "interrupted"]
UNFINISHED: tuple[State, ...] = ("interrupted", "paused", "stopped", "failed")  # states that a run can continue from
ACTIVE_STATES: tuple[State, ...] = ("starting", "running")  # states that only a running worker can have


def runs_root() -> Path:
    """Return the folder of all runs: $LATENT_EXPLORER_RUNS, else runs/."""
    return Path(os.environ.get("LATENT_EXPLORER_RUNS") or "runs")


@dataclass(frozen=True)
class Status:
    """The state of a run, and how far it is."""

    state: State
    step: int = 0
    n_steps: int = 0
    seconds: float = 0.0  # of training
    images_per_second: float = 0.0
    device: str = ""
    reason: str = ""  # a sentence on the state, if it is not the one that was asked for
    updated: float = field(default_factory=time.time)

    @property
    def seconds_left(self) -> float | None:
        """The time left at the pace so far; None while the run does not train."""
        return self.seconds / self.step * (self.n_steps - self.step) if self.step and self.state == "running" else None


def write_status(folder: Path, status: Status) -> None:
    """Replace the status of a run in one step; only the process that holds its lock, or starts its worker, does."""
    write_text(folder / "status.json", json.dumps(asdict(status)))


class RunMetadata(TypedDict):
    """The content of config.json."""

    format: int
    config: dict[str, Any]  # ``TrainConfig.to_json``
    created: str  # ISO 8601, UTC
    owner: str
    group: str  # the id of the job: that of the run itself, or one that the runs of a race share
    lane: int  # the run's number within its race
    minutes: float  # the limit of the training time
    parent: str | None  # the run that this one is a duplicate of
    changed: str  # the field of the configuration that differs from the parent's


class Run:
    """A run's folder. Its methods only read, except ``send_command`` and ``mark_watched``."""

    def __init__(self, path: Path):
        self.path = Path(path)

    @property
    def id(self) -> str:
        return self.path.name

    @classmethod
    def find(cls, name: str, root: Path | None = None) -> "Run":
        """Return the run with this id, or the only one whose id begins with it (at least four characters).

        Raises:
            BadInput: there is no such run, or more than one.
        """
        root = runs_root() if root is None else root
        found = []
        if re.fullmatch(r"[0-9a-f]{4,24}", name) and root.is_dir():
            found = [p for p in root.glob(f"{name}*/config.json") if ID.fullmatch(p.parent.name)]
        if len(found) != 1:
            raise BadInput(f"there is no run {name!r} here any more" if not found else f"{len(found)} runs begin with {name!r}")
        return cls(found[0].parent)

    @property
    def metadata(self) -> RunMetadata:
        """The content of config.json.

        Raises:
            BadInput: the file is missing, unreadable or of another format.
        """
        data = read_json(self.path / "config.json")
        if not isinstance(data, dict) or data.get("format") != FORMAT or not isinstance(data.get("config"), dict):
            raise BadInput(f"run {self.id} has a config.json that this version cannot read")
        return data  # type: ignore[return-value] # the other keys are those that ``create_runs`` writes

    @property
    def job_id(self) -> str:
        """The id of the job that this run belongs to."""
        return self.metadata["group"]

    def config(self) -> "TrainConfig":
        """Return the configuration that the run began with, before any change of live settings."""
        from vae_core.config import TrainConfig  # imports torch, which a list of runs does not need

        return TrainConfig.from_json(self.metadata["config"])

    def reported_status(self) -> Status:
        """Return the last status that the worker reported, whether the worker still runs or not."""
        try:
            status = Status(**read_json(self.path / "status.json"))
        except (BadInput, TypeError):
            return Status("stopped")
        return status if status.state in get_args(State) else Status("stopped")

    def status(self) -> Status:
        """Return the current status: ``queued`` for a run in the job queue, ``interrupted`` if its worker process is gone."""
        if list((self.path.parent / "queue").glob(f"*-{self.job_id}.json")):
            return replace(self.reported_status(), state="queued")
        if self.reported_status().state in ACTIVE_STATES and not self.alive:
            status = self.reported_status()  # once more: the worker may have ended properly in the meantime
            return replace(status, state="interrupted") if status.state in ACTIVE_STATES else status
        return self.reported_status()

    @property
    def alive(self) -> bool:
        """Whether a worker has this run in memory, or is starting to train it."""
        return Lock(self.path).holder() is not None or self._worker_starts

    @property
    def _worker_starts(self) -> bool:
        try:
            return is_running(read_json(self.path.parent / "active" / f"{self.job_id}.json").get("worker"))
        except (BadInput, AttributeError):
            return False

    def history(self) -> list[dict]:
        """Return the records by step. Steps that were trained twice, after a crash, are there once."""
        by_step = {e["step"]: e for e in read_history(self.path / "history.jsonl") if "change" not in e}
        return [by_step[step] for step in sorted(by_step)]

    def changes(self) -> list[dict]:
        """Return the changes of live settings: step (they act from the next one on), change, before, id."""
        return [e for e in read_history(self.path / "history.jsonl") if "change" in e]

    def frames(self) -> list[int]:
        """Return the steps of the stored frames."""
        return steps_in(self.path / "frames", ".npz")

    def frame(self, step: int | None = None) -> dict[str, np.ndarray] | None:
        """Return the frame of a step, or the live frame; None if it does not exist (yet)."""
        return read_arrays(self.path / "live.npz" if step is None else self.path / "frames" / f"{step:08d}.npz")

    def fixed(self) -> dict[str, np.ndarray] | None:
        """Return the images and labels that all frames are of; None if the run has not begun."""
        return read_arrays(self.path / "fixed.npz")

    def send_command(self, name: str, **values) -> None:
        """Send a command; a running worker carries it out within a tenth of a second, else the next worker does."""
        send_command(self.path / "commands", name, **values)

    def mark_watched(self) -> None:
        """Note that a page shows this run now: its worker renders live frames, and it is not cleaned up."""
        (self.path / "watched").touch()

    @property
    def last_watched(self) -> float:
        """When a page showed this run last, in seconds since the epoch."""
        for name in ("watched", "config.json"):
            try:
                return (self.path / name).stat().st_mtime
            except FileNotFoundError:
                continue
        return 0.0


def read_arrays(path: Path) -> dict[str, np.ndarray] | None:
    """Read an .npz file of a run; None if it does not exist."""

    def read() -> dict[str, np.ndarray]:
        with np.load(path, allow_pickle=False) as file:
            return dict(file)

    try:
        return retry_while_open(read)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise BadInput(f"{path.name} is not readable: {error}") from None


def steps_in(folder: Path, suffix: str) -> list[int]:
    """Return the steps that files of a folder are named by, in order; hidden files are incomplete."""
    return sorted(int(p.stem) for p in folder.glob(f"*{suffix}") if p.stem.isdigit()) if folder.is_dir() else []


def all_runs(root: Path | None = None) -> list[Run]:
    """Return all runs, the newest first."""
    root = runs_root() if root is None else root
    found = [p.parent for p in root.glob("*/config.json") if ID.fullmatch(p.parent.name)] if root.is_dir() else []
    return [Run(p) for p in sorted(found, key=lambda p: (p / "config.json").stat().st_mtime_ns, reverse=True)]
