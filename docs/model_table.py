"""Writes the tables of shipped models into docs/models.md, from each checkpoint's own files: python docs/model_table.py"""

import json
import re
import statistics
from pathlib import Path

from vae_core.checkpoints.trained_vae import TrainedVAE
from vae_core.common.fields import to_json
from vae_core.config import PARTS, TrainConfig

ROOT = Path(__file__).parents[1]
HEAD = (
    "| model | objective | units | data | steps | ELBO | −log p(x\\|z) | KL | active |\n|---|---|---|---|---|---|---|---|---|"
)

SEEDS = ("sprites32-beta4", "sprites32-beta4-seed1", "sprites32-beta4-seed2")
SPRITES_MODELS = [*(f"sprites32-beta{beta}" for beta in (1, 2, 4, 8, 16)), "sprites32-factor", "sprites32-tc"]
# title: metric, value
SCORES = {
    "−log p(x\\|z)": ("elbo", "distortion"),
    "KL": ("elbo", "rate"),
    "active": ("elbo", "active_units"),
    "TC": ("decomposition", "total_correlation"),
    "MIG": ("mig", "mig"),
    "FactorVAE": ("factor_vae", "factor_vae"),
    "BetaVAE": ("beta_vae", "beta_vae"),
    "DCI-D, forest": ("dci_forest", "disentanglement"),
    "SAP": ("sap", "sap"),
    "modularity": ("modularity", "modularity"),
    "explicitness": ("explicitness", "explicitness"),
    "IRS": ("irs", "irs"),
}


def scores(name: str) -> list[float]:
    """Read the scores of a shipped model from its metrics.json."""
    results = json.loads((ROOT / "checkpoints" / name / "metrics.json").read_text())
    return [results[metric]["values"][key] for metric, key in SCORES.values()]


def sprites_table() -> str:
    """Table of scores of the sprites models, with mean ± standard deviation over several seeds."""
    rows = [f"| model | {' | '.join(SCORES)} |", "|---" * (len(SCORES) + 1) + "|"]
    for name in SPRITES_MODELS:
        words = [str(value) if isinstance(value, int) else f"{value:.2f}" for value in scores(name)]
        rows.append(f"| {name} | {' | '.join(words)} |")
        if name == SEEDS[0]:
            each = list(zip(*map(scores, SEEDS)))
            words = [f"{statistics.mean(values):.2f} ± {statistics.stdev(values):.2f}" for values in each]
            rows.append(f"| the same, seeds 0, 1, 2 | {' | '.join(words)} |")
    return "\n".join(rows)


def replace_table(name: str, table: str) -> None:
    """Replace the table between the markers of this name in docs/models.md."""
    page = ROOT / "docs" / "models.md"
    block = f"<!-- {name} -->\n{table}\n<!-- /{name} -->"
    text, found = re.subn(rf"<!-- {name} -->.*<!-- /{name} -->", lambda _: block, page.read_text(), flags=re.DOTALL)
    if not found:
        raise SystemExit(f"docs/models.md has lost the markers of its table {name!r}")
    page.write_text(text)


def describe_recipe(config: TrainConfig) -> str:
    """List the objective with its weights, and all parts and settings that differ from the defaults."""
    usual, words = TrainConfig(), []
    for part, registry in PARTS.items():
        value = getattr(config, part)
        if part != "objective" and (part in ("network", "likelihood") or value == getattr(usual, part)):
            continue
        default = vars(type(value)())
        shown = {k: v for k, v in vars(value).items() if v != default[k] or (part == "objective" and k in ("beta", "gamma"))}
        changed = ", ".join(f"{k} {v:g}" if isinstance(v, float) else f"{k} {v}" for k, v in shown.items())
        words.append(to_json(value, registry)["name"] + (f" ({changed})" if changed else ""))
    return ", ".join(words) + (f", free bits {config.free_bits:g}" if config.free_bits else "")


def model_row(folder: Path) -> str:
    """Table row of a shipped model."""
    model = TrainedVAE.load(folder)
    values = json.loads((folder / "metrics.json").read_text())["elbo"]["values"]
    objective = describe_recipe(model.config)
    plain = {k: f"{values[k]:.2f}".replace("-", "−") for k in ("elbo", "distortion", "rate")}
    if model.config.objective.deterministic:  # an autoencoder has no density
        plain |= {"elbo": "–", "rate": "–"}
    numbers = " | ".join(plain.values())
    return (
        f"| {folder.name} | {objective} | {model.latent_dim} | "
        f"{model.about.n_train:,} of {model.about.dataset} | {model.step:,} | {numbers} | {values['active_units']} |"
    )


def main() -> None:
    folders = sorted(path.parent for path in (ROOT / "checkpoints").glob("*/config.json"))
    replace_table("models", "\n".join([HEAD, *map(model_row, folders)]))
    replace_table("ladder", sprites_table())


if __name__ == "__main__":
    main()
