"""Zip archives of checkpoints: an export can be imported again, and a malicious archive gives one error and no file."""

import io
import json
import shutil
import struct
import zipfile

import numpy as np
import pytest
from digit_runs import digits, train_to_end

from latent_explorer import home
from latent_explorer.models import library
from vae_core import BadInput, TrainedVAE
from vae_core.publishing.archive import FILES, pack_checkpoint, unpack_checkpoint
from vae_core.publishing.publish import publish


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    run = train_to_end(n_steps=3, latent_dim=2)
    path = tmp_path_factory.mktemp("kept") / "good"
    publish(run.model, run.dataset.subset(80), digits("test").subset(40), path, state=run.state())
    return path


def zipped(members: dict[str, bytes], **settings) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", **settings) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def members(kept) -> dict[str, bytes]:
    return {f"good/{name}": (kept / name).read_bytes() for name in FILES if (kept / name).exists()}


def bring(content: bytes, tmp_path):
    upload = tmp_path / "upload"
    upload.write_bytes(content)
    unpack_checkpoint(upload, tmp_path / "models" / "new")


def refused(content: bytes, tmp_path, message: str) -> None:
    with pytest.raises(BadInput, match=message) as caught:
        bring(content, tmp_path)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "models").exists() or not any((tmp_path / "models").iterdir())
    assert not any(p.name not in ("upload", "models") for p in tmp_path.iterdir())


def test_exported_checkpoint_can_be_imported(kept, tmp_path):
    bring(pack_checkpoint(kept), tmp_path)
    one, two = TrainedVAE.load(kept), TrainedVAE.load(tmp_path / "models" / "new")
    z = np.random.default_rng(0).normal(size=(4, 2)).astype(np.float32)
    np.testing.assert_array_equal(one.decode(z), two.decode(z))
    assert {p.name for p in (tmp_path / "models" / "new").iterdir()} == set(FILES)
    assert (kept / "training.safetensors").exists(), "the training state is not part of the archive"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: {"../../evil.txt": b"x", **m}, "points outside the archive"),
        (lambda m: {"/etc/evil": b"x", **m}, "points outside the archive"),
        (lambda m: {"C:\\evil.txt": b"x", **m}, "points outside the archive"),
        (lambda m: {"good/evil.py": b"print(1)", **m}, "holds 'good/evil.py'; a checkpoint holds"),
        (lambda m: {"good/deep/config.json": b"{}", **m}, "nothing else"),
        (lambda m: {"config.json": b"{}", **m}, "config.json twice"),
        (lambda m: {"other/history.jsonl": b"", **{k: v for k, v in m.items() if "history" not in k}}, "files of 2 folders"),
        (lambda m: {k: v for k, v in m.items() if "weights" not in k}, "has no weights.safetensors"),
        (lambda m: {**m, "good/weights.safetensors": b"\x80\x04pickle"}, "not a readable safetensors file"),
        (lambda m: {**m, "good/config.json": b"{"}, "not readable JSON"),
        (lambda m: {**m, "good/metrics.json": b'{"rm": {"values": {}, "settings": {}}}'}, "which is not a known metric"),
        (lambda m: {**m, "good/metrics.json": b'{"elbo": {"values": {"elbo": "<b>"}, "settings": {}}}'}, "must be a number"),
        (lambda m: {**m, "good/atlas.npz": b"PK\x05\x06" + bytes(18)}, "atlas.npz lacks"),
        (lambda m: {**m, "good/README.md": b"\xff\xfe\x00"}, "not text in UTF-8"),
        (lambda m: {f"good/{i}.json": b"" for i in range(20)}, "more than 16"),
        (lambda m: {}, "has no config.json"),
    ],
)
def test_malicious_archive_gives_one_error_and_no_file(kept, tmp_path, change, message):
    refused(zipped(change(members(kept))), tmp_path, message)


def test_local_path_as_data_set_is_refused(kept, tmp_path):
    """Otherwise images of the server would be shown to the sender of the archive."""
    stored = members(kept)
    description = json.loads(stored["good/config.json"])
    description["config"]["dataset"] = "/home"
    refused(zipped(stored | {"good/config.json": json.dumps(description).encode()}), tmp_path, "names the data set '/home'")


