"""Opened models: ``models.open(name)`` returns a ``Model``, which answers everything a page asks of a checkpoint.

    model = models.open("mnist-2")
    model.latent_dim, model.atlas.mean, model.decode(z), model.samples(16, seed=0), model.measurements.values("elbo")

Loading, caching and the one thread that runs torch are inside this package.
"""

from latent_explorer.models.caches import on_thread, shared
from latent_explorer.models.model import Model
from latent_explorer.models.opening import entries, exists, names, open, open_readable, require_models
from latent_explorer.models.picker import conditional_names, current, pick

__all__ = [
    "Model", "conditional_names", "current", "entries", "exists", "names", "on_thread", "open", "open_readable", "pick",
    "require_models", "shared",
]  # fmt: skip
