"""An append-only file of JSON objects, one per line, that may be cut off anywhere and still reads true."""

import json
import os
from pathlib import Path


class HistoryWriter:
    """The writing side. A line is written whole or not at all, short of a crash; and what a crash leaves is passed over."""

    def __init__(self, path: Path):
        self.path = path

    def append(self, entry: dict) -> None:
        """Add a line, on the disk when this returns; where it does not fit, the file is as before and OSError is raised."""
        data = (json.dumps(entry) + "\n").encode()
        file = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            end = os.fstat(file).st_size
            if end and os.pread(file, 1, end - 1) != b"\n":
                data = b"\n" + data  # a torn line stays torn: it must not run into this one
            try:
                if os.write(file, data) < len(data):
                    raise OSError("the line was not written whole")
            except OSError:
                os.ftruncate(file, end)
                raise
        finally:
            os.close(file)


def read_history(path: Path) -> list[dict]:
    """All whole lines. The beginning of a JSON object is never itself one, so a torn line cannot be mistaken."""
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