def test_zip_bomb_is_refused_before_unpacking(kept, tmp_path):
    bomb = zipped(members(kept) | {"good/README.md": bytes(64 << 20)}, compression=zipfile.ZIP_DEFLATED)
    assert len(bomb) < 4 << 20
    refused(bomb, tmp_path, "unpacks to more than")
    refused(zipped({f"good/{name}": bytes(60 << 20) for name in FILES}, compression=zipfile.ZIP_DEFLATED), tmp_path, "at most")


def test_member_with_a_wrong_size_is_refused(kept, tmp_path):
    content = bytearray(zipped(members(kept)))
    at = content.find(b"PK\x01\x02")  # the first entry of the directory; its uncompressed size is 24 bytes on
    content[at + 24 : at + 28] = struct.pack("<I", 10)
    refused(bytes(content), tmp_path, "upload")


@pytest.mark.parametrize("content", [b"", b"PK", b"not a zip", b"PK\x03\x04" + bytes(200)])
def test_file_that_is_not_an_archive_is_refused(content, tmp_path):
    refused(content, tmp_path, "not a readable zip archive")


def test_an_encrypted_or_linked_member_is_refused(kept, tmp_path):
    link = zipfile.ZipInfo("good/README.md")
    link.external_attr = 0o120777 << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members(kept).items():
            if "README" not in name:
                archive.writestr(name, content)
        archive.writestr(link, "/etc/passwd")
    refused(buffer.getvalue(), tmp_path, "a symbolic link")
    refused(zipped(members(kept), compression=zipfile.ZIP_LZMA), tmp_path, "packed in an unusual way")


class TestLibrary:
    """Models are duplicated, exported, imported and deleted."""

    @pytest.fixture
    def folder(self, kept, tmp_path, monkeypatch):
        shutil.copytree(kept, tmp_path / "models" / "good")
        monkeypatch.setenv("LATENT_EXPLORER_CHECKPOINTS", str(tmp_path / "models"))
        return tmp_path / "models"

    def test_duplicate_export_import_delete(self, folder):
        library.duplicate("good", "twin")
        assert (folder / "twin" / "training.safetensors").exists()
        library.import_zip(library.export_zip(folder / "twin"), "third")
        assert list(library.folders()) == ["good", "third", "twin"]
        library.delete("third")
        assert list(library.folders()) == ["good", "twin"]
        assert {p.name for p in folder.iterdir()} == {"good", "twin"}

    @pytest.mark.parametrize("name", ["..", "../x", "a/b", "", ".hidden", "x" * 65])
    def test_a_name_cannot_leave_the_folder(self, folder, name):
        with pytest.raises(BadInput, match="no model named"):
            library.delete(name)
        for change in (
            lambda: library.duplicate("good", name),
            lambda: library.import_zip(library.export_zip(folder / "good"), name),
        ):
            with pytest.raises(BadInput, match="a model's name is made of"):
                change()
        assert {p.name for p in folder.iterdir()} == {"good"}

    def test_shipped_models_cannot_be_deleted_or_replaced(self, folder):
        (folder / "good").rename(folder / "mnist-2")
        with pytest.raises(BadInput, match="shipped model and cannot be deleted"):
            library.delete("mnist-2")
        with pytest.raises(BadInput, match="name of a shipped model"):
            library.duplicate("mnist-2", "mnist-10")
        library.duplicate("mnist-2", "twin")
        with pytest.raises(BadInput, match="already"):
            library.duplicate("mnist-2", "twin")

    def test_other_folders_are_not_models(self, folder):
        (folder / "classifiers").mkdir()
        (folder / "gan").mkdir()
        (folder / "gan" / "baseline.json").write_text("{}")
        assert list(library.folders()) == ["good"]

    def test_a_search_reads_descriptions_alone(self, folder):
        entry = library.read_entry(folder / "good")
        assert entry.matches("digits VAE", None)
        assert entry.matches("", "digits")
        assert not entry.matches("", "mnist")
        assert not entry.matches("factor", None)
        (folder / "good" / "config.json").write_text("[]")
        assert library.read_entry(folder / "good").unreadable


def test_every_recipe_is_on_the_list_of_shipped_models():
    script = home.shipped_checkpoints() / "build.py"
    build = {"__name__": "build", "__file__": str(script)}
    exec(compile(script.read_text(), "build.py", "exec"), build)
    assert build["RECIPES"].keys() <= library.shipped()
