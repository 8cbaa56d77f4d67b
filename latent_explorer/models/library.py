"""The checkpoints on disk as a shelf: what is there, what may be removed, what comes and goes as a file. No streamlit here."""

import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from vae_core.common.errors import BadInput
from vae_core.common.files import read_json, write_folder
from vae_core.publishing.archive import pack_checkpoint, unpack_checkpoint

HOME = Path(__file__).parents[2] / "checkpoints"
CHECKPOINTS = Path(os.environ.get("LATENT_EXPLORER_CHECKPOINTS", HOME))


def names(folder: Path) -> list[str]:
    """Checkpoint folders, by name; hidden ones are half-written, and a folder without config.json is something else."""
    if not folder.is_dir():
        return []
    return sorted(p.parent.name for p in folder.glob("*/config.json") if not p.parent.name.startswith("."))


@lru_cache(maxsize=1)
def shipped() -> frozenset[str]:
    """Names that belong to the models that come with the program: nobody deletes them or takes their place."""
    path = HOME / "shipped.txt"
    return frozenset(path.read_text().split()) if path.is_file() else frozenset()


@dataclass(frozen=True)
class Label:
    """What a model is found by; empty where its description cannot be read."""

    dataset: str
    objective: str
    words: str
    conditional: bool = False
    failure: bool = False

    def fits(self, sought: str, dataset: str | None) -> bool:
        """Every word that is sought is in it, and its data are the chosen ones."""
        return all(word in self.words for word in sought.lower().split()) and dataset in (None, self.dataset)


def label(folder: Path) -> Label:
    """The label of a checkpoint, from its description alone: a search must not load every model."""
    try:
        config = read_json(folder / "config.json")["config"]
        parts = [config["objective"]["name"], config["network"]["name"], config["prior"]["name"], config["likelihood"]["name"]]
        words = " ".join([folder.name, str(config["dataset"]), *map(str, parts), f"seed {config['seed']}"]).lower()
        return Label(str(config["dataset"]), str(parts[0]), words, config.get("conditional", {}).get("name", "none") != "none")
    except (BadInput, KeyError, TypeError):
        return Label("", "", folder.name.lower(), failure=True)


def path_of(name: str, folder: Path) -> Path:
    """Where a model of that name is kept; a name that could leave the folder is refused."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", name):
        raise BadInput(f"a model's name is made of letters, digits, '.', '_' and '-', at most 64 of them; got {name!r}")
    return folder / name


def _free(name: str, folder: Path) -> Path:
    path = path_of(name, folder)
    if name in shipped():
        raise BadInput(f"{name!r} is the name of a shipped model; choose another one")
    if path.exists():
        raise BadInput(f"there is a model named {name!r} already; choose another name")
    return path


def _existing(name: str, folder: Path) -> Path:
    path = path_of(name, folder)
    if not (path / "config.json").is_file():
        raise BadInput(f"there is no model named {name!r} any more")
    return path


def duplicate(name: str, copy: str, folder: Path) -> None:
    """The same checkpoint under another name, with all its files, so that it can be trained on."""
    source = _existing(name, folder)

    def fill(temporary: Path) -> None:
        for file in source.iterdir():
            if file.is_file():
                shutil.copyfile(file, temporary / file.name)

    write_folder(_free(copy, folder), fill)


def delete(name: str, folder: Path) -> None:
    """Remove a model that somebody made here; the shipped ones stay."""
    if name in shipped():
        raise BadInput(f"{name!r} is a shipped model and stays")
    path = _existing(name, folder)
    gone = path.with_name(f".{name}.deleted")
    shutil.rmtree(gone, ignore_errors=True)
    path.rename(gone)  # one step: nobody meets a folder that is half gone
    shutil.rmtree(gone)


def take_in(content: bytes, name: str, folder: Path) -> None:
    """A zip that somebody uploads becomes a model here, or one sentence says why not."""
    path = _free(name, folder)
    with tempfile.TemporaryDirectory() as temporary:
        upload = Path(temporary) / "the upload"
        upload.write_bytes(content)
        unpack_checkpoint(upload, path)


def give_out(name: str, folder: Path) -> bytes:
    """The zip of a model."""
    return pack_checkpoint(_existing(name, folder))
