"""Any uploaded bytes give a ``Dataset`` or ``BadInput``, never another error."""

import io
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from vae_core.common.errors import BadInput
from vae_core.data import Dataset, Limits, load_images

SMALL = Limits(total_bytes=2**22, n_images=50, pixels=10**6, ratio_from_bytes=2**16)
GRADIENT = np.arange(12 * 12, dtype=np.uint8).reshape(12, 12)


def picture(kind):
    file = io.BytesIO()
    Image.fromarray(GRADIENT).convert("RGB").save(file, kind)
    return file.getvalue()


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def archive(members, packing):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", packing) as packed:
        for name, data in members.items():
            packed.writestr(name, data)
    return file.getvalue()


STACK = np.stack([GRADIENT] * 4)
ARRAYS = {"images.npy": npy(STACK), "labels.npy": npy(np.arange(4)), "factors.npy": npy(np.ones((4, 2), int))}
PICTURES = {"a/1.png": picture("PNG"), "b/2.jpg": picture("JPEG"), "b/3.gif": picture("GIF")}
UPLOADS = {
    **{f"pictures/a.{kind.lower()}": picture(kind) for kind in ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM")},
    "a.npy": npy(STACK / 255),
    "stored.npz": archive(ARRAYS, zipfile.ZIP_STORED),
    "deflated.npz": archive(ARRAYS, zipfile.ZIP_DEFLATED),
    "stored.zip": archive(PICTURES, zipfile.ZIP_STORED),
    "deflated.zip": archive(PICTURES, zipfile.ZIP_DEFLATED),
}


@st.composite
def damaged(draw, data):
    """Some bytes changed, and perhaps cut short or with others put in."""
    data = bytearray(data)
    for at, byte in draw(st.lists(st.tuples(st.integers(0, len(data) - 1), st.integers(0, 255)), max_size=8)):
        data[at] = byte
    at = draw(st.integers(0, len(data)))
    return bytes(draw(st.sampled_from([data, data[:at], data[:at] + draw(st.binary(max_size=40)) + data[at:]])))


def answer(path):
    try:
        dataset = load_images(path, size=28, limits=SMALL)
    except BadInput as why:
        assert str(why).strip()
    else:
        assert isinstance(dataset, Dataset)
        assert dataset.images.shape[2:] == (28, 28)


@pytest.mark.parametrize("name", UPLOADS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_uploads(name, data, tmp_path):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data.draw(damaged(UPLOADS[name])))
    answer(path.parent if path.parent != tmp_path else path)


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".zip"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=st.sampled_from([b"", b"PK\x03\x04", b"PK\x05\x06", b"\x93NUMPY\x01\x00", b"\x93NUMPY\x02\x00"]), rest=st.binary())
def test_noise(suffix, start, rest, tmp_path):
    path = tmp_path / f"noise{suffix}"
    path.write_bytes(start + rest)
    answer(path)


HEADERS = st.builds(
    "{{'descr': '{}{}{}', 'fortran_order': False, 'shape': {}}}".format,
    st.sampled_from("<>|="),
    st.sampled_from("biufcSUVOMm?"),
    st.integers(0, 99),
    st.lists(st.integers(-1, 40), max_size=5).map(tuple),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(header=HEADERS | st.text(max_size=60))
def test_invented_headers(header, tmp_path):
    text = header.encode("latin1", "ignore")
    path = tmp_path / "a.npy"
    path.write_bytes(b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + bytes(5000))
    answer(path)
