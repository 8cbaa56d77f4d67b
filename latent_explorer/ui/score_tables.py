"""Measured scores as rows of a table, each with its settings, and published scores to compare them with."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from vae_core.evaluation import METRICS


@dataclass(frozen=True)
class Published:
    """A score from the literature, of a similar model on similar images; only its order of magnitude can be compared."""

    data: str
    model: str
    number: str
    value: str
    source: str


PUBLISHED = (
    Published("mnist", "VAE, MLP-400, 40 units, static binary MNIST", "NLL, nats", "89.9",
    "200 importance samples, all 60,000 images"),
    Published("mnist", "VAE, 784-200-200-50, dynamic binary MNIST", "NLL, nats", "86.8",
    "Burda et al. 2016 (arXiv 1509.00519)"),
    Published("mnist", "IWAE, k = 5", "NLL, nats", "85.5", "Burda et al. 2016 (arXiv 1509.00519)"),
    Published("mnist", "IWAE, k = 50", "NLL, nats", "84.8", "Burda et al. 2016 (arXiv 1509.00519)"),
    Published("mnist", "VampPrior, K = 500, gated 300-300, static", "NLL, nats", "85.6", "Tomczak & Welling 2018"),
    Published("mnist", "N(0, I) → VampPrior, dynamic", "NLL, nats", "84.45 → 82.43", "Tomczak & Welling 2018"),
    Published("sprites", "β = 1, Burgess network, dSprites 64×64", "distortion / rate, nats", "18.0 / 25.4", "30 epochs"),
    Published("sprites", "β = 4, Burgess network, dSprites 64×64", "distortion / rate, nats", "35.6 / 15.4", "30 epochs"),
    Published("sprites", "VAE / β-VAE / β-TCVAE / FactorVAE, dSprites", "FactorVAE score", ".63 / .63 / .62 / .82",
    "the literature"),
    Published("sprites", "VAE / β-VAE / β-TCVAE, dSprites", "MIG", ".10 / .21 / .45", "the literature"),
)  # fmt: skip


def metric_title(metric: str) -> str:
    """Return a metric's title; an unknown metric, of an older file, is shown by its name."""
    cls = METRICS.get(metric)
    return (cls.title if cls else "") or metric.replace("_", " ")


def disentanglement_metrics() -> tuple[str, ...]:
    """Return the names of the metrics that score units against factors."""
    return tuple(name for name, cls in METRICS.items() if cls.family == "disentanglement")


def headline_rows(results: dict[str, Any], metrics: tuple[str, ...] | None = None) -> list[tuple[str, float, str]]:
    """Return (name, value, settings) of each headline score that was measured.

    Args:
        results: A model's metrics.json: values and settings by metric.
        metrics: Names of the metrics to list; by default all, in the order of the registry.
    """
    rows = []
    for metric, cls in METRICS.items():
        if metric not in results or (metrics is not None and metric not in metrics):
            continue
        values, settings = results[metric].get("values", {}), settings_text(results[metric].get("settings", {}))
        for key, name in cls.headline.items():
            name = (f"{name} (forests)" if metric == "dci_forest" else name).replace("\\|", "|")
            if isinstance(values.get(key), int | float):
                rows.append((name, float(values[key]), settings))
    return rows


def settings_text(settings: dict[str, Any]) -> str:
    """Return settings as text, such as ``n images 1000, seed 0``; empty ones are left out."""
    return ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in settings.items() if value not in (None, "", []))


def unit_factor_matrices(results: dict[str, Any], latent_dim: int) -> dict[str, tuple[np.ndarray, list[str]]]:
    """Return every matrix of units and factors that was measured, by its title, with the names of its factors.

    A value of another shape or with a number that is not finite is left out: metrics.json may be imported.
    """
    found = {}
    for metric, result in results.items():
        values = result.get("values", {})
        factors = values.get("factors")
        for key, value in values.items():
            table = _as_matrix(value)
            if table is not None and factors and table.shape == (latent_dim, len(factors)):
                found[f"{metric_title(metric)}: {key.replace('_', ' ')}"] = (table, [str(factor) for factor in factors])
    return found


def _as_matrix(value: Any) -> np.ndarray | None:
    """Return a list of lists of finite numbers as a matrix; None for anything else."""
    if not isinstance(value, list) or not value or not isinstance(value[0], list):
        return None
    try:
        table = np.array(value, dtype=float)
    except (ValueError, TypeError):
        return None
    return table if table.ndim == 2 and np.isfinite(table).all() else None
