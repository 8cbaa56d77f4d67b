"""Export of a checkpoint to a zip archive, and import of untrusted archives with every file checked."""

import io
import zipfile
from pathlib import Path, PurePosixPath

import numpy as np

from vae_core.analysis.atlas import LatentAtlas
from vae_core.checkpoints.trained_vae import TrainedVAE
from vae_core.common.errors import BadInput
from vae_core.common.files import write_folder
from vae_core.data import DATASETS
from vae_core.data.untrusted import Limits, open_zip, rejection_reason
from vae_core.evaluation import METRICS, load_results

FILES = ("config.json", "weights.safetensors", "history.jsonl", "atlas.npz", "metrics.json", "README.md")
REQUIRED = ("config.json", "weights.safetensors")
LIMITS = Limits(total_bytes=256 << 20, n_images=16)
MAX_CARD_BYTES = 1 << 20  # of README.md


def pack_checkpoint(folder: str | Path) -> bytes:
    """Pack a checkpoint into a zip archive, without its training state, which is three times as large.

    Raises:
        BadInput: the folder is not a checkpoint.
    """
    folder, buffer = Path(folder), io.BytesIO()
    if not (folder / "config.json").is_file():
        raise BadInput(f"no checkpoint at {folder}; a checkpoint is a folder with config.json and weights.safetensors")
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in FILES:
            if (folder / name).is_file():
                archive.write(folder / name, f"{folder.name}/{name}")
    return buffer.getvalue()


def unpack_checkpoint(path: str | Path, folder: str | Path) -> None:
    """Unpack an archive of ``pack_checkpoint`` to ``folder``, which must not exist; it appears after all files were checked.

    Paths in the archive are not used: members are recognized by their file names and written under names of our own.

    Raises:
        BadInput: the archive is not a checkpoint, or a file in it is malformed or too large.
    """
    path = Path(path)
    with open_zip(path, LIMITS) as archive:
        members = checked_members(archive, path.name)

        def fill(temporary: Path) -> None:
            for name, member in members.items():
                try:
                    # at most the declared size, whatever the stream holds; reading all of it checks the CRC
                    with archive.open(member) as stream:
                        (temporary / name).write_bytes(stream.read(member.file_size))
                except Exception as why:  # zlib.error, BadZipFile, EOFError, NotImplementedError … for broken bytes
                    raise BadInput(f"{path.name}: {name} cannot be unpacked: {why}") from why
            check_checkpoint(temporary)

        write_folder(Path(folder), fill)


def check_checkpoint(folder: Path) -> None:
    """Read every file of a checkpoint, as the pages do.

    Raises:
        BadInput: a file is malformed, or the files do not belong together.
    """
    model = TrainedVAE.load(folder)
    if model.config.dataset not in DATASETS:  # any other name would be opened as a path on this machine
        raise BadInput(f"config.json names the data set {model.config.dataset[:80]!r}; known are {', '.join(DATASETS)}")
    if (folder / "atlas.npz").exists():
        atlas = LatentAtlas.load(folder / "atlas.npz")
        if atlas.mean.shape[1] != model.latent_dim:
            raise BadInput(
                f"atlas.npz has {atlas.mean.shape[1]} units, the model {model.latent_dim}; they do not belong together"
            )
        if atlas.labels is not None and atlas.labels.max() >= len(model.about.class_names):
            raise BadInput("atlas.npz has labels that config.json has no class name for")
        if atlas.factors is not None and atlas.factors.shape[1] != len(model.about.factor_names):
            raise BadInput("atlas.npz has factors that config.json has no name for")
    check_results(folder, model)
    card = folder / "README.md"
    if card.exists():
        if card.stat().st_size > MAX_CARD_BYTES:
            raise BadInput(f"README.md has {card.stat().st_size:,} bytes; at most {MAX_CARD_BYTES:,} are read")
        try:
            card.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            raise BadInput("README.md is not text in UTF-8") from None


def check_results(folder: Path, model: TrainedVAE) -> None:
    """Check that metrics.json holds known metrics, and the numbers of the ELBO that pages show.

    Raises:
        BadInput: a metric is unknown, or a number is missing.
    """
    results = load_results(folder)
    if unknown := sorted(results.keys() - METRICS.keys()):
        raise BadInput(f"metrics.json holds {unknown[0][:80]!r}, which is not a known metric")
    for name, result in results.items():
        if not isinstance(result.values, dict) or not isinstance(result.settings, dict):
            raise BadInput(f"metrics.json: {name} must hold an object of values and one of settings")
    if elbo := results.get("elbo"):
        for key in ("elbo", "rate", "distortion", "active_units"):
            if not isinstance(elbo.values.get(key), int | float):
                raise BadInput(f"metrics.json: elbo's {key} must be a number, got {str(elbo.values.get(key))[:80]}")
        unit_kl = elbo.values.get("unit_kl")
        if unit_kl is None or np.shape(unit_kl) != (model.latent_dim,):
            raise BadInput(f"metrics.json: elbo's unit_kl must be {model.latent_dim} numbers")


def checked_members(archive: zipfile.ZipFile, what: str) -> dict[str, zipfile.ZipInfo]:
    """List the archive's files by their names in a checkpoint; any other file is refused, not skipped."""
    found, folders = {}, set()
    listed = [member for member in archive.infolist() if not member.is_dir()]
    LIMITS.check_images(len(listed), what)
    for member in listed:
        if why := rejection_reason(member, LIMITS):
            raise BadInput(f"{what}: {member.filename[:80]!r}: {why}")
        name = PurePosixPath(member.filename.replace("\\", "/"))
        if name.name not in FILES or len(name.parts) > 2:
            raise BadInput(f"{what} holds {member.filename[:80]!r}; a checkpoint holds {', '.join(FILES)} and nothing else")
        if name.name in found:
            raise BadInput(f"{what} holds {name.name} twice")
        found[name.name] = member
        folders.add(name.parent)
    if len(folders) > 1:
        raise BadInput(f"{what} holds files of {len(folders)} folders; a checkpoint is one folder")
    if missing := [name for name in REQUIRED if name not in found]:
        raise BadInput(
            f"{what} has no {missing[0]}; a checkpoint holds {', '.join(REQUIRED)}, and may hold {', '.join(FILES[2:])}"
        )
    return found
