"""Images in .npy and .npz: every layout read, every header judged before its data."""

import io
import zipfile

import numpy as np
import pytest

from vae_core.common.errors import BadInput
from vae_core.data import Limits, load_images

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (6, 28, 28), np.uint8)
COLOUR = RNG.integers(0, 256, (6, 28, 28, 3), np.uint8)


def saved(path, array):
    np.save(path, array)
    return path


def npy_header(shape, dtype="|u1", more=b""):
    """A .npy that declares what it likes, and the bytes that follow."""
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"shape": shape, "fortran_order": False, "descr": dtype})
    return file.getvalue() + more


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (GREY, GREY[:, None]),
        (GREY[..., None], GREY[:, None]),
        (GREY[:, None], GREY[:, None]),
        (COLOUR, COLOUR.transpose(0, 3, 1, 2)),
        (COLOUR.transpose(0, 3, 1, 2), COLOUR.transpose(0, 3, 1, 2)),
        (np.asfortranarray(GREY), GREY[:, None]),
        (GREY / 255, GREY[:, None]),
        ((GREY / 255).astype(">f4"), GREY[:, None]),
        ((GREY / 255).astype(np.float16), GREY[:, None]),
        (np.repeat(GREY[..., None], 3, axis=-1), GREY[:, None]),
    ],
    ids=["NHW", "NHW1", "N1HW", "NHW3", "N3HW", "Fortran", "float64", "big-endian", "float16", "grey in colour"],
)
def test_every_layout_is_read_and_an_allowed_size_is_kept(tmp_path, array, expected):
    images = load_images(saved(tmp_path / "a.npy", array)).images
    assert (images == expected).all()
    assert images.flags.c_contiguous


@pytest.mark.parametrize(
    ("size", "given", "result"), [(None, (40, 40), 64), (28, (64, 64), 28), (32, (50, 90), 32), (None, (32, 28), 64)]
)
@pytest.mark.parametrize("channels", [(), (3,)])
def test_other_sizes_are_resized_and_cropped(tmp_path, size, given, result, channels):
    array = np.full((2, *given, *channels), 7, np.uint8)
    assert (
        load_images(saved(tmp_path / "a.npy", array), size=size, channels=3).images == np.full((2, 3, result, result), 7)
    ).all()


def test_a_npz_brings_labels_factors_and_their_names(tmp_path):
    labels, factors = np.array([30, 10, 10, 20, 30, 30]), np.array([[5, -1], [7, -1], [5, 0], [9, 0], [9, 0], [5, 3]])
    np.savez_compressed(
        tmp_path / "a.npz", images=GREY, labels=labels, factors=factors, factor_names=["width", "tilt"], more=np.zeros(3)
    )
    dataset = load_images(tmp_path / "a.npz")
    assert (dataset.images == GREY[:, None]).all()
    assert dataset.class_names == ("10", "20", "30")
    assert dataset.labels.tolist() == [2, 0, 0, 1, 2, 2]
    assert dataset.factor_names == ("width", "tilt")
    assert dataset.factor_sizes == (3, 3)
    assert dataset.factors.T.tolist() == [[0, 1, 0, 2, 2, 0], [0, 0, 1, 1, 1, 2]]


def test_labels_may_be_texts_and_factors_nameless(tmp_path):
    np.savez(tmp_path / "a.npz", images=GREY, labels=list("abcabc"), factors=np.zeros((6, 1), int))
    dataset = load_images(tmp_path / "a.npz")
    assert dataset.class_names == ("a", "b", "c")
    assert dataset.factor_names == ("factor 1",)


