"""Train a VAE step by step: ``train()`` returns an iterator over steps, each a record in nats.

Three choices make it fast: the data set is one uint8 tensor on the device, a batch is gathered by index and scaled there,
and Adam runs fused. benchmarks/training.py compares the three together with the usual loop.
"""

import copy
import functools
import math
import operator
import time
from collections.abc import Collection, Iterator

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
from vae_core.training.averaging import update_average
from vae_core.training.critic_training import CriticTraining
from vae_core.training.record import Record, check_finite, log_interval
from vae_core.vae import VAE


def learning_rate(config: TrainConfig, step: int) -> float:
    """Linear warm-up, then constant or a half cosine to 0 at the last step (Loshchilov & Hutter 2017, arXiv 1608.03983)."""
    warm = min(1.0, (step + 1) / (config.warmup_steps + 1))
    if config.decay == "constant":
        return config.learning_rate * warm
    return config.learning_rate * warm * 0.5 * (1 + math.cos(math.pi * step / config.n_steps))


def initial_model(config: TrainConfig, dataset: Dataset) -> VAE:
    """Build the untrained model on the CPU: its weights follow from the seed alone, whatever device trains it."""
    mean = torch.from_numpy(dataset.images.mean(0, dtype=np.float64) / 255).float()
    n = config.prior.n_examples
    chosen = rng(config.seed, "examples").choice(len(dataset), n, replace=n > len(dataset))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive_seed(config.seed, "weights"))
        vae = VAE(config, dataset.shape, config.conditional.sizes(dataset.n_classes, dataset.factor_sizes))
        vae.reset(mean, scale_bytes(torch.from_numpy(dataset.images[chosen])))
    return vae


