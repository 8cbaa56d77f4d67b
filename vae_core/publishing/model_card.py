"""The model card: what a checkpoint is, on what data, how well, and the command that makes it again."""

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
CARD = """# {name}

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
    """README.md of a checkpoint; ``flags`` are the words of its command that are not part of the configuration."""
    config = model.config
    return CARD.format(
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
    """README.md of a GAN or a diffusion model; ``n_images`` where it saw a part of the data only."""
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
    """The card's table of numbers, each with what it was measured on; matrices and all settings are in metrics.json."""
    rows = [START, "| measured | value | on |", "|---|---|---|"]
    for name, result in results.items():
        for key, title in METRICS[name].headline.items() if name in METRICS else ():
            value = result.values.get(key)
            rows.append(f"| {title} | {format_number(value)} | {measured_on(result)} |")
    return "\n".join([*rows, END])


def format_number(value: float | int | None) -> str:
    """Three decimals, or two digits of what is smaller.

    >>> in_words(-1.23456), in_words(0.009157), in_words(5), in_words(None)
    ('−1.235', '0.0092', '5', '–')
    """
    if not isinstance(value, float):
        return "–" if value is None else str(value)
    return f"{value:.3f}".replace("-", "−") if abs(value) >= 0.1 or value == 0 else f"{value:.2g}".replace("-", "−")


def measured_on(result: Result) -> str:
    """The images, and how many draws, in a few words."""
    settings = result.settings
    n = result.values.get("n_measured") or min(settings.get("n_images", settings["images"]), settings["images"])
    images = "the sprite grid" if "grid" in settings.get("drawn_from", "") else f"split `{settings['split']}`"
    return f"{n:,} of {images}" + (f", k = {settings['k']}" if "k" in settings else "")


def update_model_card(folder: Path, results: Mapping[str, Result]) -> None:
    """Put new numbers into a card that has a place for them; any other README.md is left as it is."""
    path = folder / "README.md"
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    if START in text and END in text:
        head, rest = text.split(START, 1)
        write_text(path, head + measurement_table(results) + rest.split(END, 1)[1])
