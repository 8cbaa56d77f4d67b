"""What is measured. A new metric: one class with ``measure``, and one line here."""

from collections.abc import Iterable

from vae_core.checkpoint import TrainedVAE
from vae_core.data.dataset import Dataset
from vae_core.errors import choose
from vae_core.evaluation.likelihood import Elbo, ImportanceNLL
from vae_core.evaluation.metric import Metric, Progress, Result

METRICS = {
    "elbo": Elbo,
    "nll": ImportanceNLL,
}


def evaluate(
    model: TrainedVAE, dataset: Dataset, metrics: Iterable[str | Metric] = ("elbo",), progress: Progress = lambda share: None
) -> dict[str, Result]:
    """Each metric's result by its name; a metric may be given with settings of its own, e.g. ``ImportanceNLL(k=5000)``."""
    recipes = [m if isinstance(m, Metric) else choose(m, METRICS, "metric")() for m in metrics]
    results = {}
    for i, recipe in enumerate(recipes):
        name = next(name for name, cls in METRICS.items() if cls is type(recipe))
        results[name] = recipe(model, dataset, lambda share, i=i: progress((i + share) / len(recipes)))
    return results


__all__ = ["METRICS", "Elbo", "ImportanceNLL", "Metric", "Result", "evaluate"]
