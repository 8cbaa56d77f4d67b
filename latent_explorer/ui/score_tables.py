"""Measured numbers as rows, each with its settings; and those that others have published."""

from dataclasses import dataclass

import numpy as np

from vae_core.evaluation import METRICS


@dataclass(frozen=True)
class Published:
    """A number of the literature, of another model on other images: to compare the size, not the third digit."""

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
    cls = METRICS.get(metric)
    return (cls.title if cls else "") or metric.replace("_", " ")


def disentanglement_metrics() -> tuple[str, ...]:
    """Names of the metrics that score units against factors."""
    return tuple(name for name, cls in METRICS.items() if cls.family == "disentanglement")


def headline_rows(numbers: dict, metrics: tuple[str, ...] | None = None) -> list[tuple[str, float, str]]:
    """(name, value, settings in words) of every headline number that was measured, in the registry's order."""
    found = []
    for metric, cls in METRICS.items():
        if metric not in numbers or (metrics is not None and metric not in metrics):
            continue
        values, settings = numbers[metric].get("values", {}), settings_text(numbers[metric].get("settings", {}))
        for key, name in cls.headline.items():
            name = (f"{name} (forests)" if metric == "dci_forest" else name).replace("\\|", "|")
            if isinstance(values.get(key), int | float):
                found.append((name, float(values[key]), settings))
    return found


def settings_text(settings: dict) -> str:
    return ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in settings.items() if value not in (None, "", []))


def unit_factor_matrices(numbers: dict, latent_dim: int) -> dict[str, tuple[np.ndarray, list[str]]]:
    """Every unit × factor matrix that was measured, with its factors' names."""
    found = {}
    for metric, result in numbers.items():
        values = result.get("values", {})
        factors = values.get("factors")
        for key, value in values.items():
            if not isinstance(value, list) or not value or not isinstance(value[0], list):
                continue
            try:
                table = np.array(value, dtype=float)
            except (ValueError, TypeError):
                continue
            if (
                table.ndim == 2
                and len(table) == latent_dim
                and factors
                and table.shape[1] == len(factors)
                and np.isfinite(table).all()
            ):
                found[f"{metric_title(metric)}: {key.replace('_', ' ')}"] = (table, [str(f) for f in factors])
    return found
