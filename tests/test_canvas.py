"""Tests of the canvas: packing for the browser, argument checks, the browser's reports, and the built bundle."""

import hashlib
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from latent_explorer.canvas import CanvasModel, CanvasPoints, ConditionProperty, check_arguments
from latent_explorer.canvas.packing import pack, pack_points, pack_rows, unpack_rows
from vae_core.common.errors import BadInput

CANVAS = Path(__file__).parents[1] / "latent_explorer" / "canvas"
STALE = "the bundle in dist/ is not built from src/: run npm ci && npm run build in latent_explorer/canvas"
MODEL = CanvasModel("m", "m", 1, (1, 8, 8), 3, b"onnx")


def points(n: int = 20, dims: int = 3, **fields) -> CanvasPoints:
    mean = np.random.default_rng(0).normal(size=(n, dims)).astype(np.float32)
    return CanvasPoints("p", mean, **fields)


def packed(**fields) -> tuple[dict, dict[str, np.ndarray]]:
    """The header and the arrays of ``points(**fields)`` as the browser reads them."""
    return unpack(pack_points.__wrapped__(points(**fields)))


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
    header, arrays = packed(colours={"class": np.arange(20) % 4, "nll": np.linspace(0, 1, 20)})
    xy = (arrays["mean"] - arrays["origin"]) @ arrays["axes"].T  # the browser computes positions on a plane itself
    assert "xy" not in arrays
    np.testing.assert_allclose(arrays["origin"] + xy @ arrays["axes"], arrays["mean"] * [1, 1, 0], atol=2e-3)
    assert [colour["classes"] for colour in header["colours"]] == [["0", "1", "2", "3"], None]


def test_a_map_without_inverse_sends_positions():
    _, arrays = packed(xy=np.zeros((20, 2)), projection="UMAP")
    assert "axes" not in arrays
    assert arrays["xy"].shape == (20, 2)


def test_colours_are_packed_in_half_precision_where_they_fit():
    small, large = np.linspace(0, 9, 20), np.linspace(0, 1e6, 20)
    _, arrays = packed(colours={"a": small, "b": large})
    assert [arrays[f"colour {i}"].dtype for i in range(2)] == [np.float16, np.float32]
    np.testing.assert_allclose(arrays["colour 1"], large)


def test_inactive_units_are_marked():
    given = points()
    given.mean[:, 1] = 0.5
    header, _ = unpack(pack_points.__wrapped__(given))
    assert [unit["active"] for unit in header["units"]] == [True, False, True]


def test_a_selection_is_unpacked_for_the_same_number_of_points_only():
    text = pack_rows(np.array([3, 19]), 20)
    np.testing.assert_array_equal(unpack_rows(text, 20), [3, 19])
    assert unpack_rows(text, 1000) is None
    assert unpack_rows(None, 20) is None
    assert pack_rows(np.array([], dtype=int), 20) == ""


def test_the_default_condition_is_the_first_value_of_each_property_and_the_nearest_beta():
    properties = (ConditionProperty("class", ("a", "b", "c")), ConditionProperty("size", ("s", "l")))
    model = CanvasModel("m", "m", 1, (1, 8, 8), 3, b"onnx", conditions=properties, beta_range=(2.0, 8.0))
    np.testing.assert_array_equal(model.default_condition, [1, 0, 0, 1, 0, 2])
    assert MODEL.default_condition is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((MODEL, None, ("slider",), None), "unknown canvas mode 'slider'"),
        ((MODEL, None, ("map",), None), "needs points"),
        ((MODEL, points(dims=2), ("map",), None), "the model has 3 units"),
        ((MODEL, None, ("sliders",), np.zeros(2)), "shape"),
    ],
)
def test_invalid_arguments_are_reported_in_one_sentence(arguments, words):
    with pytest.raises(BadInput, match=re.escape(words)):
        check_arguments(*arguments)


def test_the_bundle_is_complete():
    names = sorted(re.sub(r"-[\w-]{8}\.", ".", path.name) for path in (CANVAS / "dist").iterdir())
    assert names == ["index.js", "ort-wasm-simd-threaded.wasm", "source-hash.txt", "worker.js"]
    scripts = "".join(path.read_text(encoding="utf-8") for path in (CANVAS / "dist").glob("*.js"))
    addresses = set(re.findall(r"https?://[\w.-]+", scripts))
    assert not [a for a in addresses if "cdn" in a or "unpkg" in a]


def test_the_lock_file_names_no_registry():
    assert '"resolved"' not in (CANVAS / "package-lock.json").read_text(encoding="utf-8")


def test_the_bundle_is_built_from_these_sources():
    """Needs no npm: the build writes the hash of its sources beside the bundle, as ``sourceHash`` in vite.config.ts."""
    paths = [path.relative_to(CANVAS).as_posix() for path in (CANVAS / "src").rglob("*") if path.suffix in (".ts", ".css")]
    paths += ["package.json", "package-lock.json", "tsconfig.json", "vite.config.ts"]
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(f"{path}\0{(CANVAS / path).read_text(encoding='utf-8')}\0".encode())  # universal newlines
    assert (CANVAS / "dist" / "source-hash.txt").read_text().strip() == digest.hexdigest(), STALE


def run_npm(folder: Path, *arguments: str) -> None:
    """Run npm in a folder; its output is the message of a failure."""
    command = [shutil.which("npm") or "npm", *arguments]
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=280)
    assert done.returncode == 0, f"npm {' '.join(arguments)}:\n{done.stdout}"


def test_the_typescript_tests_pass_and_the_build_reproduces_the_bundle(tmp_path):
    """Always runs under CI=true, and fails there without npm. Elsewhere it would download packages, so it waits to be asked."""
    if os.environ.get("CI", "").lower() not in ("1", "true") and os.environ.get("CANVAS_REBUILD") != "1":
        pytest.skip("downloads npm packages: set CANVAS_REBUILD=1 to run it (CI=true always does)")
    if missing := [program for program in ("node", "npm") if shutil.which(program) is None]:
        pytest.fail(f"{' and '.join(missing)} not found: the canvas' TypeScript tests and its build need Node.js 18 or later")
    copy = tmp_path / "canvas"
    shutil.copytree(CANVAS, copy, ignore=shutil.ignore_patterns("node_modules", "dist", "__pycache__"))
    run_npm(copy, "ci")
    run_npm(copy, "test")
    run_npm(copy, "run", "build")
    built, committed = ({p.name: p.read_bytes() for p in (folder / "dist").iterdir()} for folder in (copy, CANVAS))
    assert built.keys() == committed.keys(), STALE
    assert [name for name in built if built[name] != committed[name]] == [], STALE
