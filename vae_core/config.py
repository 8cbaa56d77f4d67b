"""Configuration of a training: one frozen object that is JSON, command-line flags and widgets at once."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from vae_core.common.errors import BadInput, look_up
from vae_core.common.fields import Configurable, Option, configuration, name_of, option, options, part, recipe_reader, to_json
from vae_core.data.dataset import Dataset
from vae_core.parts.condition import CONDITIONALS, Conditional, Unconditional
from vae_core.parts.likelihoods import LIKELIHOODS, Bernoulli, Likelihood
from vae_core.parts.networks import NETWORKS, Conv, Network
from vae_core.parts.objectives import ELBO, OBJECTIVES, Objective
from vae_core.parts.priors import PRIORS, Prior, StandardNormal
from vae_core.parts.schedules import SCHEDULES, Constant, Schedule

PARTS: dict[str, dict[str, type[Any]]] = {
    "network": NETWORKS,
    "likelihood": LIKELIHOODS,
    "prior": PRIORS,
    "objective": OBJECTIVES,
    "schedule": SCHEDULES,
    "conditional": CONDITIONALS,
}


@configuration
class TrainConfig(Configurable):
    """All settings that decide the weights, given the images.

    A part may be given by its name, by its JSON object or as a recipe:

    >>> TrainConfig(objective="beta-vae").objective
    BetaVAE(beta=4.0)
    >>> from vae_core.parts.objectives import BetaVAE
    >>> TrainConfig(objective={"name": "beta-vae", "beta": 2}) == TrainConfig(objective=BetaVAE(beta=2))
    True
    """

    dataset: str = option("sprites32", "a registered name, or a path to images")
    n_images: int | None = option(None, "train on a seeded subset of this size", low=2)
    image_size: int | None = option(None, "side that your own images are scaled to", choices=(28, 32, 64))
    network: Network = part(default=Conv(), converter=recipe_reader(NETWORKS, "network"))
    latent_dim: int = option(10, "latent units", low=1, high=512)
    likelihood: Likelihood = part(default=Bernoulli(), converter=recipe_reader(LIKELIHOODS, "likelihood"))
    prior: Prior = part(default=StandardNormal(), converter=recipe_reader(PRIORS, "prior"))
    objective: Objective = part(default=ELBO(), converter=recipe_reader(OBJECTIVES, "objective"))
    schedule: Schedule = part(default=Constant(), converter=recipe_reader(SCHEDULES, "schedule"))
    free_bits: float = option(0.0, "nats of KL per unit that cost nothing, as the batch's mean", low=0, live=True)
    conditional: Conditional = part(default=Unconditional(), converter=recipe_reader(CONDITIONALS, "conditional"))
    batch_size: int = option(64, "images per step", low=1, high=16384)
    n_steps: int = option(2000, "optimizer steps", low=1)
    learning_rate: float = option(1e-3, "Adam's step size at its peak", above=0, high=1, live=True)
    warmup_steps: int = option(30, "steps over which the learning rate rises linearly", low=0)
    decay: str = option("cosine", "how the learning rate ends: falls to 0, or stays", choices=("cosine", "constant"))
    ema: float = option(
        0.99, "decay of the moving average of the weights, which is the model that is saved; 0 is off", low=0, below=1
    )
    clip_norm: float | None = option(1000.0, "bound on the gradient's norm", above=0)
    seed: int = option(0, "decides initialization, batches and noise", low=0)
    data_seed: int = option(0, "decides the split and the subset, apart from the model's seed", low=0)

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_parts()

    def _check_parts(self) -> None:
        """Refuse combinations of parts that cannot be trained together."""
        name = name_of(self.objective, OBJECTIVES)
        if not self.objective.annealable and self.schedule != Constant():
            raise BadInput(f"objective {name!r} has no KL term that a schedule could scale; choose schedule 'constant'")
        if not self.objective.has_rate and self.free_bits > 0:
            raise BadInput(f"objective {name!r} has no KL term that free bits could bound from below; set free_bits to 0")
        if self.objective.needs_mean and self.network.autoregressive:
            raise BadInput(f"objective {name!r} needs a decoder that computes all pixels at once; choose network 'conv'")
        if not self.objective.trains_prior and self.prior.learns:
            raise BadInput(f"objective {name!r} would leave a learned prior untrained; choose prior 'standard-normal'")

    def check(self, dataset: Dataset) -> None:
        """Refuse a data set that this configuration cannot be trained on."""
        self.conditional.labels(dataset)
        self.objective.check(self.batch_size, len(dataset))

    def live_fields(self) -> dict[str, Option]:
        """Return the fields that may change while a model trains; those of the objective are named like ``objective.beta``."""
        own = {opt.name: opt for opt in options(type(self)) if opt.live}
        return own | {f"objective.{opt.name}": opt for opt in options(type(self.objective)) if opt.live}

    def value_of(self, name: str) -> float:
        """Return the value of one of ``live_fields``."""
        part, _, field = name.rpartition(".")
        return getattr(self.objective if part else self, field)

    def with_changes(self, changes: dict[str, float]) -> "TrainConfig":
        """Return the configuration with new values of ``live_fields``.

        Raises:
            BadInput: A field that cannot change while a model trains, or a value outside its limits.
        """
        values: dict[str, Any] = {}
        objective = to_json(self.objective, OBJECTIVES)
        for name, value in changes.items():
            opt = look_up(name, self.live_fields(), "weight")
            if name.startswith("objective."):
                values["objective"] = objective | values.get("objective", {}) | {opt.name: value}
            else:
                values[name] = value
        return dataclasses.replace(self, **values)

    def to_json(self) -> dict[str, Any]:
        """Return a dictionary of plain values, nested one level for the parts."""
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return {name: to_json(v, PARTS[name]) if name in PARTS else v for name, v in values.items()}

    @classmethod
    def from_json(cls, data: object) -> "TrainConfig":
        """Return the configuration that ``to_json`` wrote.

        Raises:
            BadInput: An unknown field, or a value that is not allowed; the message names it.
        """
        if not isinstance(data, Mapping):
            raise BadInput(f"a training configuration must be a JSON object, got {type(data).__name__}")
        known = {f.name for f in dataclasses.fields(cls)}
        if unknown := data.keys() - known:
            raise BadInput(f"a training configuration has no {', '.join(sorted(unknown))}; it has {', '.join(sorted(known))}")
        return cls(**data)
