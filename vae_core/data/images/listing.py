"""The files of a folder or of a zip, listed before any is opened."""

import io
import os
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from io import BufferedIOBase
from pathlib import Path, PurePosixPath, PureWindowsPath

from vae_core.data.images.pictures import SUFFIXES, Unreadable
from vae_core.data.untrusted.archives import rejection_reason
from vae_core.data.untrusted.limits import Limits


@dataclass(frozen=True)
class Entry:
    """A file that may be a picture, under its name within the upload. ``open`` raises ``Unreadable`` where it may not be."""

    name: str
    n_bytes: int
    open: Callable[[], BufferedIOBase]


def list_folder(folder: Path, limits: Limits) -> list[Entry]:
    """Every visible file below ``folder``; links to files count, links to folders are not followed (they can form loops)."""
    paths = (Path(parent, name) for parent, _, names in os.walk(folder) for name in names)
    entries = (
        Entry(path.relative_to(folder).as_posix(), path.stat().st_size, partial(_open_file, path))
        for path in paths
        if path.is_file()
    )
    return _listed(entries, folder.name, limits)


def list_zip(archive: zipfile.ZipFile, what: str, limits: Limits) -> list[Entry]:
    """Every visible file of the archive."""
    entries = (
        Entry(PureWindowsPath(member.filename).as_posix(), member.file_size, partial(_open_member, archive, member, limits))
        for member in archive.infolist()
        if not member.is_dir()
    )
    return _listed(entries, what, limits)


def classes_from_folders(names: list[str]) -> list[str] | None:
    """Each picture's class: the first folder in which the pictures differ; None unless every picture lies in one.

    >>> classes_from_folders(["pets/cat/1.png", "pets/cat/more/2.png", "pets/dog/1.png"])
    ['cat', 'cat', 'dog']
    """
    folders = [PurePosixPath(name).parent.parts for name in names]
    for level in zip(*folders):
        if len(set(level)) > 1:
            return list(level)
    return None


def _listed(entries: Iterable[Entry], what: str, limits: Limits) -> list[Entry]:
    """By name, without what systems hide in folders; refused as soon as it is too much."""
    listed, n_bytes = [], 0
    for entry in entries:
        if not _hidden(entry.name):
            listed.append(entry)
            n_bytes += entry.n_bytes
            limits.check_images(len(listed), what)
            limits.check_bytes(n_bytes, what)
    return sorted(listed, key=lambda entry: entry.name)


def _hidden(name: str) -> bool:
    """.DS_Store, __MACOSX/._cat.png, Thumbs.db and the like."""
    parts = PurePosixPath(name).parts
    return any(part in ("__MACOSX", "Thumbs.db") or (part.startswith(".") and part != "..") for part in parts)


def _open_file(path: Path) -> BufferedIOBase:
    _check_name(path.name)
    try:
        return path.open("rb")
    except OSError as why:
        raise Unreadable(why.strerror) from why


def _open_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, limits: Limits) -> BufferedIOBase:
    if why := rejection_reason(member, limits):
        raise Unreadable(why)
    _check_name(member.filename)
    try:
        with archive.open(member) as stream:
            # No more than declared, however much the stream holds: that bounds the memory. Having read it all checks the CRC.
            return io.BytesIO(stream.read(member.file_size))
    except Exception as why:  # zlib.error, BadZipFile, EOFError, NotImplementedError … for broken bytes
        raise Unreadable(f"cannot be unpacked: {why}") from why


def _check_name(name: str) -> None:
    if not name.lower().endswith(SUFFIXES):
        raise Unreadable(f"not a picture ({', '.join(SUFFIXES)})")