def initial_critic(config: TrainConfig, dataset: Dataset) -> Critic | None:
    """Build the critic of the objective, if it has one; its weights too follow from the seed alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive_seed(config.seed, "critic"))
        return config.objective.critic(config.latent_dim, dataset)


class Training:
    """A training in memory: iterate over it for a record per step; ``model`` is the model of the current step."""

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
        self.step, self.seconds = 0, 0.0
        self.history: list[dict] = []
        self.measure_every = measure_every or max(1, config.n_steps // 40)
        self.measure_at = frozenset(measure_at)
        self.log_every = log_interval(config.n_steps)
        self.images = torch.from_numpy(dataset.images).to(self.device)
        # without held-out images the curve is measured on training images; ``measured_split`` records which
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
        self.critic_training: CriticTraining | None = None
        if self.critic is not None:
            self.critic.to(self.device)
            if self.critic.learns:
                self.critic_training = CriticTraining(self.critic)
        self._generator = torch.Generator(self.device)
        self._epochs: dict[str, tuple[int, Tensor]] = {}

    def __iter__(self) -> Iterator[Record]:
        while self.step < self.config.n_steps:
            yield self.advance()

    def rows(self, step: int, stream: str = "epoch") -> Tensor:
        """Return the indices of one step's images, a function of seed and step: any step can be repeated later."""
        # each epoch is a permutation of all images, cut into batches; an incomplete last batch is left out
        size = min(self.config.batch_size, len(self.images))
        epoch, place = divmod(step, len(self.images) // size)
        if self._epochs.get(stream, (-1, None))[0] != epoch:
            order = rng(self.config.seed, stream, epoch).permutation(len(self.images))
            self._epochs[stream] = (epoch, torch.from_numpy(order).to(self.device))
        return self._epochs[stream][1][place * size : (place + 1) * size]

    def batch(self, step: int) -> Tensor:
        """Return the images of one step, scaled to [0, 1]."""
        return scale_bytes(self.images[self.rows(step)])

    def _labels(self, dataset: Dataset) -> Tensor | None:
        labels = self.config.conditional.labels(dataset)
        return None if labels is None else torch.from_numpy(labels.astype(np.int64)).to(self.device)

    def condition(self, rows: Tensor, step: int) -> Condition | None:
        """Return the condition of these images at this step: their labels, a random share of them hidden, and a β."""
        beta = self.config.objective.draw_beta(self.config.seed, step)
        if self.labels is None:
            return None if beta is None else Condition(beta=beta)
        hidden = rng(self.config.seed, "hidden", step).random(len(rows)) < self.config.conditional.label_dropout
        labels = self.labels[rows].masked_fill(torch.from_numpy(hidden).to(self.device)[:, None], UNKNOWN)
        return Condition(labels, beta)

    def advance(self) -> Record:
        """Do one optimizer step.

        Raises:
            Diverged: the loss or the gradient is not finite; the weights are then those of the step before.
        """
        started = time.perf_counter()
        config, step = self.config, self.step
        # forward pass and loss
        self._generator.manual_seed(derive_seed(config.seed, "noise", step))
        rows = self.rows(step)
        forward = self.vae(scale_bytes(self.images[rows]), self._generator, self.condition(rows, step))
        terms = config.objective.terms(forward, step=step, n_train=len(self.images))
        if self.critic is not None:
            terms |= self.critic.terms(forward)
        share = config.schedule(step)
        weights = {name: term.weight * (share if term.annealed else 1) for name, term in terms.items()}
        loss = functools.reduce(operator.add, (weights[name] * term.value for name, term in terms.items()))
        # gradient of the model's weights alone: none of it may reach a critic's weights
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward(inputs=self._weights)
        scalars = [loss, forward.nll.mean(), forward.kl.mean(), *(term.value for term in terms.values())]
        if config.clip_norm is not None:
            scalars.append(torch.nn.utils.clip_grad_norm_(self._weights, config.clip_norm, foreach=True))
        # one transfer for all numbers of the step: each .item() would wait for the device
        values = torch.cat([torch.stack(scalars), forward.posterior.kl().mean(0)]).detach().tolist()
        loss_value, reconstruction, kl, *rest = values
        raw, rest = dict(zip(terms, rest)), rest[len(terms) :]
        norm, unit_kl = (rest[0], rest[1:]) if config.clip_norm is not None else (0.0, rest)
        check_finite(step + 1, raw | {"loss": loss_value, "gradient norm": norm})
        # optimizer step, moving average, the critic's own step
        rate = learning_rate(config, step)
        self.optimizer.param_groups[0]["lr"] = rate
        self.optimizer.step()
        if config.ema:
            update_average(self._averages, self._weights, decay=config.ema, step=step)
        if self.critic_training is not None:
            self._advance_critic(self.critic_training, forward)
        self.step += 1
        # record, with the held-out ELBO where it is due
        last = self.step == config.n_steps
        measured = last or self.step in self.measure_at or (not self.measure_at and self.step % self.measure_every == 0)
        held_out = self.measure() if measured else None
        record = Record(self.step, loss_value, raw, weights, reconstruction, kl, tuple(unit_kl), rate, held_out)
        if last or self.step % self.log_every == 0 or held_out is not None:
            self.history.append(record.to_json())
        self.seconds += time.perf_counter() - started
        return record

    def measure(self) -> ElboSummary:
        """Measure the averaged weights on held-out images; a model of many β at β = 1."""
        condition = None if self.measured_labels is None else Condition(self.measured_labels)
        return measure_elbo(self.averaged, self.measured, condition=condition)

    def update(self, changes: dict[str, float]) -> None:
        """Change live settings, such as the learning rate, from the next step on; see ``TrainConfig.live_fields``."""
        self.config = self.config.with_changes(changes)
        self.vae.free_bits = self.averaged.free_bits = self.config.free_bits
        if self.critic is not None:
            self.critic.update(self.config.objective)

    def _advance_critic(self, training: CriticTraining, forward: Forward) -> None:
        """Do the critic's own step, after the model's; it gets detached codes and images only."""
        generator = self._generator.manual_seed(derive_seed(self.config.seed, "critic", self.step))
        second = None
        if training.critic.second_batch:
            rows = self.rows(self.step, "second epoch")
            with torch.no_grad():
                x = self.vae.binarize_input(scale_bytes(self.images[rows]), generator)
                second = self.vae.encode(x, self.condition(rows, self.step)).sample(generator)
        training.advance(forward, second, generator)

    @property
    def model(self) -> TrainedVAE:
        """The model of the current step: a copy of the averaged weights, on the CPU."""
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
        """Return all that the next step depends on, beside the configuration and the images: tensors by name, on the CPU."""
        state = add_prefix("weights", self.vae.state_dict()) | add_prefix("averaged", self.averaged.state_dict())
        state |= add_prefix("optimizer", optimizer_tensors(self.optimizer))
        if self.critic_training is not None:
            state |= self.critic_training.state()
        return {name: value.detach().cpu().clone() for name, value in state.items()} | {"step": torch.tensor(self.step)}

    def restore(self, state: dict[str, Tensor], history: list[dict], seconds: float = 0.0) -> None:
        """Continue from ``state()``; on the CPU bit for bit as if the training had never been interrupted.

        Raises:
            BadInput: the state is of a later step than the last one of the configuration.
        """
        self.step, self.history, self.seconds = int(state["step"]), list(history), seconds
        if self.step > self.config.n_steps:
            raise BadInput(f"the checkpoint is at step {self.step}, past the {self.config.n_steps} steps asked for")
        self.vae.load_state_dict(select_prefix(state, "weights."))
        if self.config.ema:
            self.averaged.load_state_dict(select_prefix(state, "averaged."))
        load_optimizer_tensors(self.optimizer, select_prefix(state, "optimizer."))
        if self.critic_training is not None:
            self.critic_training.restore(state)


def train(
    config: TrainConfig,
    dataset: Dataset,
    held_out: Dataset | None = None,
    *,
    device: str = "auto",
    measure_every: int | None = None,
    measure_at: Collection[int] = (),
) -> Training:
    """Return a training over ``dataset``: iterate over it for a record per step, then take its ``.model``.

    Args:
        held_out: the images that the ELBO in the history is measured on; without them, the training images.
        device: "cpu", "cuda", "mps", or "auto" for the fastest one of this machine.
        measure_every: steps from one measurement to the next (default: 40 measurements in all).
        measure_at: the steps to measure at, instead. The last step is always measured.

    >>> from vae_core import TrainConfig, load_dataset, train
    >>> run = train(TrainConfig(dataset="digits", network="mlp", n_steps=3), load_dataset("digits"), device="cpu")
    >>> [record.step for record in run]
    [1, 2, 3]
    >>> run.model.sample(4, seed=0).shape
    (4, 1, 8, 8)
    """
    return Training(config, dataset, held_out, device=device, measure_every=measure_every, measure_at=measure_at)
