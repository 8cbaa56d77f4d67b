"""The models that Compare offers, and those that it opens on."""

import numpy as np

from latent_explorer import models
from vae_core.parts.objectives import BetaVAE

DEFAULT_MODELS = 4


def by_dataset() -> tuple[dict[str, list[str]], dict[str, str]]:
    """Return (names of the models by data set, what is wrong with each model whose description cannot be read)."""
    groups: dict[str, list[str]] = {}
    unreadable: dict[str, str] = {}
    for name, entry in models.entries().items():
        if entry.unreadable:
            unreadable[name] = models.open(name).problem or "its description cannot be read"
        else:
            groups.setdefault(entry.dataset, []).append(name)
    return groups, unreadable


def offered_datasets(groups: dict[str, list[str]]) -> list[str]:
    """Return the data sets, first those whose images are on this machine, then those with many models."""

    def order(dataset: str) -> tuple[bool, int, str]:
        readable, _ = models.open_readable(groups[dataset][:1])
        here = bool(readable) and readable[0].images_or_none("test") is not None
        return (not here, -len(groups[dataset]), dataset)

    return sorted(groups, key=order)


def default_choice(candidates: list[str]) -> list[str]:
    """Return the models to open on: β-VAEs from the smallest to the largest β, else the first models."""
    ladder: dict[float, str] = {}  # one model for each β
    betas = [name for name, entry in models.entries().items() if name in candidates and entry.objective == "beta-vae"]
    for model in models.open_readable(betas)[0]:
        if isinstance(model.config.objective, BetaVAE):
            ladder.setdefault(model.config.objective.beta, model.name)
    if len(ladder) < 2:
        return candidates[:DEFAULT_MODELS]
    upwards = [ladder[beta] for beta in sorted(ladder)]
    spread = np.linspace(0, len(upwards) - 1, min(DEFAULT_MODELS, len(upwards))).round().astype(int)
    return [upwards[i] for i in spread]
