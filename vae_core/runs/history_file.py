"""An append-only file of JSON objects, one per line. Any reader may read it at any time, even after a crash of the writer."""

import json
import os
from pathlib import Path


class HistoryWriter:
    """Append entries to a history file. A torn line, which a crash may leave, is skipped by ``read_history``."""

    def __init__(self, path: Path):
        self.path = path

    def append(self, entry: dict) -> None:
        """Append one line.

        Raises:
            OSError: the line does not fit on the disk; the file is then as it was before.
        """
        data = (json.dumps(entry) + "\n").encode()
        with self.path.open("a+b", buffering=0) as file:
            end = file.seek(0, os.SEEK_END)
            if end:
                file.seek(end - 1)
                if file.read(1) != b"\n":
                    data = b"\n" + data  # a torn line stays alone: the new entry must not continue it
            try:
                if os.write(file.fileno(), data) < len(data):
                    raise OSError("the line was not written completely")
            except OSError:
                file.truncate(end)
                raise


def read_history(path: Path) -> list[dict]:
    """Return all complete lines. A torn line is never taken for a shorter one: the beginning of a JSON object is no JSON."""
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    entries = []
    for text in lines:
        try:
            entry = json.loads(text)
        except ValueError:
            continue
        if isinstance(entry, dict) and type(entry.get("step")) is int:
            entries.append(entry)
    return entries
