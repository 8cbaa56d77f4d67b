"""List the files of a folder or of a zip, before any is opened."""

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
    """A file that may be a picture, with its name within the upload. ``open`` raises ``Unreadable`` for a rejected file."""

    name: str
    n_bytes: int
    open: Callable[[], BufferedIOBase]


def list_folder(folder: Path, limits: Limits) -> list[Entry]:
    """List every visible file below ``folder``, also links to files; links to folders can form loops and are not followed."""
    paths = (Path(parent, name) for parent, _, names in os.walk(folder) for name in names)
    entries = (
        Entry(path.relative_to(folder).as_posix(), path.stat().st_size, partial(_open_file, path))
        for path in paths
        if path.is_file()
    )
    return _sort_visible(entries, folder.name, limits)


def list_zip(archive: zipfile.ZipFile, what: str, limits: Limits) -> list[Entry]:
    """List every visible file of the archive."""
    entries = (
        Entry(PureWindowsPath(member.filename).as_posix(), member.file_size, partial(_open_member, archive, member, limits))
        for member in archive.infolist()
        if not member.is_dir()
    )
    return _sort_visible(entries, what, limits)


def classes_from_folders(names: list[str]) -> list[str] | None:
    """Return each picture's class, the first folder level in which the pictures differ; None if they are in no such folder.

    >>> classes_from_folders(["pets/cat/1.png", "pets/cat/more/2.png", "pets/dog/1.png"])
    ['cat', 'cat', 'dog']
    """
    folders = [PurePosixPath(name).parent.parts for name in names]
    for level in zip(*folders):
        if len(set(level)) > 1:
            return list(level)
    return None


def _sort_visible(entries: Iterable[Entry], what: str, limits: Limits) -> list[Entry]:
    """Sort by name, without hidden files.

    Raises:
        BadInput: Number or size exceeds the limits.
    """
    listed: list[Entry] = []
    n_bytes = 0
    for entry in entries:
        if not _hidden(entry.name):
            listed.append(entry)
            n_bytes += entry.n_bytes
            limits.check_images(len(listed), what)
            limits.check_bytes(n_bytes, what)
    return sorted(listed, key=lambda entry: entry.name)


def _hidden(name: str) -> bool:
    """Whether a file is one that systems hide: .DS_Store, __MACOSX/._cat.png, Thumbs.db and similar."""
    parts = PurePosixPath(name).parts
    return any(part in ("__MACOSX", "Thumbs.db") or (part.startswith(".") and part != "..") for part in parts)


def _open_file(path: Path) -> BufferedIOBase:
    """Open a file of a folder."""
    _check_name(path.name)
    try:
        return path.open("rb")
    except OSError as why:
        raise Unreadable(why.strerror or str(why)) from why


def _open_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, limits: Limits) -> BufferedIOBase:
    """Unpack a member of a zip in memory."""
    if why := rejection_reason(member, limits):
        raise Unreadable(why)
    _check_name(member.filename)
    try:
        with archive.open(member) as stream:
            # At most the declared size, which bounds the memory; reading all of it also checks the CRC.
            return io.BytesIO(stream.read(member.file_size))
    except Exception as why:  # zlib.error, BadZipFile, EOFError, NotImplementedError … for broken bytes
        raise Unreadable(f"cannot be unpacked: {why}") from why


def _check_name(name: str) -> None:
    """Reject names without a suffix of a picture format."""
    if not name.lower().endswith(SUFFIXES):
        raise Unreadable(f"not a picture ({', '.join(SUFFIXES)})")
