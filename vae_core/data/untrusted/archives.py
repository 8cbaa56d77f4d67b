"""Uploaded zip archives: read in memory, never extracted, never beyond their declared size."""

import stat
import zipfile
from pathlib import Path, PureWindowsPath

from vae_core.common.errors import BadInput
from vae_core.data.untrusted.limits import Limits

# zipfile stops inflating at the declared size, but unpacks bzip2 and LZMA completely before its check
PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def open_zip(path: Path, limits: Limits) -> zipfile.ZipFile:
    """Open an archive.

    Raises:
        BadInput: It is not a zip archive, or its declared size exceeds the limits.
    """
    limits.check_bytes(path.stat().st_size, path.name)
    try:
        archive = zipfile.ZipFile(path)
    except Exception as why:  # a broken directory raises BadZipFile, NotImplementedError, struct.error, UnicodeDecodeError …
        raise BadInput(f"{path.name} is not a readable zip archive: {why}") from why
    limits.check_bytes(sum(member.file_size for member in archive.infolist()), path.name)
    return archive


def rejection_reason(member: zipfile.ZipInfo, limits: Limits) -> str | None:
    """Return the reason why a member is not read, or None."""
    name = PureWindowsPath(member.filename)  # handles both separators, and drives
    if name.anchor or ".." in name.parts:
        return "its name points outside the archive"
    if stat.S_ISLNK(member.external_attr >> 16):
        return "a symbolic link"
    if member.flag_bits & 1:
        return "encrypted"
    if member.compress_type not in PACKED:
        return "packed in an unusual way; only stored and deflated members are read"
    if member.file_size > max(limits.ratio * member.compress_size, limits.ratio_from_bytes):
        return f"unpacks to more than {limits.ratio:g} times its size"
    return None
