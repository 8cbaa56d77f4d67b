"""What is measured of a trained model; ``METRICS`` in registry.py lists it."""

import importlib

_HOMES = {
    "METRICS": "registry",
    "Metric": "metric",
    "Plan": "run",
    "Result": "metric",
    "EvaluationContext": "context",
    "evaluate": "run",
    "load_results": "run",
    "plan": "run",
    "save_results": "run",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str):
    """Names are fetched on first use (PEP 562): training measures its ELBO with a module of this package, and no more."""
    if name not in _HOMES:
        raise AttributeError(f"module 'vae_core.evaluation' has no attribute {name!r}")
    return getattr(importlib.import_module(f"vae_core.evaluation.{_HOMES[name]}"), name)
