"""The application's places: in a checkout, in an installed package, and with the environment's own folders."""

from pathlib import Path

import pytest

from latent_explorer import home

ROOT = Path(__file__).parents[1]


def test_checkout(monkeypatch):
    for variable in ("LATENT_EXPLORER_CHECKPOINTS", "LATENT_EXPLORER_RUNS"):
        monkeypatch.delenv(variable, raising=False)
    assert home.root() == ROOT
    assert home.app_script().is_file()
    assert home.streamlit_config().is_file()
    assert home.shipped_list().is_file()
    assert home.model_folders() == (ROOT / "checkpoints",) == (home.shipped_checkpoints(),)
    assert home.runs() == ROOT / "runs"


@pytest.fixture
def package(tmp_path, monkeypatch) -> Path:
    """A package that was installed from a wheel, with the user's folder beside it."""
    package = tmp_path / "site-packages" / "latent_explorer"
    (package / "_app").mkdir(parents=True)
    (package / "_app" / "app.py").touch()
    monkeypatch.setattr(home, "PACKAGE", package)
    monkeypatch.setattr(home, "user_folder", lambda: tmp_path / "user")
    for variable in ("LATENT_EXPLORER_CHECKPOINTS", "LATENT_EXPLORER_RUNS"):
        monkeypatch.delenv(variable, raising=False)
    return package


def test_installed_package_keeps_new_models_out_of_its_own_folder(package, tmp_path):
    assert home.app_script() == package / "_app" / "app.py"
    assert home.checkpoints() == tmp_path / "user" / "checkpoints"
    assert home.model_folders() == (tmp_path / "user" / "checkpoints", package / "_app" / "checkpoints")
    assert home.runs() == tmp_path / "user" / "runs"


def test_environment_replaces_both_model_folders(package, tmp_path, monkeypatch):
    monkeypatch.setenv("LATENT_EXPLORER_CHECKPOINTS", str(tmp_path / "own"))
    monkeypatch.setenv("LATENT_EXPLORER_RUNS", str(tmp_path / "own runs"))
    assert home.model_folders() == (tmp_path / "own",)
    assert home.runs() == tmp_path / "own runs"


@pytest.mark.parametrize(
    ("platform", "variable", "end"),
    [
        ("linux", "XDG_DATA_HOME", "own/latent-explorer"),
        ("linux", None, ".local/share/latent-explorer"),
        ("darwin", None, "Library/Application Support/latent-explorer"),
        ("win32", "LOCALAPPDATA", "own/latent-explorer"),
        ("win32", None, "AppData/Local/latent-explorer"),
    ],
)
def test_user_folder_follows_the_platform(platform, variable, end, tmp_path, monkeypatch):
    monkeypatch.setattr(home.sys, "platform", platform)
    for name in ("XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    if variable:
        monkeypatch.setenv(variable, str(tmp_path / "own"))
    assert home.user_folder().as_posix().endswith(end)
