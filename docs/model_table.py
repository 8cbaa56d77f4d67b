"""Writes the table of shipped models into README.md, from each checkpoint's own files: python docs/model_table.py"""

import json
import re
from pathlib import Path

from vae_core.checkpoint import TrainedVAE

ROOT = Path(__file__).parents[1]
HEAD = (
    "| model | objective | units | data | steps | ELBO | −log p(x\\|z) | KL | active |\n|---|---|---|---|---|---|---|---|---|"
)


def row(folder: Path) -> str:
    model = TrainedVAE.load(folder)
    values = json.loads((folder / "metrics.json").read_text())["elbo"]["values"]
    objective = type(model.config.objective).__name__
    if settings := ", ".join(f"{k} {v:g}" for k, v in vars(model.config.objective).items()):
        objective += f" ({settings})"
    numbers = " | ".join(f"{values[k]:.2f}".replace("-", "−") for k in ("elbo", "distortion", "rate"))
    return (
        f"| [{folder.name}](checkpoints/{folder.name}/README.md) | {objective} | {model.latent_dim} | "
        f"{model.about.n_train:,} of {model.about.dataset} | {model.step:,} | {numbers} | {values['active_units']} |"
    )


def main() -> None:
    folders = sorted(path.parent for path in (ROOT / "checkpoints").glob("*/config.json"))
    table = "\n".join([HEAD, *map(row, folders)])
    readme = ROOT / "README.md"
    block = f"<!-- models -->\n{table}\n<!-- /models -->"
    text, found = re.subn(r"<!-- models -->.*<!-- /models -->", lambda _: block, readme.read_text(), flags=re.DOTALL)
    if not found:
        raise SystemExit("README.md has lost the markers of its table of models")
    readme.write_text(text)


if __name__ == "__main__":
    main()
