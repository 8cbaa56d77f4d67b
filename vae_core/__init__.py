"""The core: data, models, training, checkpoints, maps. Nothing here imports streamlit, and importing it imports no torch."""

import importlib

_HOMES = {
    "BadInput": "errors",
    "Dataset": "data",
    "LatentAtlas": "atlas",
    "TrainConfig": "config",
    "TrainedVAE": "checkpoint",
    "embed": "atlas",
    "load_dataset": "data",
    "project": "projection",
    "train": "training",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str):
    """Names are fetched on first use (PEP 562), so that ``import vae_core`` takes milliseconds, not torch's seconds."""
    if name not in _HOMES:
        raise AttributeError(f"module 'vae_core' has no attribute {name!r}")
    return getattr(importlib.import_module(f"vae_core.{_HOMES[name]}"), name)