@pytest.mark.parametrize(
    ("arrays", "answer"),
    [
        ({"imgs": GREY}, "needs an array named images; it holds imgs"),
        ({}, "it holds none"),
        ({"images": GREY.astype(int)}, r"uint8 or float in \[0, 1\]; got int64 \(6, 28, 28\)"),
        ({"images": GREY[0]}, r"images must be \(N,H,W\).*got uint8 \(28, 28\)"),
        ({"images": np.zeros((2, 5, 28, 28))}, r"got float64 \(2, 5, 28, 28\)"),
        ({"images": np.zeros((2, 0, 28), np.uint8)}, r"got uint8 \(2, 0, 28\)"),
        ({"images": np.zeros((0, 28, 28), np.uint8)}, r"got uint8 \(0, 28, 28\)"),
        ({"images": np.array(3)}, r"got int64 \(\)"),
        ({"images": GREY / 100}, r"must lie in \[0, 1\], got 0 … 2\.55"),
        ({"images": np.full((2, 4, 4), np.nan)}, "got nan"),
        ({"images": np.full((2, 4, 4), np.inf)}, "got inf"),
        ({"images": GREY, "labels": np.zeros(5, int)}, r"labels must be \(6,\), whole numbers or texts; got int64 \(5,\)"),
        ({"images": GREY, "labels": np.zeros(6)}, r"labels must be .* got float64"),
        ({"images": GREY, "factors": np.zeros((6, 0), int)}, r"factors must be \(6, K\)"),
        ({"images": GREY, "factors": np.zeros(6, int)}, r"factors must be \(6, K\)"),
        ({"images": GREY, "factors": np.zeros((6, 2), int), "factor_names": ["a"]}, r"factor_names must be \(2,\)"),
        ({"images": GREY, "factor_names": ["a"]}, r"factor_names must be \(0,\)"),
    ],
)
def test_arrays_of_a_wrong_layout_are_refused_with_the_allowed_ones(tmp_path, arrays, answer):
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(BadInput, match=answer):
        load_images(tmp_path / "a.npz")


class Trap:
    def __reduce__(self):
        return eval, ("1/0",)


@pytest.mark.parametrize("kind", ["npy", "npz"])
def test_a_pickle_is_never_opened(tmp_path, kind):
    array = np.array([Trap()], dtype=object)
    path = tmp_path / f"a.{kind}"
    np.save(path, array) if kind == "npy" else np.savez(path, images=array)
    with pytest.raises(BadInput, match="declares object"):
        load_images(path)


@pytest.mark.parametrize(
    "data",
    [
        npy_header((10**9, 64, 64)),
        npy_header((10**30, 64, 64)),
        npy_header((2, 64, 64), "<f8", bytes(2 * 64 * 64)),
        npy_header((-1, 64, 64), more=bytes(64 * 64)),
        npy_header((2, 28, 28), more=bytes(2 * 28 * 28 - 1)),
    ],
    ids=["terabytes", "overflow", "half", "negative", "one byte short"],
)
@pytest.mark.parametrize("kind", ["npy", "npz"])
def test_a_header_that_promises_more_than_follows_is_refused_before_reading(tmp_path, monkeypatch, data, kind):
    monkeypatch.delattr(np.lib.format, "read_array")
    path = tmp_path / f"a.{kind}"
    if kind == "npy":
        path.write_bytes(data)
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("images.npy", data)
    with pytest.raises(BadInput, match=r"declares .* bytes follow"):
        load_images(path)


@pytest.mark.parametrize(
    ("limits", "answer"),
    [
        (Limits(total_bytes=GREY.nbytes), "MiB of data; at most"),
        (Limits(n_images=5), "more than 5 images"),
        (Limits(pixels=783), "28×28 pixels; at most 783"),
    ],
)
@pytest.mark.parametrize("kind", ["npy", "npz"])
def test_limits_are_checked_before_reading(tmp_path, monkeypatch, limits, answer, kind):
    path = tmp_path / f"a.{kind}"
    np.save(path, GREY) if kind == "npy" else np.savez_compressed(path, images=GREY)
    monkeypatch.delattr(np.lib.format, "read_array")
    with pytest.raises(BadInput, match=answer):
        load_images(path, limits=limits)


def test_a_compressed_bomb_is_refused_by_its_ratio(tmp_path):
    np.savez_compressed(tmp_path / "a.npz", images=np.zeros((30, 1024, 1024), np.uint8))
    with pytest.raises(BadInput, match=r"images\.npy: unpacks to more than 200 times"):
        load_images(tmp_path / "a.npz")
    np.savez_compressed(tmp_path / "b.npz", images=np.zeros((30, 28, 28), np.uint8))
    assert len(load_images(tmp_path / "b.npz")) == 30


@pytest.mark.parametrize("data", [b"", b"\x93NUMPY", b"\x93NUMPY\x03\x00\x10\x00\x00\x00", b"PK\x03\x04", b"text"])
@pytest.mark.parametrize("kind", ["npy", "npz", "zip"])
def test_broken_files_are_refused(tmp_path, kind, data):
    (tmp_path / f"a.{kind}").write_bytes(data)
    with pytest.raises(BadInput, match=f"a.{kind} is not a"):
        load_images(tmp_path / f"a.{kind}")
