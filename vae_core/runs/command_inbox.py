"""The commands that wait in a run's folder, in the order they were sent."""

import time
from dataclasses import dataclass
from pathlib import Path

from vae_core.common.errors import BadInput
from vae_core.common.files import read_json

NAMES = ("play", "pause", "stop", "step", "set")


@dataclass(frozen=True)
class Command:
    id: str  # the file's name; a change that is in the history is not made twice
    name: str
    n: int = 0  # of ``step``
    changes: dict | None = None  # of ``set``


class CommandInbox:
    """Looks into the folder only when it has changed."""

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self._seen = -1

    def pending(self) -> list[Command]:
        """All that can be understood; what cannot is taken away. Each stays until ``done``."""
        stamp = self.folder.stat().st_mtime_ns
        if stamp == self._seen:
            return []
        found = [c for path in sorted(self.folder.glob("[!.]*.json")) if (c := self._read(path))]
        # a folder's time moves in ticks of some milliseconds: only an old one says that nothing has come since
        if not found and time.time_ns() - stamp > 10**8:
            self._seen = stamp
        return found

    def _read(self, path: Path) -> Command | None:
        try:
            data = read_json(path, limit=1 << 16)
            command = Command(path.stem, **data)
            if command.name not in NAMES or type(command.n) is not int or not isinstance(command.changes, dict | None):
                raise BadInput(f"no command: {data!r}")
            return command
        except (BadInput, TypeError):
            path.unlink(missing_ok=True)
            return None

    def remove(self, command: Command) -> None:
        (self.folder / f"{command.id}.json").unlink(missing_ok=True)
