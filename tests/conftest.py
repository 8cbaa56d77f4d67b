"""Shapes and types in signatures are checked while tests run: jaxtyping over the whole core."""

import os
from pathlib import Path

import pytest
import torch
from jaxtyping import install_import_hook

install_import_hook("vae_core", "shape_checks.check")

torch.set_num_threads(2)

REAL_DATA = Path(os.environ.get("LATENT_EXPLORER_DATA", Path(__file__).parents[2] / "shared" / "data"))


@pytest.fixture(scope="session")
def mnist_root() -> Path:
    """A torchvision root with real MNIST, where one is at hand; the project ships none."""
    if not (REAL_DATA / "MNIST" / "raw").is_dir():
        pytest.skip(f"no MNIST under {REAL_DATA}; set LATENT_EXPLORER_DATA to a torchvision root")
    return REAL_DATA
