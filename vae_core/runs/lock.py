"""One writer per run: the process id with the process' start time, so that a recycled id is not taken for the writer."""

import json
import os
import subprocess
from pathlib import Path

from filelock import FileLock

from vae_core.common.errors import BadInput
from vae_core.common.files import read_json, write_text


def started(pid: int) -> str | None:
    """When that process began, in the system's own words; None where there is none, or only what is left of one."""
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return None if state in "ZX" else fields[18]
    except (FileNotFoundError, ProcessLookupError, IndexError):
        if Path("/proc/self/stat").exists():
            return None
    answer = subprocess.run(["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True).stdout.split()
    return " ".join(answer[1:]) if answer and not answer[0].startswith("Z") else None


def identity(pid: int | None = None) -> dict:
    """A process as a lock names it."""
    pid = os.getpid() if pid is None else pid
    return {"pid": pid, "started": started(pid)}


def alive(who) -> bool:
    """Whether that very process is still there, and not another one that got its number."""
    if not isinstance(who, dict) or type(who.get("pid")) is not int or who["pid"] <= 0:
        return False
    now = started(who["pid"])
    return now is not None and now == who.get("started")


class Lock:
    """The right to write a folder; it ends with the process, however it ends."""

    def __init__(self, folder: Path):
        self.path = folder / "lock.json"
        self.guard = folder / ".guard"

    def holder(self) -> dict | None:
        """Who writes, if anyone does."""
        try:
            who = read_json(self.path)
        except BadInput:
            return None
        return who if alive(who) else None

    def take(self) -> None:
        """Become the writer; refused while another one lives, healed where it does not."""
        with FileLock(self.guard):
            who = self.holder()
            if who and who["pid"] != os.getpid():
                raise BadInput(f"run {self.path.parent.name} is being written by process {who['pid']}; stop it first")
            write_text(self.path, json.dumps(identity()))

    def release(self) -> None:
        with FileLock(self.guard):
            if (who := self.holder()) and who["pid"] == os.getpid():
                self.path.unlink(missing_ok=True)
