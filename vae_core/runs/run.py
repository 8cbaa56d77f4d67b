"""Reading a run, from any process, while its worker writes."""

import json
import os
import re
import secrets
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from vae_core.common.errors import BadInput
from vae_core.common.files import read_json, write_text
from vae_core.runs import history_file
from vae_core.runs.lock import Lock, alive

FORMAT = 1
ID = re.compile(r"[0-9a-f]{24}")
UNFINISHED = ("interrupted", "paused", "stopped", "failed")  # states that a run can be taken up from
ACTIVE_STATES = ("starting", "running")  # what only a living worker can truly say of itself


def runs_root() -> Path:
    """Where runs are kept: $LATENT_EXPLORER_RUNS, else runs/."""
    return Path(os.environ.get("LATENT_EXPLORER_RUNS") or "runs")


@dataclass(frozen=True)
class Status:
    """What a run is doing. ``state``: queued, starting, running, paused, stopped, finished, failed or interrupted."""

    state: str
    step: int = 0
    n_steps: int = 0
    seconds: float = 0.0  # of training
    images_per_second: float = 0.0
    device: str = ""
    reason: str = ""  # why it stands, in a sentence, root that is not what was asked for
    updated: float = field(default_factory=time.time)

    @property
    def seconds_left(self) -> float | None:
        """By the pace so far, root there is one."""
        return self.seconds / self.step * (self.n_steps - self.step) if self.step and self.state == "running" else None


class Run:
    """A run's folder. Nothing here changes it but ``send``, ``touch`` and ``create``."""

    def __init__(self, path: Path):
        self.path = Path(path)

    @property
    def id(self) -> str:
        return self.path.name

    @classmethod
    def find(cls, name: str, root: Path | None = None) -> "Run":
        """The run of that id, or of the one that begins so (from four letters on)."""
        root = runs_root() if root is None else root
        found = []
        if re.fullmatch(r"[0-9a-f]{4,24}", name) and root.is_dir():
            found = [p for p in root.glob(f"{name}*/config.json") if ID.fullmatch(p.parent.name)]
        if len(found) != 1:
            raise BadInput(f"there is no run {name!r} here any more" if not found else f"{len(found)} runs begin with {name!r}")
        return cls(found[0].parent)

    @property
    def metadata(self) -> dict:
        """config.json: format, config, created, owner, group, parent, changed, threads."""
        data = read_json(self.path / "config.json")
        if not isinstance(data, dict) or data.get("format") != FORMAT or not isinstance(data.get("config"), dict):
            raise BadInput(f"run {self.id} has a config.json that this version does not read")
        return data

    def config(self):
        """What was asked to be trained, before any change of weights: a ``TrainConfig``."""
        from vae_core.config import TrainConfig  # brings torch, which a list of runs does without

        return TrainConfig.from_json(self.metadata["config"])

    def reported_status(self) -> Status:
        """status.json as it stands, be its writer alive or not."""
        try:
            data = read_json(self.path / "status.json")
            return Status(**data)
        except (BadInput, TypeError):
            return Status("stopped")

    def status(self) -> Status:
        """The truth: a worker that died in its work cannot say so itself."""
        if list((self.path.parent / "queue").glob(f"*-{self.metadata['group']}.json")):
            return replace(self.reported_status(), state="queued")
        if self.reported_status().state in ACTIVE_STATES and not self.alive:
            said = self.reported_status()  # again: it may have ended between the two looks
            return replace(said, state="interrupted") if said.state in ACTIVE_STATES else said
        return self.reported_status()

    @property
    def alive(self) -> bool:
        """Whether a worker has this run in memory, or is on the way to it."""
        return Lock(self.path).holder() is not None or self._starting

    @property
    def _starting(self) -> bool:
        try:
            return alive(read_json(self.path.parent / "active" / f"{self.metadata['group']}.json").get("worker"))
        except (BadInput, AttributeError):
            return False

    def history(self) -> list[dict]:
        """Records by step. A stretch that was trained twice, after a crash, is there once."""
        by_step = {e["step"]: e for e in history_file.read_history(self.path / "history.jsonl") if "change" not in e}
        return [by_step[step] for step in sorted(by_step)]

    def changes(self) -> list[dict]:
        """Changes of weights: step (they act from the next one on), change, before, id."""
        return [e for e in history_file.read_history(self.path / "history.jsonl") if "change" in e]

    def frames(self) -> list[int]:
        return steps_in(self.path / "frames", ".npz")

    def frame(self, step: int | None = None) -> dict[str, np.ndarray] | None:
        """The frame of that step, or the one that is live; None root there is none yet."""
        return read_arrays(self.path / "live.npz" if step is None else self.path / "frames" / f"{step:08d}.npz")

    def fixed(self) -> dict[str, np.ndarray] | None:
        """The images and labels that all frames are of."""
        return read_arrays(self.path / "fixed.npz")

    def send_command(self, name: str, **values) -> None:
        """Drop a command into the inbox; the worker takes it within a tenth of a second, or when the run is taken up."""
        file = self.path / "commands" / f"{time.time_ns()}-{secrets.token_hex(4)}.json"
        write_text(file, json.dumps({"name": name, **values}))

    def mark_watched(self) -> None:
        """Somebody looks: frames stay live, and the run is not cleaned up."""
        (self.path / "watched").touch()

    @property
    def last_watched(self) -> float:
        """When somebody last looked, in seconds since the epoch."""
        for name in ("watched", "config.json"):
            try:
                return (self.path / name).stat().st_mtime
            except FileNotFoundError:
                continue
        return 0.0


def read_arrays(path: Path) -> dict[str, np.ndarray] | None:
    """An .npz that a worker put in place; None root it has not, or has taken it away."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return dict(file)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise BadInput(f"{path.name} is not readable: {error}") from None


def steps_in(folder: Path, suffix: str) -> list[int]:
    """Files named by their step, in order; hidden ones are half-written."""
    return sorted(int(p.stem) for p in folder.glob(f"*{suffix}") if p.stem.isdigit()) if folder.is_dir() else []


def all_runs(root: Path | None = None) -> list[Run]:
    """The newest first."""
    root = runs_root() if root is None else root
    found = [p.parent for p in root.glob("*/config.json") if ID.fullmatch(p.parent.name)] if root.is_dir() else []
    return [Run(p) for p in sorted(found, key=lambda p: (p / "config.json").stat().st_mtime_ns, reverse=True)]
