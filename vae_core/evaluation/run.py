"""evaluate(): metrics by name, one after the other, each result handed over as soon as it is there."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from vae_core.checkpoints.trained_vae import TrainedVAE
from vae_core.common.errors import BadInput, look_up
from vae_core.common.files import read_json, write_text
from vae_core.data.dataset import Dataset
from vae_core.evaluation.context import EvaluationContext
from vae_core.evaluation.metric import Metric, Result
from vae_core.evaluation.registry import METRICS

Watch = Callable[[str, float], None]  # (metric, share of the whole done); may raise to cancel


@dataclass(frozen=True)
class Plan:
    """The metrics to take, and why the others are not."""

    recipes: dict[str, Metric]
    left_out: dict[str, str]


def refusal_reason(recipe: Metric, context: EvaluationContext) -> str | None:
    """Why a metric cannot be measured on this context; None where it can."""
    if recipe.needs_encoder and not hasattr(context.model, "encode"):
        return "this model has no encoder"
    return recipe.refusal(context)


def plan(context: EvaluationContext, metrics: Iterable[str | Metric] | None = None) -> Plan:
    """The metrics asked for, each possible or refused with its reason; without any, all that apply and are quick."""
    everything = {name: cls() for name, cls in METRICS.items()}
    refused = {name: reason for name, recipe in everything.items() if (reason := refusal_reason(recipe, context))}
    if metrics is None:
        slow = {name: "slow, measured when asked for" for name, recipe in everything.items() if not recipe.quick}
        left_out = slow | refused
        return Plan({name: recipe for name, recipe in everything.items() if name not in left_out}, left_out)
    recipes = {}
    for metric in metrics:
        recipe = metric if isinstance(metric, Metric) else look_up(metric, METRICS, "metric")()
        name = next(name for name, cls in METRICS.items() if cls is type(recipe))
        if reason := refusal_reason(recipe, context):
            rest = ", ".join(sorted(METRICS.keys() - refused.keys()))
            raise BadInput(f"metric {name!r} does not apply: {reason}. What applies here: {rest}")
        recipes[name] = recipe
    return Plan(recipes, {})


def evaluate(
    model: TrainedVAE,
    dataset: Dataset,
    metrics: Iterable[str | Metric] | None = None,
    *,
    train_set: Dataset | None = None,
    kept: Mapping[str, Result] | None = None,
    cache: Path | None = None,
    on_result: Callable[[str, Result], None] = lambda name, result: None,
    progress: Watch = lambda name, share: None,
) -> dict[str, Result]:
    """Each metric's result by its name; a metric may be given with settings of its own, e.g. ``ImportanceNLL(k=5000)``.

    Without ``metrics``: all that apply to the data set and take seconds (``plan`` says which are left out, and why).
    A result in ``kept`` that has the same settings, the step among them, is taken instead of measured again. ``train_set``
    is what a classifier of the data learns from, by default ``dataset`` itself; ``cache`` a folder that keeps it.
    ``on_result`` gets every new result at once, so that a cancelled evaluation loses one metric, not all.
    """
    context, kept = EvaluationContext(model, dataset, train_set, cache), kept or {}
    recipes, results = plan(context, metrics).recipes, {}
    for i, (name, recipe) in enumerate(recipes.items()):
        progress(name, i / len(recipes))
        if name in kept and kept[name].settings == recipe.settings(context):
            results[name] = kept[name]
            continue
        results[name] = recipe(context, lambda share, name=name, i=i: progress(name, (i + share) / len(recipes)))
        on_result(name, results[name])
        progress(name, (i + 1) / len(recipes))
    return results


def load_results(folder: Path) -> dict[str, Result]:
    """The results in a checkpoint's metrics.json; none where there is no such file."""
    if not (folder / "metrics.json").exists():
        return {}
    data = read_json(folder / "metrics.json", limit=32 << 20)
    if not isinstance(data, dict) or not all(isinstance(r, dict) and r.keys() == {"values", "settings"} for r in data.values()):
        raise BadInput(f"{folder / 'metrics.json'} must hold an object with values and settings for each metric")
    return {name: Result(**result) for name, result in data.items()}


def save_results(folder: Path, results: Mapping[str, Result]) -> None:
    """metrics.json, in one step; a metric to a line, because matrices would be a number to a line."""
    lines = [f"{json.dumps(name)}: {json.dumps(result.to_json(), allow_nan=False)}" for name, result in results.items()]
    write_text(folder / "metrics.json", "{\n" + ",\n".join(lines) + "\n}\n")
