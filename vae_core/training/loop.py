"""train(): an iterator over steps, each a record in nats.

Three habits make it fast without hiding anything: the data set is one uint8 tensor on the device, a batch is gathered by
index and scaled there, and Adam runs fused. benchmarks/training.py measures the three together against the usual loop.
"""

import copy
import math
import time
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch import Tensor

from vae_core.checkpoints.about import provenance
from vae_core.checkpoints.trained_vae import TrainedVAE
from vae_core.common.devices import choose_device
from vae_core.common.errors import BadInput
from vae_core.common.scaling import scale_bytes
from vae_core.common.seeds import derive_seed, rng
from vae_core.common.tensors import add_prefix, load_optimizer_tensors, optimizer_tensors, select_prefix
from vae_core.config import TrainConfig
from vae_core.data.dataset import Dataset
from vae_core.evaluation.likelihood.elbo import ElboSummary, measure_elbo
from vae_core.parts.condition import UNKNOWN, Condition
from vae_core.parts.forward import Forward
from vae_core.parts.objectives import Critic
from vae_core.vae import VAE


class Diverged(RuntimeError):
    """The loss left the finite numbers; the weights are those of the step before."""

    def __init__(self, step: int, term: str, value: float):
        super().__init__(f"training diverged at step {step}: {term} is {value}; a smaller learning rate usually helps")
        self.step, self.term = step, term


@dataclass(frozen=True)
class Record:
    """What one step did. Values are raw, unweighted, in nats per image of the batch."""

    step: int  # steps done, this one included
    loss: float  # Σ weight · value
    terms: dict[str, float]
    weights: dict[str, float]  # of the terms at this step, the schedule's share included
    reconstruction: float
    kl: float
    unit_kl: tuple[float, ...]
    learning_rate: float
    held_out: ElboSummary | None = None  # of the averaged weights, where this step was one to measure

    @property
    def elbo(self) -> float:
        """The bound itself, whatever the objective weighs; the batch's one-sample estimate."""
        return -(self.reconstruction + self.kl)


def learning_rate(config: TrainConfig, step: int) -> float:
    """Linear warm-up, then constant or a half cosine to 0 at the last step (Loshchilov & Hutter 2017, arXiv 1608.03983)."""
    warm = min(1.0, (step + 1) / (config.warmup_steps + 1))
    if config.decay == "constant":
        return config.learning_rate * warm
    return config.learning_rate * warm * 0.5 * (1 + math.cos(math.pi * step / config.n_steps))


def initial_model(config: TrainConfig, dataset: Dataset) -> VAE:
    """The untrained model, on the CPU: its weights follow from the seed alone, whatever device trains it."""
    mean = torch.from_numpy(dataset.images.mean(0, dtype=np.float64) / 255).float()
    n = config.prior.n_examples
    chosen = rng(config.seed, "examples").choice(len(dataset), n, replace=n > len(dataset))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive_seed(config.seed, "weights"))
        vae = VAE(config, dataset.shape, config.conditional.sizes(dataset.n_classes, dataset.factor_sizes))
        vae.reset(mean, scale_bytes(torch.from_numpy(dataset.images[chosen])))
    return vae


