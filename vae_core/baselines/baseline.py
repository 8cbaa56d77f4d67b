"""Training of a baseline in memory."""

import copy
from collections.abc import Iterator

import torch

from vae_core.baselines.recipe import Baseline
from vae_core.baselines.trained_baseline import TrainedBaseline
from vae_core.common.devices import choose_device
from vae_core.common.scaling import scale_bytes
from vae_core.common.seeds import derive_seed, rng
from vae_core.data.dataset import Dataset
from vae_core.training.averaging import update_average
from vae_core.training.record import check_finite, log_interval, round_floats


class BaselineTraining:
    """A training: iterate for the losses of each step; ``model`` is the trained baseline at any time."""

    def __init__(self, recipe: Baseline, dataset: Dataset, *, device: str = "auto"):
        self.recipe, self.dataset, self.device = recipe, dataset, choose_device(device)
        self.images = torch.from_numpy(dataset.images).to(self.device)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(derive_seed(recipe.seed, "weights"))
            self.modules = recipe.build(dataset.shape).to(self.device)
        self.averaged = copy.deepcopy(self.modules[recipe.sampler]).requires_grad_(False)
        self.optimizers = recipe.optimizers(self.modules)
        self.history: list[dict] = []

    def __iter__(self) -> Iterator[dict[str, float]]:
        recipe, generator = self.recipe, torch.Generator(self.device)
        size = min(recipe.batch_size, len(self.images))
        for step in range(recipe.n_steps):
            rows = rng(recipe.seed, "batch", step).integers(len(self.images), size=size)
            x = scale_bytes(self.images[torch.from_numpy(rows).to(self.device)])
            generator.manual_seed(derive_seed(recipe.seed, "noise", step))
            losses = {name: v.item() for name, v in recipe.step(self.modules, self.optimizers, x, generator).items()}
            check_finite(step + 1, losses)
            self._average(step)
            if step % log_interval(recipe.n_steps) == 0 or step + 1 == recipe.n_steps:
                self.history.append({"step": step + 1, **round_floats(losses, digits=6)})
            yield losses

    @torch.no_grad()
    def _average(self, step: int) -> None:
        source = self.modules[self.recipe.sampler]
        update_average(list(self.averaged.parameters()), list(source.parameters()), decay=self.recipe.ema, step=step)
        for kept, now in zip(self.averaged.buffers(), source.buffers()):
            kept.copy_(now)

    @property
    def model(self) -> TrainedBaseline:
        """A copy of the averaged weights, on the CPU."""
        module = copy.deepcopy(self.averaged).cpu()
        return TrainedBaseline(self.recipe, module, self.dataset.shape, dataset=self.dataset.name, history=list(self.history))


def train_baseline(recipe: Baseline, dataset: Dataset, *, device: str = "auto") -> BaselineTraining:
    """Create a training on ``dataset``: iterate for the losses of each step, then take ``.model``."""
    return BaselineTraining(recipe, dataset, device=device)
