"""evaluate(): take metrics by name, one after the other, and report each result as soon as it is measured."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from vae_core.common.errors import BadInput, look_up
from vae_core.common.fields import name_of
from vae_core.data.dataset import Dataset
from vae_core.evaluation.context import EvaluationContext, ImageModel
from vae_core.evaluation.metric import Metric
from vae_core.evaluation.registry import METRICS
from vae_core.evaluation.results import Result

# called with the metric's name and the completed share of the whole evaluation; may raise an exception to cancel it
EvaluationProgress = Callable[[str, float], None]


@dataclass(frozen=True)
class Plan:
    """The metrics to measure by name, and the others with the reason why they are left out."""

    recipes: dict[str, Metric]
    left_out: dict[str, str]


def refusal_reason(recipe: Metric, context: EvaluationContext) -> str | None:
    """Return the reason why a metric does not apply in this context, or None if it applies."""
    if recipe.needs_encoder and not hasattr(context.model, "encode"):
        return "this model has no encoder"
    return recipe.refusal(context)


def plan(context: EvaluationContext, metrics: Iterable[str | Metric] | None = None) -> Plan:
    """Select the metrics to measure.

    Args:
        context: The model and the data set.
        metrics: Names, or metrics with settings of their own. None: all metrics that apply and take seconds.

    Raises:
        BadInput: a metric that was asked for is unknown or does not apply; the message lists those that do.
    """
    everything = {name: cls() for name, cls in METRICS.items()}
    refused = {name: reason for name, recipe in everything.items() if (reason := refusal_reason(recipe, context))}
    if metrics is None:
        slow = {name: "slow, measured when asked for" for name, recipe in everything.items() if not recipe.quick}
        left_out = slow | refused
        return Plan({name: recipe for name, recipe in everything.items() if name not in left_out}, left_out)
    recipes = {}
    for metric in metrics:
        recipe = metric if isinstance(metric, Metric) else look_up(metric, METRICS, "metric")()
        name = name_of(recipe, METRICS)
        if reason := refusal_reason(recipe, context):
            rest = ", ".join(sorted(METRICS.keys() - refused.keys()))
            raise BadInput(f"metric {name!r} does not apply: {reason}. What applies here: {rest}")
        recipes[name] = recipe
    return Plan(recipes, {})


def evaluate(
    model: ImageModel,
    dataset: Dataset,
    metrics: Iterable[str | Metric] | None = None,
    *,
    train_set: Dataset | None = None,
    stored: Mapping[str, Result] | None = None,
    cache: Path | None = None,
    on_result: Callable[[str, Result], None] = lambda name, result: None,
    progress: EvaluationProgress = lambda name, share: None,
) -> dict[str, Result]:
    """Measure a model on a data set and return each metric's result by its name.

    Args:
        model: A trained VAE, or a baseline that can be sampled.
        dataset: The images to measure on.
        metrics: Names, or metrics with settings of their own, e.g. ``ImportanceNLL(k=5000)``. None: all metrics that apply
            and take seconds (``plan`` tells which are left out, and why).
        train_set: The images that a classifier is trained on; by default ``dataset``.
        stored: Earlier results; one with the same settings, the step among them, is returned instead of measured again.
        cache: Folder that stores trained classifiers.
        on_result: Called with every new result at once, so that a cancelled evaluation loses one metric, not all.
        progress: Called with the metric and the completed share of all metrics.
    """
    context, stored = EvaluationContext(model, dataset, train_set, cache), stored or {}
    recipes, results = plan(context, metrics).recipes, {}
    for i, (name, recipe) in enumerate(recipes.items()):
        progress(name, i / len(recipes))
        if name in stored and stored[name].settings == recipe.settings(context):
            results[name] = stored[name]
            continue
        results[name] = recipe(context, lambda share, name=name, i=i: progress(name, (i + share) / len(recipes)))
        on_result(name, results[name])
        progress(name, (i + 1) / len(recipes))
    return results