def initial_critic(config: TrainConfig, dataset: Dataset) -> Critic | None:
    """The network beside the model, if the objective has one; also from the seed alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive_seed(config.seed, "critic"))
        return config.objective.critic(config.latent_dim, dataset)


class Training:
    """A run in memory. Iterate over it; look at ``model`` whenever you like."""

    def __init__(
        self,
        config: TrainConfig,
        dataset: Dataset,
        held_out: Dataset | None,
        *,
        device: str,
        measure_every: int | None,
        measure_at: Collection[int] = (),
    ):
        if held_out is not None and held_out.shape != dataset.shape:
            raise BadInput(f"held-out images are {held_out.shape}, training images {dataset.shape}; they must agree")
        config.check(dataset)
        self.config, self.dataset = config, dataset
        self.device = choose_device(device)
        self.step, self.seconds, self.history = 0, 0.0, []
        self.measure_every = measure_every or max(1, config.n_steps // 40)
        self.measure_at = frozenset(measure_at)
        self.log_every = max(1, config.n_steps // 200)
        self.images = torch.from_numpy(dataset.images).to(self.device)
        # without held-out images the curve is measured on training images, and says so
        measured = held_out if held_out is not None else dataset
        self.measured_split = measured.split
        measured = measured.subset(2000)
        self.measured = torch.from_numpy(measured.images).to(self.device)
        self.labels, self.measured_labels = (self._labels(split) for split in (dataset, measured))
        self.vae = initial_model(config, dataset).to(self.device)
        self.averaged = copy.deepcopy(self.vae).requires_grad_(False) if config.ema else self.vae
        self._weights = list(self.vae.parameters())
        self._averages = list(self.averaged.parameters())
        self.optimizer = torch.optim.Adam(self._weights, lr=config.learning_rate, fused=True)
        self.critic = initial_critic(config, dataset)
        self.critic_optimizer = None
        if self.critic is not None:
            self.critic.to(self.device)
            self._critic_weights = [p for p in self.critic.parameters() if p.requires_grad]
            self.critic_optimizer = self.critic.optimizer() if self.critic.learns else None
        self._generator = torch.Generator(self.device)
        self._epochs: dict[str, tuple[int, Tensor]] = {}

    def __iter__(self) -> Iterator[Record]:
        while self.step < self.config.n_steps:
            yield self.advance()

    def rows(self, step: int, stream: str = "epoch") -> Tensor:
        """The images of one step: a function of (seed, step), so that any run can be continued or repeated from anywhere."""
        size = min(self.config.batch_size, len(self.images))
        epoch, place = divmod(step, len(self.images) // size)
        if self._epochs.get(stream, (-1, None))[0] != epoch:
            order = rng(self.config.seed, stream, epoch).permutation(len(self.images))
            self._epochs[stream] = (epoch, torch.from_numpy(order).to(self.device))
        return self._epochs[stream][1][place * size : (place + 1) * size]

    def batch(self, step: int) -> Tensor:
        """The images of one step, scaled to [0, 1]."""
        return scale_bytes(self.images[self.rows(step)])

    def _labels(self, dataset: Dataset) -> Tensor | None:
        labels = self.config.conditional.labels(dataset)
        return None if labels is None else torch.from_numpy(labels.astype(np.int64)).to(self.device)

    def condition(self, rows: Tensor, step: int) -> Condition | None:
        """What the model is told of these images at this step: their labels, some left out, and a β."""
        beta = self.config.objective.draw_beta(self.config.seed, step)
        if self.labels is None:
            return None if beta is None else Condition(beta=beta)
        hidden = rng(self.config.seed, "hidden", step).random(len(rows)) < self.config.conditional.label_dropout
        labels = self.labels[rows].masked_fill(torch.from_numpy(hidden).to(self.device)[:, None], UNKNOWN)
        return Condition(labels, beta)

    def advance(self) -> Record:
        """One optimizer step."""
        started = time.perf_counter()
        config, step = self.config, self.step
        self._generator.manual_seed(derive_seed(config.seed, "noise", step))
        rows = self.rows(step)
        forward = self.vae(scale_bytes(self.images[rows]), self._generator, self.condition(rows, step))
        terms = config.objective.terms(forward, step=step, n_train=len(self.images))
        if self.critic is not None:
            terms |= self.critic.terms(forward)
        share = config.schedule(step)
        weights = {name: term.weight * (share if term.annealed else 1) for name, term in terms.items()}
        loss = sum(weights[name] * term.value for name, term in terms.items())
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward(inputs=self._weights)  # none of it may reach a critic's weights
        scalars = [loss, forward.nll.mean(), forward.kl.mean(), *(term.value for term in terms.values())]
        if config.clip_norm is not None:
            scalars.append(torch.nn.utils.clip_grad_norm_(self._weights, config.clip_norm, foreach=True))
        # one transfer for all numbers of the step: each .item() would wait for the device
        values = torch.cat([torch.stack(scalars), forward.posterior.kl().mean(0)]).detach().tolist()
        loss_value, reconstruction, kl, *rest = values
        raw, rest = dict(zip(terms, rest)), rest[len(terms) :]
        norm, unit_kl = (rest[0], rest[1:]) if config.clip_norm is not None else (0.0, rest)
        if not math.isfinite(loss_value + norm):
            numbers = raw | {"loss": loss_value, "the gradient's norm": norm}
            term = next(name for name, value in numbers.items() if not math.isfinite(value))
            raise Diverged(step + 1, term, numbers[term])
        rate = learning_rate(config, step)
        self.optimizer.param_groups[0]["lr"] = rate
        self.optimizer.step()
        self._average()
        if self.critic_optimizer is not None:
            self._advance_critic(forward)
        self.step += 1
        last = self.step == config.n_steps
        measured = last or self.step in self.measure_at or (not self.measure_at and self.step % self.measure_every == 0)
        held_out = self.measure() if measured else None
        record = Record(self.step, loss_value, raw, weights, reconstruction, kl, tuple(unit_kl), rate, held_out)
        if last or self.step % self.log_every == 0 or held_out is not None:
            self.history.append(record_to_json(record))
        self.seconds += time.perf_counter() - started
        return record

    def measure(self) -> ElboSummary:
        """The averaged weights on held-out images; a model of many β is measured at β = 1."""
        condition = None if self.measured_labels is None else Condition(self.measured_labels)
        return measure_elbo(self.averaged, self.measured, condition=condition)

    def update(self, changes: dict[str, float]) -> None:
        """Change the learning rate or weights of the objective from the next step on; see ``TrainConfig.live_fields``."""
        self.config = self.config.with_changes(changes)
        self.vae.free_bits = self.averaged.free_bits = self.config.free_bits
        if self.critic is not None:
            self.critic.update(self.config.objective)

    def _advance_critic(self, forward: Forward) -> None:
        """The critic's own step, after the model's; it sees detached codes and images only."""
        generator = self._generator.manual_seed(derive_seed(self.config.seed, "critic", self.step))
        second = None
        if self.critic.second_batch:
            rows = self.rows(self.step, "second epoch")
            with torch.no_grad():
                x = self.vae.binarize_input(scale_bytes(self.images[rows]), generator)
                second = self.vae.encode(x, self.condition(rows, self.step)).sample(generator)
        self.critic_optimizer.zero_grad(set_to_none=True)
        self.critic.loss(forward, second, generator).backward(inputs=self._critic_weights)
        self.critic_optimizer.step()

    @torch.no_grad()
    def _average(self) -> None:
        """θ̄ ← θ̄ + (1 − d)(θ − θ̄); d rises to its value, so that the random first weights are forgotten at once."""
        if not self.config.ema:
            return
        decay = min(self.config.ema, (1 + self.step) / (10 + self.step))
        torch._foreach_lerp_(self._averages, self._weights, 1 - decay)

    @property
    def model(self) -> TrainedVAE:
        """The model as it stands: a copy of the averaged weights, on the CPU."""
        vae = copy.deepcopy(self.averaged).cpu().eval()
        return TrainedVAE(
            self.config,
            vae,
            self.dataset.shape,
            step=self.step,
            history=list(self.history),
            about=provenance(self.config, self.dataset, self.device, self.seconds, self.measured_split),
        )

    def state(self) -> dict[str, Tensor]:
        """All that the next step depends on, beside the configuration and the images: tensors by name, on the CPU."""
        state = add_prefix("weights", self.vae.state_dict()) | add_prefix("averaged", self.averaged.state_dict())
        state |= add_prefix("optimizer", optimizer_tensors(self.optimizer))
        if self.critic_optimizer is not None:
            state |= add_prefix("critic", self.critic.state_dict())
            state |= add_prefix("critic optimizer", optimizer_tensors(self.critic_optimizer))
        return {name: value.detach().cpu().clone() for name, value in state.items()} | {"step": torch.tensor(self.step)}

    def restore(self, state: dict[str, Tensor], history: list[dict], seconds: float = 0.0) -> None:
        """Continue from ``state()``: bit for bit on the CPU."""
        self.step, self.history, self.seconds = int(state["step"]), list(history), seconds
        if self.step > self.config.n_steps:
            raise BadInput(f"the checkpoint is at step {self.step}, past the {self.config.n_steps} steps asked for")
        self.vae.load_state_dict(select_prefix(state, "weights."))
        if self.config.ema:
            self.averaged.load_state_dict(select_prefix(state, "averaged."))
        load_optimizer_tensors(self.optimizer, select_prefix(state, "optimizer."))
        if self.critic_optimizer is not None:
            self.critic.load_state_dict(select_prefix(state, "critic."))
            load_optimizer_tensors(self.critic_optimizer, select_prefix(state, "critic optimizer."))


def record_to_json(record: Record) -> dict:
    """A record as one line of history.jsonl; 5 digits are enough for any curve."""
    values = {k: v for k, v in asdict(record).items() if v is not None}
    return round_floats(values)


def round_floats(value):
    if isinstance(value, float):
        return float(f"{value:.5g}")
    if isinstance(value, dict):
        return {k: round_floats(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [round_floats(v) for v in value]
    return value


def train(
    config: TrainConfig,
    dataset: Dataset,
    held_out: Dataset | None = None,
    *,
    device: str = "auto",
    measure_every: int | None = None,
    measure_at: Collection[int] = (),
) -> Training:
    """A run over ``dataset``: iterate for a record per step, then take ``.model``.

    The held-out images are measured every ``measure_every`` steps, or at the steps ``measure_at``; and at the end.

    >>> from vae_core import TrainConfig, load_dataset, train
    >>> run = train(TrainConfig(dataset="digits", network="mlp", n_steps=3), load_dataset("digits"), device="cpu")
    >>> [record.step for record in run]
    [1, 2, 3]
    >>> run.model.sample(4, seed=0).shape
    (4, 1, 8, 8)
    """
    return Training(config, dataset, held_out, device=device, measure_every=measure_every, measure_at=measure_at)
