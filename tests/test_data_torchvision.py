"""The readers of downloaded sets, on tiny files in their formats that the tests write themselves."""

import gzip
import hashlib
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import scipy.io
from PIL import Image

from vae_core.common.errors import BadInput, DataMissing
from vae_core.data import load_dataset

RNG = np.random.default_rng(0)


def idx(array):
    """The idx format: two zero bytes, 8 for uint8, the number of dimensions, each as a big-endian 32-bit number, the data."""
    return bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">i4").tobytes() + array.astype(np.uint8).tobytes()


def idx_part(n, labels):
    return RNG.integers(0, 256, (n, 28, 28), np.uint8), np.resize(np.array(labels, np.uint8), n)


@pytest.fixture
def mnist_files(tmp_path):
    """Two parts and their files, as torchvision names them."""
    parts = {"train": idx_part(12, range(10)), "t10k": idx_part(5, range(10))}
    files = {}
    for part, (images, labels) in parts.items():
        files[f"{part}-images-idx3-ubyte"] = idx(images)
        files[f"{part}-labels-idx1-ubyte"] = idx(labels)
    return parts, files


def written(folder, files):
    folder.mkdir(parents=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)


@pytest.mark.parametrize(
    ("name", "folder", "a_class"),
    [("mnist", "MNIST", "3"), ("fashion-mnist", "FashionMNIST", "dress"), ("kmnist", "KMNIST", "tsu")],
)
def test_idx_sets_are_read_as_they_are_written(name, folder, a_class, mnist_files, tmp_path):
    parts, files = mnist_files
    written(tmp_path / folder / "raw", files)
    train, test, whole = (load_dataset(name, split=split, root=tmp_path) for split in ("train", "test", "all"))
    for dataset, (images, labels) in ((train, parts["train"]), (test, parts["t10k"])):
        assert (dataset.images == images[:, None]).all()
        assert (dataset.labels == labels).all()
    assert (whole.images == np.concatenate([train.images, test.images])).all()
    assert train.class_names[3] == a_class
    assert len(load_dataset(name, root=tmp_path, n_images=4)) == 4


@pytest.mark.parametrize("damage", [b"", b"\0\0\x08\x03", b"not idx at all", "cut short"])
def test_a_damaged_file_counts_as_missing(damage, mnist_files, tmp_path):
    _, files = mnist_files
    name = "train-images-idx3-ubyte"
    written(tmp_path / "MNIST" / "raw", files | {name: files[name][:-1] if damage == "cut short" else damage})
    with pytest.raises(DataMissing, match="no readable copy of 'mnist'"):
        load_dataset("mnist", root=tmp_path)


def test_emnist_images_are_upright_and_labels_count_from_0(tmp_path):
    images, labels = idx_part(26, range(1, 27))
    for part in ("train", "test"):
        names = [f"emnist-letters-{part}-{kind}" for kind in ("images-idx3-ubyte", "labels-idx1-ubyte")]
        raw = tmp_path / "EMNIST" / "raw"
        raw.mkdir(parents=True, exist_ok=True)
        (raw / names[0]).write_bytes(idx(images.transpose(0, 2, 1)))
        (raw / names[1]).write_bytes(idx(labels))
    dataset = load_dataset("emnist", root=tmp_path)
    assert (dataset.images == images[:, None]).all()
    assert [dataset.class_names[label] for label in dataset.labels] == list("abcdefghijklmnopqrstuvwxyz")


def test_svhn_is_read_with_the_digit_0_as_label_0(tmp_path, monkeypatch):
    import torchvision.datasets.svhn

    monkeypatch.setattr(torchvision.datasets.svhn, "check_integrity", lambda path, md5: Path(path).is_file())
    images = RNG.integers(0, 256, (7, 3, 32, 32), np.uint8)
    labels = np.array([10, 1, 2, 3, 9, 10, 5])
    scipy.io.savemat(tmp_path / "train_32x32.mat", {"X": images.transpose(2, 3, 1, 0), "y": labels[:, None]})
    dataset = load_dataset("svhn", root=tmp_path)
    assert (dataset.images == images).all()
    assert dataset.images.flags.c_contiguous
    assert dataset.labels.tolist() == [0, 1, 2, 3, 9, 0, 5]
    with pytest.raises(DataMissing):
        load_dataset("svhn", split="test", root=tmp_path)


