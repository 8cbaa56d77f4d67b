"""Messages between processes: one JSON object per line, optionally followed by bytes, such as an array.

A line with bytes after it declares their number in the field ``content_bytes``. A line that is not a JSON object, such as an
error message or a warning, is read as ``{"text": line}``.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

LENGTH = "content_bytes"


@dataclass(frozen=True)
class Message:
    """One message: its fields, and the bytes after it."""

    fields: dict[str, Any]
    content: bytes = b""


def write_message(stream: IO[bytes], fields: dict[str, Any], content: bytes = b"") -> None:
    """Write one message and flush the stream."""
    fields = fields | {LENGTH: len(content)} if content else fields
    stream.write(json.dumps(fields).encode() + b"\n" + content)
    stream.flush()


def read_message(stream: IO[bytes]) -> Message | None:
    """Read the next message; None at the end of the stream."""
    line = stream.readline()
    if not line:
        return None
    try:
        fields = json.loads(line)
    except ValueError:
        fields = None
    if not isinstance(fields, dict):
        return Message({"text": line.decode(errors="replace").strip()})
    length = fields.pop(LENGTH, 0)
    content = stream.read(length) if length else b""
    if len(content) < length:
        return None
    return Message(fields, content)


def read_messages(stream: IO[bytes]) -> Iterator[Message]:
    """Iterate over the messages until the end of the stream."""
    while (message := read_message(stream)) is not None:
        yield message
