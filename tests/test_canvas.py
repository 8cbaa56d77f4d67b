"""The canvas' Python half: what it packs, what it refuses, what it makes of what the browser says."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from latent_explorer.canvas import CanvasModel, CanvasPoints, _check, _pack_points, _rows
from latent_explorer.canvas.packing import pack
from vae_core.common.errors import BadInput

CANVAS = Path(__file__).parents[1] / "latent_explorer" / "canvas"
MODEL = CanvasModel("m", "m", 1, (1, 8, 8), 3, b"onnx")


def points(n: int = 20, dims: int = 3, **fields) -> CanvasPoints:
    mean = np.random.default_rng(0).normal(size=(n, dims)).astype(np.float32)
    return CanvasPoints("p", mean, **fields)


def unpack(content: bytes) -> tuple[dict, dict[str, np.ndarray]]:
    length = int.from_bytes(content[:8], "little")
    header, body = json.loads(content[8 : 8 + length]), content[8 + length :]
    arrays = {
        e["name"]: np.frombuffer(body, e["dtype"], int(np.prod(e["shape"])), e["offset"]).reshape(e["shape"])
        for e in header["arrays"]
    }
    return header, arrays


def test_packing_keeps_values_and_alignment():
    given = {"a": np.arange(3, dtype=np.uint8), "b": np.linspace(0, 1, 5, dtype=np.float32)}
    header, arrays = unpack(pack("points", "key ‖z‖", given, extra=[1]))
    assert header["key"] == "key ‖z‖"
    assert header["extra"] == [1]
    assert all(entry["offset"] % 8 == 0 for entry in header["arrays"])
    for name, values in given.items():
        np.testing.assert_array_equal(arrays[name], values)


def test_points_become_a_plane_of_their_first_two_units():
    header, arrays = unpack(
        _pack_points.__wrapped__(points(colours={"class": np.arange(20) % 4, "nll": np.linspace(0, 1, 20)}))
    )
    xy = (arrays["mean"] - arrays["origin"]) @ arrays["axes"].T  # what the browser computes: the places do not travel
    assert "xy" not in arrays
    np.testing.assert_allclose(arrays["origin"] + xy @ arrays["axes"], arrays["mean"] * [1, 1, 0], atol=2e-3)
    assert [colour["classes"] for colour in header["colours"]] == [["0", "1", "2", "3"], None]


def test_a_drawing_has_no_plane():
    _, arrays = unpack(_pack_points.__wrapped__(points(xy=np.zeros((20, 2)), projection="UMAP")))
    assert "axes" not in arrays
    assert arrays["xy"].shape == (20, 2)


def test_colours_travel_in_half_precision_where_it_reaches():
    small, large = np.linspace(0, 9, 20), np.linspace(0, 1e6, 20)
    _, arrays = unpack(_pack_points.__wrapped__(points(colours={"a": small, "b": large})))
    assert [arrays[f"colour {i}"].dtype for i in range(2)] == [np.float16, np.float32]
    np.testing.assert_allclose(arrays["colour 1"], large)


def test_switched_off_units_are_named():
    dead = points()
    dead.mean[:, 1] = 0.5
    header, _ = unpack(_pack_points.__wrapped__(dead))
    assert [unit["active"] for unit in header["units"]] == [True, False, True]


def test_selection_is_read_and_a_foreign_one_is_not():
    given = points()
    bits = np.zeros(24, bool)
    bits[[3, 19]] = True
    import base64

    text = base64.b64encode(np.packbits(bits, bitorder="little").tobytes()).decode()
    np.testing.assert_array_equal(_rows(text, given), [3, 19])
    assert _rows(text, points(n=1000)) is None
    assert _rows(None, given) is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((MODEL, None, ("slider",), None), "unknown canvas mode 'slider'"),
        ((MODEL, None, ("map",), None), "needs points"),
        ((MODEL, points(dims=2), ("map",), None), "the model has 3 units"),
        ((MODEL, None, ("sliders",), np.zeros(2)), "shape"),
    ],
)
def test_bad_input_is_one_sentence(arguments, words):
    with pytest.raises(BadInput, match=re.escape(words)):
        _check(*arguments)


def test_the_bundle_is_complete():
    names = sorted(path.name for path in (CANVAS / "dist").iterdir())
    assert [re.sub(r"-[\w-]{8}\.", ".", name) for name in names] == ["index.js", "ort-wasm-simd-threaded.wasm", "worker.js"]
    addresses = set(re.findall(r"https?://[\w.-]+", "".join(p.read_text() for p in (CANVAS / "dist").glob("*.js"))))
    assert not [a for a in addresses if "cdn" in a or "unpkg" in a]


def test_the_lock_file_names_no_registry():
    assert '"resolved"' not in (CANVAS / "package-lock.json").read_text()


REBUILD = {"CI", "CANVAS_REBUILD"} & os.environ.keys() and shutil.which("npm")


@pytest.mark.skipif(not REBUILD, reason="builds the bundle anew under CI=true or CANVAS_REBUILD=1, where npm is installed")
def test_the_bundle_is_what_its_source_builds(tmp_path):
    copy = tmp_path / "canvas"
    shutil.copytree(CANVAS, copy, ignore=shutil.ignore_patterns("node_modules", "dist"))
    for command in (["npm", "ci"], ["npm", "test"], ["npm", "run", "build"]):
        subprocess.run(command, cwd=copy, check=True)
    built, kept = ({p.name: p.read_bytes() for p in (folder / "dist").iterdir()} for folder in (copy, CANVAS))
    assert built.keys() == kept.keys(), "the committed bundle is stale: run npm run build in latent_explorer/canvas"
    assert built == kept
