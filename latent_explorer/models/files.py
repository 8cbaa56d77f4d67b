"""Identity of a checkpoint on disk: its folder and the times of its files."""

from dataclasses import dataclass
from pathlib import Path

from vae_core.common.errors import BadInput


@dataclass(frozen=True)
class CheckpointFiles:
    """A checkpoint folder and the times of its files, so that a cache never outlives the files it was read from."""

    folder: Path
    stamp: tuple[int, ...]

    @property
    def key(self) -> str:
        """A text that changes when the checkpoint is replaced."""
        return f"{self.folder} {hash(self.stamp)}"


def stamp(folder: Path) -> CheckpointFiles:
    """Read the times of a checkpoint's files.

    Raises:
        BadInput: the folder is not there any more.
    """
    try:
        return CheckpointFiles(folder, tuple(file.stat().st_mtime_ns for file in sorted(folder.iterdir())))
    except OSError:
        raise BadInput(f"there is no model named {folder.name!r} any more") from None
