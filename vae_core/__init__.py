"""The core: data, models, training, checkpoints, maps. Nothing here imports streamlit, and importing it imports no torch."""

import importlib

_HOMES = {
    "BadInput": "common.errors",
    "Dataset": "data",
    "LatentAtlas": "analysis.atlas",
    "TrainConfig": "config",
    "TrainedVAE": "checkpoints.trained_vae",
    "embed": "analysis.atlas",
    "load_dataset": "data",
    "project": "latent.projection",
    "train": "training.loop",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str):
    """Names are fetched on first use (PEP 562), so that ``import vae_core`` takes milliseconds, not torch's seconds."""
    if name not in _HOMES:
        raise AttributeError(f"module 'vae_core' has no attribute {name!r}")
    return getattr(importlib.import_module(f"vae_core.{_HOMES[name]}"), name)
