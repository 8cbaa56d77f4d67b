"""Measurements of a trained model; ``METRICS`` in registry.py lists all metrics."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vae_core.evaluation.context import EvaluationContext
    from vae_core.evaluation.metric import Metric
    from vae_core.evaluation.registry import METRICS
    from vae_core.evaluation.results import Result, load_results, save_results
    from vae_core.evaluation.run import Plan, evaluate, plan

# exported name → module of this package
_MODULES = {
    "EvaluationContext": "context",
    "METRICS": "registry",
    "Metric": "metric",
    "Plan": "run",
    "Result": "results",
    "evaluate": "run",
    "load_results": "results",
    "plan": "run",
    "save_results": "results",
}

__all__ = [
    "METRICS",
    "EvaluationContext",
    "Metric",
    "Plan",
    "Result",
    "evaluate",
    "load_results",
    "plan",
    "save_results",
]


def __getattr__(name: str) -> Any:
    """Import an exported name on first use (PEP 562).

    Training imports the ELBO from this package; it should not have to import scikit-learn and every metric as well.
    """
    if name not in _MODULES:
        raise AttributeError(f"module 'vae_core.evaluation' has no attribute {name!r}")
    return getattr(importlib.import_module(f"vae_core.evaluation.{_MODULES[name]}"), name)
