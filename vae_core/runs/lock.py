"""One writer per run: a lock file with the identity of the process that writes the run's folder."""

import json
import os
from pathlib import Path
from typing import Any

from filelock import FileLock

from vae_core.common.errors import BadInput
from vae_core.common.files import read_json, write_text
from vae_core.common.process_identity import identity, is_running


class Lock:
    """The right to write a run's folder. It ends with the process that holds it, even if that process is killed."""

    def __init__(self, folder: Path):
        self.path = folder / "lock.json"
        self._guard = folder / ".guard"

    def holder(self) -> dict[str, Any] | None:
        """Return the identity of the process that holds the lock; None while no running process holds it."""
        try:
            process = read_json(self.path)
        except BadInput:
            return None
        return process if is_running(process) else None

    def acquire(self) -> None:
        """Take the lock; the lock of a process that has ended is replaced.

        Raises:
            BadInput: another process that still runs holds the lock.
        """
        with FileLock(self._guard):
            holder = self.holder()
            if holder and holder["pid"] != os.getpid():
                raise BadInput(f"run {self.path.parent.name} is being written by process {holder['pid']}; stop it first")
            write_text(self.path, json.dumps(identity()))

    def release(self) -> None:
        """Give the lock back, if this process holds it."""
        with FileLock(self._guard):
            if (holder := self.holder()) and holder["pid"] == os.getpid():
                self.path.unlink(missing_ok=True)
