"""The model card, README.md of a checkpoint: data, training, measured numbers, and the command that makes it again."""

import shlex
from collections.abc import Mapping
from pathlib import Path

from vae_core.baselines import BASELINES, TrainedBaseline
from vae_core.checkpoints.trained_vae import TrainedVAE
from vae_core.common.fields import to_json
from vae_core.common.files import write_text
from vae_core.config_flags import flag_name, train_command
from vae_core.evaluation import METRICS, Result

START, END = "<!-- measured -->", "<!-- /measured -->"
VAE_CARD = """# {name}

{about}

| | |
|---|---|
| data | {dataset}, split `{split}`, {n_train:,} images of {shape} |
| steps | {step:,} of batch {batch_size}, seed {seed} |
| parameters | {n_parameters:,} |
| trained on | {device}, {seconds:,.0f} s, torch {torch} |

{measured}

Made by

```
{command}
```
"""


def render_model_card(name: str, model: TrainedVAE, results: Mapping[str, Result], *, about: str, flags: list[str]) -> str:
    """Write the text of a checkpoint's README.md.

    Args:
        name: Name of the checkpoint folder.
        model: The trained model.
        results: Measured numbers by metric.
        about: A sentence on the model; empty: its objective and number of units.
        flags: Flags of its command that are not part of the configuration.
    """
    config = model.config
    return VAE_CARD.format(
        name=name,
        about=about or f"Objective {type(config.objective).__name__}, {config.latent_dim} latent units.",
        dataset=model.about.dataset,
        split=model.about.split,
        n_train=model.about.n_train,
        shape="×".join(map(str, model.shape)),
        step=model.step,
        batch_size=config.batch_size,
        seed=config.seed,
        n_parameters=model.n_parameters,
        device=model.about.device,
        seconds=model.about.seconds,
        torch=model.about.torch,
        measured=measurement_table(results),
        command=" ".join([train_command(config, f"checkpoints/{name}"), shlex.join(flags)]).strip(),
    )


BASELINE_CARD = """# {name}

A {kind} of {dataset}, for comparison only: it has no encoder, no latent map and no likelihood.

| | |
|---|---|
| data | {dataset}, split `train`, images of {shape} |
| steps | {step:,} of batch {batch_size}, seed {seed} |
| parameters | {n_parameters:,} |

{measured}

Made by

```
{command}
```
"""


def render_baseline_card(
    name: str, model: TrainedBaseline, results: Mapping[str, Result] | None = None, *, n_images: int | None = None
) -> str:
    """Write the text of README.md of a GAN or a diffusion model.

    Args:
        name: Name of the folder.
        model: The trained baseline.
        results: Measured numbers by metric.
        n_images: Size of the subset that it was trained on; None: all images.
    """
    kind = to_json(model.recipe, BASELINES)["name"]
    flags = {"dataset": model.dataset} | ({"n_images": n_images} if n_images else {}) | model.recipe.__dict__
    words = [str(word) for flag, value in flags.items() for word in (flag_name(flag), value)]
    return BASELINE_CARD.format(
        name=name,
        kind={"gan": "GAN", "diffusion": "diffusion model"}.get(kind, kind),
        dataset=model.dataset,
        shape="×".join(map(str, model.shape)),
        step=model.step,
        batch_size=model.recipe.batch_size,
        seed=model.recipe.seed,
        n_parameters=model.n_parameters,
        measured=measurement_table(results or {}),
        command=shlex.join(["python", "-m", "vae_core", "baseline", kind, *words, "--out", f"checkpoints/{name}"]),
    )


def measurement_table(results: Mapping[str, Result]) -> str:
    """Write the table of numbers, each with the images it was measured on; metrics.json has the matrices and all settings."""
    rows = [START, "| measured | value | on |", "|---|---|---|"]
    for name, result in results.items():
        for key, title in METRICS[name].headline.items() if name in METRICS else ():
            value = result.values.get(key)
            rows.append(f"| {title} | {format_number(value)} | {measured_on(result)} |")
    return "\n".join([*rows, END])


def format_number(value: float | int | None) -> str:
    """Format a number with three decimals, or with two significant digits if it is below 0.1.

    >>> format_number(-1.23456), format_number(0.009157), format_number(5), format_number(None)
    ('−1.235', '0.0092', '5', '–')
    """
    if not isinstance(value, float):
        return "–" if value is None else str(value)
    return f"{value:.3f}".replace("-", "−") if abs(value) >= 0.1 or value == 0 else f"{value:.2g}".replace("-", "−")


def measured_on(result: Result) -> str:
    """Describe the images that a result was measured on, and the number of samples per image."""
    settings = result.settings
    n = result.values.get("n_measured") or min(settings.get("n_images", settings["images"]), settings["images"])
    images = "the sprite grid" if "grid" in settings.get("drawn_from", "") else f"split `{settings['split']}`"
    return f"{n:,} of {images}" + (f", k = {settings['k']}" if "k" in settings else "")


def update_model_card(folder: Path, results: Mapping[str, Result]) -> None:
    """Replace the table of numbers in the README.md of a checkpoint; a file without such a table stays as it is."""
    path = folder / "README.md"
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    if START in text and END in text:
        head, rest = text.split(START, 1)
        write_text(path, head + measurement_table(results) + rest.split(END, 1)[1])