@pytest.fixture
def celeba(tmp_path, monkeypatch):
    """Six pictures, four of them for training: picture k is red outside its central square and of grey 40·k within."""
    import torchvision.datasets.celeba

    monkeypatch.setattr(torchvision.datasets.celeba, "check_integrity", lambda path, md5: Path(path).is_file())
    base = tmp_path / "celeba"
    (base / "img_align_celeba").mkdir(parents=True)
    names = [f"{k + 1:06}.jpg" for k in range(6)]
    attributes = [f"Attribute_{k}" for k in range(40)]
    for k, name in enumerate(names):
        picture = Image.new("RGB", (178, 218), "red")
        picture.paste((40 * k,) * 3, (0, 20, 178, 198))
        picture.save(base / "img_align_celeba" / name, quality=95)

    def table(header, row):
        return "\n".join([*header, *(" ".join([name, *map(str, row(k))]) for k, name in enumerate(names))]) + "\n"

    # The real header ends in a space
    (base / "list_attr_celeba.txt").write_text(
        table(["6", " ".join(attributes) + " "], lambda k: [1 if (k >> a % 3) & 1 else -1 for a in range(40)])
    )
    (base / "identity_CelebA.txt").write_text(table([], lambda k: [k]))
    (base / "list_bbox_celeba.txt").write_text(table(["6", "x y w h"], lambda k: [0, 0, 1, 1]))
    (base / "list_landmarks_align_celeba.txt").write_text(table(["6", "lx ly"], lambda k: [0, 0]))
    (base / "list_eval_partition.txt").write_text(table([], lambda k: [0 if k < 4 else k - 3]))
    return tmp_path


def test_celeba_is_cropped_to_its_central_square_with_attributes_as_factors(celeba):
    dataset = load_dataset("celeba", root=celeba)
    assert dataset.shape == (3, 64, 64)
    assert dataset.labels is None
    assert dataset.factor_names == tuple(f"Attribute_{k}" for k in range(40))
    assert dataset.factors[:, :3].tolist() == [[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]]
    inner = dataset.images[:, :, 1:-1, 1:-1].astype(int)
    assert abs(inner - 40 * np.arange(4)[:, None, None, None]).max() <= 6  # JPEG


def test_celeba_decodes_only_what_is_drawn(celeba, monkeypatch):
    opened, heard = [], []
    real_open = Image.open
    monkeypatch.setattr(Image, "open", lambda path: opened.append(path) or real_open(path))
    dataset = load_dataset("celeba", split="all", n_images=2, root=celeba, on_progress=lambda *step: heard.append(step))
    assert len(opened) == len(dataset) == 2
    assert heard[-1] == (2, 2)


def test_a_picture_that_celeba_lacks_is_named(celeba):
    (celeba / "celeba" / "img_align_celeba" / "000005.jpg").unlink()
    assert len(load_dataset("celeba", root=celeba)) == 4
    with pytest.raises(DataMissing, match=r"000005\.jpg cannot be read"):
        load_dataset("celeba", split="all", root=celeba)


@pytest.fixture
def mirror(mnist_files, tmp_path, monkeypatch):
    """MNIST's server, here on this machine: the folder of the four packed files that it serves."""
    from torchvision.datasets import MNIST

    _, files = mnist_files
    folder = tmp_path / "mirror"
    written(folder, {f"{name}.gz": gzip.compress(data) for name, data in files.items()})
    sums = [(path.name, hashlib.md5(path.read_bytes()).hexdigest()) for path in sorted(folder.iterdir())]
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=folder))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(MNIST, "mirrors", [f"http://127.0.0.1:{server.server_port}/"])
    monkeypatch.setattr(MNIST, "resources", sums)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield folder
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_download_happens_on_request_and_once(mirror, mnist_files, tmp_path):
    root = tmp_path / "data"
    written(root / "MNIST" / "raw", {"notes.txt": b"mine"})
    with pytest.raises(DataMissing):
        load_dataset("mnist", root=root)
    images = mnist_files[0]["train"][0]
    assert (load_dataset("mnist", root=root, download=True).images[:, 0] == images).all()
    assert [path.name for path in root.iterdir()] == ["MNIST"]
    assert (root / "MNIST" / "raw" / "notes.txt").read_bytes() == b"mine"
    for packed in mirror.iterdir():
        packed.unlink()
    assert (load_dataset("mnist", root=root, download=True).images[:, 0] == images).all()


def test_a_download_that_breaks_off_is_one_sentence_and_leaves_nothing(mirror, tmp_path):
    last = max(mirror.iterdir())
    last.write_bytes(last.read_bytes()[:-1])
    root = tmp_path / "data"
    with pytest.raises(BadInput, match=r"'mnist' could not be downloaded to .*data: Error downloading") as caught:
        load_dataset("mnist", root=root, download=True)
    assert "\n" not in str(caught.value)
    assert list(root.iterdir()) == []


def test_olivetti_faces_are_read_from_scikit_learns_cache(tmp_path):
    import joblib

    faces = RNG.integers(0, 256, (400, 4096)) / 255
    faces[0, :2] = 0, 1
    joblib.dump(faces, tmp_path / "olivetti_py3.pkz")
    dataset = load_dataset("olivetti", split="all", root=tmp_path)
    assert dataset.shape == (1, 64, 64)
    # The file holds each face with rows and columns exchanged
    assert (dataset.images[7, 0].T.ravel() == np.rint(255 * faces[7])).all()
    assert dataset.labels.tolist() == [k // 10 for k in range(400)]
    assert np.bincount(load_dataset("olivetti", split="test", root=tmp_path).labels).tolist() == [1] * 40


def test_real_mnist(mnist_root):
    test = load_dataset("mnist", split="test", root=mnist_root)
    assert np.bincount(test.labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert test.shape == (1, 28, 28)
    assert 0.13 < load_dataset("mnist", root=mnist_root).images.mean() / 255 < 0.132
