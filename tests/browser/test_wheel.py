"""The wheel: its content and size, and the app and the commands from a fresh environment in an empty folder."""

import json
import os
import socket
import subprocess
import sys
import sysconfig
import time
import tomllib
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHIPPED = (ROOT / "checkpoints" / "shipped.txt").read_text(encoding="utf-8").split()
BIN = "Scripts" if os.name == "nt" else "bin"

pytestmark = pytest.mark.slow


def run(*words: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program without the checkout on its path."""
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | environment
    command = list(map(str, words))
    done = subprocess.run(command, cwd=cwd, env=clean, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=ROOT)
    (path,) = folder.glob("latent_explorer-*.whl")
    return path


@pytest.fixture(scope="module")
def environment(wheel, tmp_path_factory) -> Path:
    """A fresh virtual environment with the wheel; its dependencies are read from the environment of the tests."""
    folder = tmp_path_factory.mktemp("environment") / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder.parent)
    python = folder / BIN / "python"
    run(sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-deps", "--no-index", wheel, cwd=folder.parent)
    # plain folders of a .pth are searched last, and .pth files inside them are not read: an editable install stays out
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)}))
    (packages / "dependencies.pth").write_text("\n".join(p for p in sys.path if p.endswith("site-packages")))
    return folder


@pytest.fixture
def empty(tmp_path) -> Path:
    folder = tmp_path / "empty"
    folder.mkdir()
    return folder


def test_content_and_size(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        metadata = next(archive.read(name).decode() for name in names if name.endswith(".dist-info/METADATA"))
    assert wheel.stat().st_size <= 90e6
    app = {name.removeprefix("latent_explorer/_app/") for name in names if name.startswith("latent_explorer/_app/")}
    pages = {f"pages/{path.name}" for path in (ROOT / "pages").glob("*.py")}
    assert {"app.py", ".streamlit/config.toml", "checkpoints/shipped.txt"} | pages <= app
    folders = {name.split("/")[1] for name in app if name.count("/") == 2 and name.startswith("checkpoints/")}
    assert folders == {*SHIPPED, "classifiers"}
    assert all(f"checkpoints/{name}/weights.safetensors" in app for name in SHIPPED if name != "classifiers")
    modules = [path for top in ("vae_core", "latent_explorer") for path in (ROOT / top).rglob("*.py")]
    assert {path.relative_to(ROOT).as_posix() for path in modules if "node_modules" not in path.parts} <= names
    dist = {f"latent_explorer/canvas/dist/{path.name}" for path in (ROOT / "latent_explorer/canvas/dist").iterdir()}
    extra = {"latent_explorer/pyproject.toml", "latent_explorer/icon.png", "latent_explorer/py.typed", "vae_core/py.typed"}
    assert dist | extra <= names
    assert not [name for name in names if name.startswith("latent_explorer/canvas/src/") or "training.safetensors" in name]
    assert "License-Expression: MIT" in metadata
    assert tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"] in wheel.name


def test_commands_from_an_empty_folder(environment, empty):
    launcher = environment / BIN / "latent-explorer"
    assert "usage: latent-explorer" in run(launcher, "--help", cwd=empty).stdout
    flags = ["--dataset", "digits", "--network", "mlp", "--steps", "4", "--device", "cpu", "--quiet", "--json", "--out", "x"]
    report = json.loads(run(launcher, "train", *flags, cwd=empty).stdout)
    assert report["step"] == 4
    assert (empty / "x" / "weights.safetensors").is_file()


def test_places_of_the_installed_app(environment, empty):
    code = (
        "import json; from latent_explorer import home; "
        "print(json.dumps([str(home.app_script()), *map(str, home.model_folders()), str(home.runs())]))"
    )
    found = run(environment / BIN / "python", "-c", code, cwd=empty, XDG_DATA_HOME=str(empty), LOCALAPPDATA=str(empty))
    app, own, shipped, runs = map(Path, json.loads(found.stdout))
    assert app.is_file()
    assert environment in app.parents
    assert all((shipped / name).is_dir() for name in SHIPPED)
    assert {own.name, runs.name} == {"checkpoints", "runs"}
    assert environment not in own.parents


@pytest.fixture
def address(environment, empty) -> Iterator[str]:
    """The app of the installed package, started in an empty folder."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    clean |= {"XDG_DATA_HOME": str(empty / "user"), "LATENT_EXPLORER_WARM": "0", "OMP_NUM_THREADS": "1"}
    command = [environment / BIN / "latent-explorer", "--port", str(port), "--address=127.0.0.1", "--headless", "true"]
    with (empty / "log.txt").open("w") as log:
        process = subprocess.Popen(list(map(str, command)), cwd=empty, env=clean, stdout=log, stderr=subprocess.STDOUT)
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=1).close()
            break
        except OSError:
            assert process.poll() is None, (empty / "log.txt").read_text()
            assert time.monotonic() < deadline, (empty / "log.txt").read_text()
            time.sleep(0.1)
    yield address
    process.terminate()
    process.wait(10)


@pytest.mark.browser
def test_app_opens_with_shipped_models_and_the_settings_of_the_project(address, page):
    page.goto(address)
    page.wait_for_selector("h1:has-text('Gallery')", timeout=120_000)
    page.wait_for_selector("[data-testid=stImage] img, [data-testid=stHtml] img", timeout=120_000)
    page.get_by_text("digits-2", exact=True).first.wait_for(timeout=60_000)
    assert page.title() == "Latent-space explorer"
    # toolbarMode = "viewer" of .streamlit/config.toml: no Deploy button
    assert page.get_by_text("Deploy", exact=True).count() == 0
