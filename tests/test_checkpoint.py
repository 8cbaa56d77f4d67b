"""Untrusted checkpoints: every fault is a one-line error, nothing is executed, and no file is written partially."""

import json
import os
import pickle
import shutil

import numpy as np
import pytest
import torch
from digit_runs import digits, train_to_end
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from vae_core import BadInput, LatentAtlas, TrainedVAE, embed
from vae_core.checkpoints.checkpoint_files import load_training_state
from vae_core.common.files import write_folder, write_text


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A good checkpoint folder."""
    run = train_to_end(n_steps=3, latent_dim=2)
    path = tmp_path_factory.mktemp("checkpoints") / "good"
    run.model.save(path)
    embed(run.model, digits()).save(path / "atlas.npz")
    return path


@pytest.fixture
def copy(saved, tmp_path):
    return shutil.copytree(saved, tmp_path / "copy")


def edit(path, change) -> None:
    data = json.loads((path / "config.json").read_text())
    change(data)
    (path / "config.json").write_text(json.dumps(data))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.update(format=2), "format 2; this version reads format 1"),
        (lambda d: d.pop("shape"), "lacks shape"),
        (lambda d: d.update(shape=[1, 8, 100_000]), "sides up to 256"),
        (lambda d: d.update(shape=[2, 8, 8]), "must be [1 or 3"),
        (lambda d: d.update(step=-1), "step must be a whole number"),
        (lambda d: d["config"].update(latent_dim=10**9), "latent_dim must be"),
        (lambda d: d["config"].update(network={"name": "mlp", "hidden": 10**9}), "hidden must be"),
        (lambda d: d["config"].update(latent_dim=3), "the configured model has"),
        (lambda d: d["config"].update(objective={"name": "__import__"}), "unknown objective '__import__'"),
        (lambda d: d["config"].update(evil=1), "has no evil"),
        (lambda d: d["about"].update(n_train="many"), "about.n_train"),
        (lambda d: d.update(about=None), "about must be an object"),
    ],
)
def test_a_wrong_config_is_named(copy, change, message):
    edit(copy, change)
    with pytest.raises(BadInput) as caught:
        TrainedVAE.load(copy)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]", "{", "null", '{"format": 1e999}', '{"format": NaN}', "[" * 100_000])
def test_config_that_is_not_an_object_is_refused(copy, text):
    (copy / "config.json").write_text(text)
    with pytest.raises(BadInput):
        TrainedVAE.load(copy)


def test_missing_files_and_folders_are_named(copy, tmp_path):
    with pytest.raises(BadInput, match="no checkpoint at"):
        TrainedVAE.load(tmp_path / "nowhere")
    (copy / "weights.safetensors").unlink()
    with pytest.raises(BadInput, match=r"has no weights\.safetensors"):
        TrainedVAE.load(copy)
    with pytest.raises(BadInput, match="can be used but not continued"):
        load_training_state(copy)


def change_weights(path, change) -> None:
    weights = load_file(path / "weights.safetensors")
    change(weights)
    save_file(weights, path / "weights.safetensors")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda w: w.pop("decoder.bias"), "does not have 'decoder.bias'"),
        (lambda w: w.update(extra=torch.zeros(1)), "holds 'extra'"),
        (lambda w: w.update({"decoder.bias": torch.zeros(1, 8, 9)}), "'decoder.bias' is (1, 8, 9)"),
        (lambda w: w.update({"decoder.bias": torch.zeros(1, 8, 8, dtype=torch.float64)}), "torch.float64"),
        (lambda w: w.update({"decoder.bias": torch.full((1, 8, 8), float("nan"))}), "not finite"),
    ],
)
def test_wrong_weights_are_named(copy, change, message):
    change_weights(copy, change)
    with pytest.raises(BadInput) as caught:
        TrainedVAE.load(copy)
    assert message in str(caught.value)


class Bomb:
    def __reduce__(self):
        return (os.mkdir, ("exploded",))


@pytest.mark.parametrize("file", ["weights.safetensors", "atlas.npz"])
def test_a_pickle_is_never_executed(copy, file, monkeypatch):
    monkeypatch.chdir(copy)
    (copy / file).write_bytes(pickle.dumps(Bomb()))
    np.savez(copy / "bomb.npz", mean=np.array([Bomb()], dtype=object))
    with pytest.raises(BadInput):
        TrainedVAE.load(copy) if file.startswith("weights") else LatentAtlas.load(copy / file)
    with pytest.raises(BadInput):
        LatentAtlas.load(copy / "bomb.npz")
    assert not (copy / "exploded").exists()


FILES = ("config.json", "weights.safetensors", "history.jsonl", "atlas.npz")


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(FILES), st.integers(0, 10**6), st.binary(min_size=1, max_size=40), st.booleans())
def test_corrupt_bytes_give_a_finite_model_or_bad_input(saved, tmp_path, file, place, junk, cut):
    """With any bytes at any place, a checkpoint that still loads is finite; otherwise the error is BadInput."""
    good = (saved / file).read_bytes()
    place %= len(good)
    path = shutil.copytree(saved, tmp_path / "fuzzed", dirs_exist_ok=True)
    (path / file).write_bytes(good[:place] + junk + (b"" if cut else good[place + len(junk) :]))
    try:
        model, atlas = TrainedVAE.load(path), LatentAtlas.load(path / "atlas.npz")
    except BadInput as error:
        assert "\n" not in str(error)
    else:
        assert np.isfinite(model.sample(2, seed=0)).all()
        assert np.isfinite(atlas.mean).all()
    finally:
        shutil.rmtree(path)


def test_unfinished_write_leaves_no_file_and_keeps_the_previous_one(tmp_path):
    def fail(path):
        (path / "half").write_text("half")
        raise KeyboardInterrupt

    target = tmp_path / "checkpoint"
    with pytest.raises(KeyboardInterrupt):
        write_folder(target, fail)
    assert list(tmp_path.iterdir()) == []
    write_folder(target, lambda folder: (folder / "file").write_text("old"))
    with pytest.raises(KeyboardInterrupt):
        write_folder(target, fail, replace=True)
    assert [p.name for p in tmp_path.iterdir()] == ["checkpoint"]
    assert (target / "file").read_text() == "old"
    with pytest.raises(BadInput, match="exists already"):
        write_folder(target, fail)
    write_text(target / "file", "new")
    assert [p.name for p in target.iterdir()] == ["file"]


def test_of_two_writers_of_one_new_folder_one_is_refused(tmp_path):
    """The second writer finishes while the first one is still filling its folder."""
    target = tmp_path / "checkpoint"

    def fill_slowly(folder):
        (folder / "file").write_text("first")
        write_folder(target, lambda other: (other / "file").write_text("second"))

    with pytest.raises(BadInput, match="exists already"):
        write_folder(target, fill_slowly)
    assert (target / "file").read_text() == "second"
    assert [p.name for p in tmp_path.iterdir()] == ["checkpoint"]


def test_codes_and_images_of_the_wrong_shape_are_refused(saved):
    model = TrainedVAE.load(saved)
    with pytest.raises(BadInput, match=r"codes must be of shape \(n, 2\), got \(4, 3\)"):
        model.decode(np.zeros((4, 3)))
    with pytest.raises(BadInput, match=r"images must be of shape \(n, 1, 8, 8\)"):
        model.encode(np.zeros((4, 8, 8)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a: a.pop("std"), "lacks std"),
        (lambda a: a.update(evil=np.zeros(3)), "holds evil"),
        (lambda a: a.update(nll=a["nll"][:-1]), "nll is"),
        (lambda a: a.update(mean=a["mean"] * np.float16("nan")), "not finite"),
        (lambda a: a.update(std=a["std"] * 0), "std must be above 0"),
        (lambda a: a.update(labels=a["labels"].astype(float)), "labels is"),
        (lambda a: a.update(xy=np.zeros((len(a["index"]), 3))), "xy is"),
    ],
)
def test_a_wrong_atlas_is_named(copy, change, message):
    with np.load(copy / "atlas.npz") as file:
        arrays = dict(file)
    change(arrays)
    np.savez(copy / "atlas.npz", **arrays)
    with pytest.raises(BadInput) as caught:
        LatentAtlas.load(copy / "atlas.npz")
    assert message in str(caught.value)


def test_atlas_that_unpacks_too_large_is_refused_before_reading(tmp_path):
    np.savez_compressed(tmp_path / "atlas.npz", mean=np.zeros((80_000_000,), dtype=np.float32))
    assert (tmp_path / "atlas.npz").stat().st_size < 1 << 20
    with pytest.raises(BadInput, match=r"305\.2 MiB"):
        LatentAtlas.load(tmp_path / "atlas.npz")
