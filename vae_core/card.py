"""The model card: what a checkpoint is, on what data, how well, and the command that makes it again."""

import shlex

from vae_core.checkpoint import TrainedVAE
from vae_core.evaluation import Result
from vae_core.flags import command

CARD = """# {name}

{about}

| | |
|---|---|
| data | {dataset}, split `{split}`, {n_train:,} images of {shape} |
| steps | {step:,} of batch {batch_size}, seed {seed} |
| parameters | {n_parameters:,} |
| trained on | {device}, {seconds:,.0f} s, torch {torch} |

Numbers in nats per image, over {n_measured:,} images of the split `{measured_on}`:

| ELBO | reconstruction −log p(x\\|z) | KL | active units (Var μ > {active_threshold}) |
|---|---|---|---|
| {elbo:.2f} | {distortion:.2f} | {rate:.2f} | {active_units} of {latent_dim} |

Made by

```
{command}
```
"""


def card(name: str, model: TrainedVAE, elbo: Result, *, about: str, flags: list[str]) -> str:
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
        measured_on=elbo.settings["split"],
        latent_dim=config.latent_dim,
        command=" ".join([command(config, f"checkpoints/{name}"), shlex.join(flags)]).strip(),
        **elbo.values,
    )
