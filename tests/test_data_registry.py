"""``load_dataset`` and what holds for every registered source."""

import ast
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

import vae_core.data
from vae_core.common.errors import BadInput, DataMissing
from vae_core.data import DATASETS, Dataset, load_dataset, split_off

OFFLINE = [name for name, source in DATASETS.items() if source.offline]


@pytest.mark.parametrize("name", OFFLINE)
@pytest.mark.parametrize("split", ["train", "test", "all"])
def test_offline_sources_deliver_what_they_announce(name, split):
    dataset = load_dataset(name, split=split, n_images=20)
    assert (dataset.name, dataset.split, len(dataset)) == (name, split, 20)
    assert dataset.shape == DATASETS[name].shape
    assert dataset.images.dtype == np.uint8
    assert dataset.images.flags.c_contiguous
    assert "\n" not in DATASETS[name].summary


@pytest.mark.parametrize("name", sorted(DATASETS.keys() - set(OFFLINE)))
def test_missing_data_says_where_it_looked_and_how_to_get_it(name, tmp_path):
    root = tmp_path / "nothing"
    with pytest.raises(DataMissing, match=f"'{name}' in {root}.*--download.*LATENT_EXPLORER_DATA"):
        load_dataset(name, root=root)
    assert not root.exists()


def test_the_root_falls_back_to_the_environment_and_then_to_data(monkeypatch, tmp_path):
    monkeypatch.setenv("LATENT_EXPLORER_DATA", str(tmp_path))
    with pytest.raises(DataMissing, match=str(tmp_path)):
        load_dataset("mnist")
    monkeypatch.delenv("LATENT_EXPLORER_DATA")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataMissing, match="in data;"):
        load_dataset("mnist")


@pytest.mark.parametrize("name", ["nosuch", "", "~nobody/x", "x" * 5000, "a\0b"])
def test_an_unknown_name_is_answered_with_the_choices(name):
    with pytest.raises(BadInput, match=r"choose from sprites, .*mnist.*or give the path to a folder"):
        load_dataset(name)


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ({"split": "valid"}, "unknown split 'valid'; choose from train, test, all"),
        ({"n_images": 0}, "n_images must be at least 1"),
        ({"size": 32}, "digits has images of 8×8 pixels"),
    ],
)
def test_bad_requests_are_refused(asked, answer):
    with pytest.raises(BadInput, match=answer):
        load_dataset("digits", **asked)


def test_digits_are_scikit_learns():
    ours, theirs = load_dataset("digits", split="all"), load_digits()
    assert np.allclose(ours.images[:, 0] / 255 * 16, theirs.images, atol=0.04)
    assert (ours.images.min(), ours.images.max()) == (0, 255)
    assert (ours.labels == theirs.target).all()
    assert ours.class_names == tuple("0123456789")


def test_digits_splits_are_disjoint_exhaustive_and_stratified():
    train, test, whole = (load_dataset("digits", split=split) for split in ("train", "test", "all"))
    rows = sorted(image.tobytes() for part in (train, test) for image in part.images)
    assert rows == sorted(image.tobytes() for image in whole.images)
    counts = np.bincount(whole.labels)
    assert (np.bincount(test.labels) == np.rint(counts / 10)).all()
    assert (load_dataset("digits", split="test").images == test.images).all()
    assert not np.array_equal(load_dataset("digits", split="test", seed=1).images, test.images)


def test_split_off_without_labels_holds_out_a_tenth():
    numbers = np.arange(100, dtype=np.uint8)
    train, test = split_off(Dataset("numbers", numbers[:, None, None, None]))
    assert len(test) == 10
    assert sorted([*train.images.flat, *test.images.flat]) == list(numbers)
    with pytest.raises(BadInput, match="too small to hold out"):
        split_off(train.take(np.arange(3)))


def test_a_subset_is_seeded_nested_and_in_order():
    digits = Dataset("numbers", np.arange(100, dtype=np.uint8)[:, None, None, None])
    small, large = (set(digits.subset(n, seed=5).images.flat) for n in (10, 30))
    assert small < large
    assert (np.diff(digits.subset(30).images.ravel().astype(int)) > 0).all()
    assert digits.subset(1000) is digits


def test_heavy_libraries_are_imported_only_where_they_are_needed():
    """Pages and the command line list the data sets before anything is trained."""
    for path in Path(vae_core.data.__file__).parent.rglob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) else []
            assert not {name.split(".")[0] for name in names} & {"torch", "torchvision", "sklearn", "scipy"}, path
