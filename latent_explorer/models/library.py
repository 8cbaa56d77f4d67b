"""The checkpoints on disk: listing, importing, exporting, duplicating and deleting them. No streamlit here."""

import re
import shutil
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from latent_explorer import home
from vae_core.common.errors import BadInput
from vae_core.common.files import read_json, write_folder
from vae_core.publishing.archive import pack_checkpoint, unpack_checkpoint

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def folders() -> dict[str, Path]:
    """Return the checkpoint folders by name, sorted; of two with one name the writable folder's counts.

    Hidden folders are half-written, and a folder without config.json is something else.
    """
    found: dict[str, Path] = {}
    for place in home.model_folders():
        if place.is_dir():
            for config in place.glob("*/config.json"):
                if not config.parent.name.startswith("."):
                    found.setdefault(config.parent.name, config.parent)
    return dict(sorted(found.items()))


@lru_cache(maxsize=1)
def shipped() -> frozenset[str]:
    """Return the names of the models that come with the program: they cannot be deleted or replaced."""
    path = home.shipped_list()
    return frozenset(path.read_text().split()) if path.is_file() else frozenset()


@dataclass(frozen=True)
class Entry:
    """Catalogue entry of a checkpoint: the words a search looks through; empty where the description cannot be read."""

    dataset: str
    objective: str
    words: str
    conditional: bool = False
    unreadable: bool = False

    def matches(self, search: str, dataset: str | None) -> bool:
        """Return whether every searched word occurs, and the data are the chosen ones."""
        return all(word in self.words for word in search.lower().split()) and dataset in (None, self.dataset)


def read_entry(folder: Path) -> Entry:
    """Read a checkpoint's entry from its config.json alone: a search must not load every model."""
    try:
        config = read_json(folder / "config.json")["config"]
        parts = [config["objective"]["name"], config["network"]["name"], config["prior"]["name"], config["likelihood"]["name"]]
        words = " ".join([folder.name, str(config["dataset"]), *map(str, parts), f"seed {config['seed']}"]).lower()
        return Entry(str(config["dataset"]), str(parts[0]), words, config.get("conditional", {}).get("name", "none") != "none")
    except (BadInput, KeyError, TypeError, AttributeError):
        return Entry("", "", folder.name.lower(), unreadable=True)


def path_of(name: str) -> Path:
    """Return where a new model of that name is written.

    Raises:
        BadInput: the name has other characters than letters, digits, '.', '_' and '-', so that it could leave the folder.
    """
    if not NAME.fullmatch(name):
        raise BadInput(f"a model's name is made of letters, digits, '.', '_' and '-', at most 64 of them; got {name!r}")
    return home.checkpoints() / name


def _free_path(name: str) -> Path:
    path = path_of(name)
    if name in shipped():
        raise BadInput(f"{name!r} is the name of a shipped model; choose another one")
    if path.exists():
        raise BadInput(f"there is a model named {name!r} already; choose another name")
    return path


def existing_path(name: str) -> Path:
    """Return the folder of a model that is there.

    Raises:
        BadInput: there is no model of that name.
    """
    if NAME.fullmatch(name):
        for place in home.model_folders():
            if (place / name / "config.json").is_file():
                return place / name
    raise BadInput(f"there is no model named {name!r} any more")


def duplicate(name: str, copy: str) -> None:
    """Copy a checkpoint with all its files under another name, so that it can be trained on."""
    source = existing_path(name)

    def fill(temporary: Path) -> None:
        for file in source.iterdir():
            if file.is_file():
                shutil.copyfile(file, temporary / file.name)

    write_folder(_free_path(copy), fill)


def delete(name: str) -> None:
    """Delete a model that was made or imported here.

    Raises:
        BadInput: the model is a shipped one, or is not there.
    """
    if name in shipped():
        raise BadInput(f"{name!r} is a shipped model and cannot be deleted")
    path = existing_path(name)
    gone = path.with_name(f".{name}.deleted")
    shutil.rmtree(gone, ignore_errors=True)
    path.rename(gone)  # one step: a half-deleted folder is never listed
    shutil.rmtree(gone)


def import_zip(content: bytes, name: str) -> None:
    """Write the model of an uploaded zip archive under ``name``.

    Raises:
        BadInput: the name is taken, or the archive is not a readable checkpoint.
    """
    path = _free_path(name)
    with tempfile.TemporaryDirectory() as temporary:
        upload = Path(temporary) / "the upload"
        upload.write_bytes(content)
        unpack_checkpoint(upload, path)


def export_zip(folder: Path) -> bytes:
    """Return a checkpoint as a zip archive."""
    return pack_checkpoint(folder)
