"""What a run is made of: one frozen object that is JSON, flags and widgets at once."""

import dataclasses
from dataclasses import dataclass

from vae_core.common.errors import BadInput, look_up
from vae_core.common.fields import Configurable, Option, from_json, name_of, option, options, to_json
from vae_core.data.dataset import Dataset
from vae_core.parts.condition import CONDITIONALS, Conditional, Unconditional
from vae_core.parts.likelihoods import LIKELIHOODS, Bernoulli, Likelihood
from vae_core.parts.networks import NETWORKS, Conv, Network
from vae_core.parts.objectives import ELBO, OBJECTIVES, Objective
from vae_core.parts.priors import PRIORS, Prior, StandardNormal
from vae_core.parts.schedules import SCHEDULES, Constant, Schedule

PARTS = {
    "network": NETWORKS,
    "likelihood": LIKELIHOODS,
    "prior": PRIORS,
    "objective": OBJECTIVES,
    "schedule": SCHEDULES,
    "conditional": CONDITIONALS,
}


@dataclass(frozen=True)
class TrainConfig(Configurable):
    """Everything that decides the weights, given the images. A part may be given by name: ``objective="beta-vae"``."""

    dataset: str = option("sprites32", "a registered name, or a path to images")
    n_images: int | None = option(None, "train on a seeded subset of this size", low=2)
    image_size: int | None = option(None, "side that your own images are scaled to", choices=(28, 32, 64))
    network: Network = Conv()
    latent_dim: int = option(10, "latent units", low=1, high=512)
    likelihood: Likelihood = Bernoulli()
    prior: Prior = StandardNormal()
    objective: Objective = ELBO()
    schedule: Schedule = Constant()
    free_bits: float = option(0.0, "nats of KL that each unit has for free, as the batch's mean", low=0, live=True)
    conditional: Conditional = Unconditional()
    batch_size: int = option(64, "images per step", low=1, high=16384)
    n_steps: int = option(2000, "optimizer steps", low=1)
    learning_rate: float = option(1e-3, "Adam's step size at its peak", above=0, high=1, live=True)
    warmup_steps: int = option(30, "steps over which the learning rate rises linearly", low=0)
    decay: str = option("cosine", "how the learning rate ends: falls to 0, or stays", choices=("cosine", "constant"))
    ema: float = option(0.99, "exponential moving average of the weights, which is what is kept; 0 is off", low=0, below=1)
    clip_norm: float | None = option(1000.0, "bound on the gradient's norm", above=0)
    seed: int = option(0, "decides initialization, batches and noise", low=0)
    data_seed: int = option(0, "decides the split and the subset, apart from the model's seed", low=0)

    def __post_init__(self):
        super().__post_init__()
        for part, registry in PARTS.items():
            object.__setattr__(self, part, from_json(getattr(self, part), registry, part))
        self._check_parts()

    def _check_parts(self) -> None:
        """Parts that are fine alone and make no sense together are refused before anything is trained."""
        name = name_of(self.objective, OBJECTIVES)
        if not self.objective.annealable and self.schedule != Constant():
            raise BadInput(f"objective {name!r} has no KL term that a schedule could scale; choose schedule 'constant'")
        if not self.objective.has_rate and self.free_bits > 0:
            raise BadInput(f"objective {name!r} has no KL term that free bits could floor; set free_bits to 0")
        if self.objective.needs_mean and self.network.autoregressive:
            raise BadInput(f"objective {name!r} needs a decoder that makes an image at once; choose network 'conv'")
        if not self.objective.trains_prior and self.prior.learns:
            raise BadInput(f"objective {name!r} would leave a learned prior untrained; choose prior 'standard-normal'")

    def check(self, dataset: Dataset) -> None:
        """Refuse a data set that this configuration cannot be trained on."""
        self.conditional.labels(dataset)
        self.objective.check(self.batch_size, len(dataset))

    def live_fields(self) -> dict[str, Option]:
        """What may change while a model trains: own fields by name, those of the objective as ``objective.beta``."""
        own = {opt.name: opt for opt in options(type(self)) if opt.live}
        return own | {f"objective.{opt.name}": opt for opt in options(type(self.objective)) if opt.live}

    def value_of(self, name: str) -> float:
        """The value of one of ``live_fields``."""
        part, _, field = name.rpartition(".")
        return getattr(self.objective if part else self, field)

    def with_changes(self, changes: dict[str, float]) -> "TrainConfig":
        """The configuration with those values, or a sentence on what cannot change, or not to that."""
        values: dict = {}
        objective = to_json(self.objective, OBJECTIVES)
        for name, value in changes.items():
            opt = look_up(name, self.live_fields(), "weight")
            if name.startswith("objective."):
                values["objective"] = objective | values.get("objective", {}) | {opt.name: value}
            else:
                values[name] = value
        return dataclasses.replace(self, **values)

    def to_json(self) -> dict:
        """A dictionary of plain values, nested one level for the parts."""
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return {name: to_json(v, PARTS[name]) if name in PARTS else v for name, v in values.items()}

    @classmethod
    def from_json(cls, data) -> "TrainConfig":
        """The configuration that ``to_json`` wrote; an unknown or ill-formed field is named."""
        if not isinstance(data, dict):
            raise BadInput(f"a training configuration must be a JSON object, got {type(data).__name__}")
        known = {f.name for f in dataclasses.fields(cls)}
        if unknown := data.keys() - known:
            raise BadInput(f"a training configuration has no {', '.join(sorted(unknown))}; it has {', '.join(sorted(known))}")
        return cls(**data)
