"""The commands that wait in a run's folder, in the order in which they were sent."""

import json
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

from vae_core.common.errors import BadInput
from vae_core.common.files import read_json, write_text

NAMES = ("play", "pause", "stop", "step", "set")


@dataclass(frozen=True)
class Command:
    """One command: continue, pause, stop, train ``n`` steps, or set live settings."""

    id: str  # the file's name; a change whose id is in the history is not made again
    name: str
    n: int = 0  # of ``step``
    changes: dict | None = None  # of ``set``


def send_command(folder: Path, name: str, **values) -> None:
    """Add a command to the inbox."""
    write_text(folder / f"{time.time_ns()}-{secrets.token_hex(4)}.json", json.dumps({"name": name, **values}))


def discard_commands(folder: Path, names: tuple[str, ...]) -> None:
    """Delete the waiting commands with these names, and files that are not commands."""
    for path in folder.glob("*.json"):
        command = read_command(path)
        if command is None or command.name in names:
            path.unlink(missing_ok=True)


def read_command(path: Path) -> Command | None:
    """Return the command in a file; None for a file that does not hold a valid command."""
    try:
        data = read_json(path, limit=1 << 16)
        command = Command(path.stem, **data)
    except (BadInput, TypeError):
        return None
    valid = command.name in NAMES and type(command.n) is int and isinstance(command.changes, dict | None)
    return command if valid else None


class CommandInbox:
    """The reading side. It lists the folder only when the folder has changed."""

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self._empty_since = -1

    def pending(self) -> list[Command]:
        """Return all valid commands; other files are deleted. A command stays in the folder until ``remove``."""
        stamp = self.folder.stat().st_mtime_ns
        if stamp == self._empty_since:
            return []
        found = []
        for path in sorted(self.folder.glob("[!.]*.json")):
            if command := read_command(path):
                found.append(command)
            else:
                path.unlink(missing_ok=True)
        # a folder's modification time has a resolution of some milliseconds: only an old one proves that nothing arrived since
        if not found and time.time_ns() - stamp > 10**8:
            self._empty_since = stamp
        return found

    def remove(self, command: Command) -> None:
        """Delete a command that was carried out."""
        (self.folder / f"{command.id}.json").unlink(missing_ok=True)
