"""Fixtures of all tests, and the shape checks: jaxtyping over vae_core and latent_explorer while tests run."""

import dataclasses
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from jaxtyping import install_import_hook

install_import_hook(["vae_core", "latent_explorer"], "shape_checks.check")

# two workers of pytest-xdist have a core each
torch.set_num_threads(1 if "PYTEST_XDIST_WORKER" in os.environ else 2)

REAL_DATA = Path(os.environ.get("LATENT_EXPLORER_DATA", Path(__file__).parents[2] / "shared" / "data"))


@pytest.fixture(scope="session")
def mnist_root() -> Path:
    """Folder of torchvision with real MNIST, where there is one; the project ships none."""
    if not (REAL_DATA / "MNIST" / "raw").is_dir():
        pytest.skip(f"no MNIST under {REAL_DATA}; set LATENT_EXPLORER_DATA to a torchvision root")
    return REAL_DATA


@pytest.fixture
def warm_server(monkeypatch):
    """Server after its first page: AppTest otherwise resets the state of st.navigation before each run.

    A page then starts anew (``page.start``) and a button's press would be lost; tests/browser has the fresh server.
    """
    from streamlit.runtime.pages_manager import PagesManager

    create = PagesManager.__init__

    def warm(self, *args, **kwargs):
        create(self, *args, **kwargs)
        PagesManager.uses_pages_directory = False

    monkeypatch.setattr(PagesManager, "__init__", warm)
    monkeypatch.setenv("LATENT_EXPLORER_WARM", "0")


@pytest.fixture
def models(tmp_path, monkeypatch, warm_server) -> Path:
    """An empty folder of checkpoints; runs are in ``runs`` beside it and train in this process."""
    from run_cases import WorkerInThisProcess

    from latent_explorer.background import shared

    folder = tmp_path / "checkpoints"
    folder.mkdir()
    monkeypatch.setenv("LATENT_EXPLORER_CHECKPOINTS", str(folder))
    monkeypatch.setattr(shared, "warm_worker", WorkerInThisProcess)
    monkeypatch.setenv("LATENT_EXPLORER_RUNS", str(tmp_path / "runs"))
    return folder


@pytest.fixture(scope="session")
def small_models_folder(tmp_path_factory):
    """Small models of the same data: of two units, with a UMAP, conditional, of another seed, multi-rate, an autoencoder."""
    from digit_runs import digits, train_to_end

    from vae_core import LatentAtlas
    from vae_core.publishing.publish import publish

    folder = tmp_path_factory.mktemp("models")
    for name, latent_dim, umap, more in (
        ("flat", 2, False, {}),
        ("deep", 3, True, {}),
        ("labelled", 3, False, {"conditional": {"name": "labels"}}),
        ("twin", 3, False, {"seed": 1}),
        ("rates", 3, False, {"objective": {"name": "multi-rate", "beta_low": 0.5, "beta_high": 4.0}}),
        ("plain", 3, False, {"objective": {"name": "ae"}}),
    ):
        run = train_to_end(digits().subset(200), latent_dim=latent_dim, n_steps=8, **more)
        publish(run.model, run.dataset.subset(120), run.dataset.subset(60), folder / name)
        if umap:  # any drawing does, and a real one would compile for half a minute
            atlas = LatentAtlas.load(folder / name / "atlas.npz")
            dataclasses.replace(atlas, xy=np.tanh(atlas.mean[:, :2])).save(folder / name / "atlas.npz")
    return folder


@pytest.fixture
def small_models(small_models_folder, monkeypatch):
    """The small models, read only: caches are shared by the tests."""
    monkeypatch.setenv("LATENT_EXPLORER_CHECKPOINTS", str(small_models_folder))
    return small_models_folder


@pytest.fixture
def own_models(models, small_models_folder):
    """A copy of the small models that a test may change."""
    shutil.copytree(small_models_folder, models, dirs_exist_ok=True)
    return models
