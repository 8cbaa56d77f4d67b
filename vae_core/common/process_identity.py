"""Identify a process by its id and its creation time, so that a reused process id is not mistaken for it."""

import os

import psutil

TOLERANCE = 2.0  # seconds; a correction of the system clock may shift the creation time a little


def creation_time(pid: int) -> float | None:
    """Return the creation time of a running process, in seconds since the epoch; None without such a process.

    A process that has ended but whose parent has not collected its exit status (a zombie) counts as ended.
    """
    try:
        process = psutil.Process(pid)
        return None if process.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD) else process.create_time()
    except (psutil.Error, OverflowError, ValueError):
        return None


def identity(pid: int | None = None) -> dict:
    """Return the process id and the creation time of a process (default: this one), for a JSON file."""
    pid = os.getpid() if pid is None else pid
    return {"pid": pid, "created": creation_time(pid)}


def is_running(process: object) -> bool:
    """Return whether exactly this process still runs.

    Args:
        process: what ``identity`` returned, as read from a JSON file; anything else is not a running process.
    """
    if not isinstance(process, dict):
        return False
    pid, created = process.get("pid"), process.get("created")
    if type(pid) is not int or pid <= 0 or not isinstance(created, int | float):
        return False
    now = creation_time(pid)
    return now is not None and abs(now - created) < TOLERANCE
