"""The core: data, models, training, checkpoints, projections.

It never imports streamlit, and ``import vae_core`` alone imports no torch: exported names are imported on first use.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vae_core.analysis.atlas import LatentAtlas, embed
    from vae_core.checkpoints.trained_vae import TrainedVAE
    from vae_core.common.errors import BadInput
    from vae_core.config import TrainConfig
    from vae_core.data import Dataset, load_dataset
    from vae_core.latent.projection import project
    from vae_core.training.loop import train

# exported name → module of this package
_MODULES = {
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

__all__ = [
    "BadInput",
    "Dataset",
    "LatentAtlas",
    "TrainConfig",
    "TrainedVAE",
    "embed",
    "load_dataset",
    "project",
    "train",
]


def __getattr__(name: str) -> Any:
    """Import an exported name on first use (PEP 562), so that ``import vae_core`` takes milliseconds, not torch's seconds."""
    if name not in _MODULES:
        raise AttributeError(f"module 'vae_core' has no attribute {name!r}")
    return getattr(importlib.import_module(f"vae_core.{_MODULES[name]}"), name)
