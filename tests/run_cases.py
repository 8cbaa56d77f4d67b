"""Runs in a temporary folder, trained in this process or in a worker of their own."""

import os
import signal
import time
from pathlib import Path

import torch
from streamlit.testing.v1 import AppTest

from latent_explorer.training.config_form import GROUPS
from vae_core import TrainConfig, train
from vae_core.common.tensors import read_tensors
from vae_core.runs import worker_process
from vae_core.runs.actions import create_runs
from vae_core.runs.run import Run, steps_in
from vae_core.runs.runner import Runner
from vae_core.runs.server_limits import ServerLimits
from vae_core.runs.splits import load_splits

torch.set_num_threads(1)  # on networks this small, a second thread only waits

QUICK = {"dataset": "digits", "network": "mlp", "objective": "beta-vae", "latent_dim": 3, "batch_size": 16, "n_images": 200}


def config(**fields) -> TrainConfig:
    return TrainConfig(**QUICK | {"n_steps": 40} | fields)


def begun(where: Path, policy: ServerLimits | None = None, **fields) -> Run:
    return create_runs([config(**fields)], owner="somebody", root=where, limits=policy or ServerLimits())[0]


def taken(run: Run, **settings) -> Runner:
    """The run in the hands of this process."""
    runner = Runner(run, **settings)
    runner.prepare()
    return runner


def to_step(runner: Runner, step: int) -> Runner:
    """Train to that step, not a step further."""
    while runner.training.step < step and not runner.ended:
        runner.process_commands()
        if runner.state == "running":
            runner._advance()
    return runner


def to_end(runner: Runner) -> Run:
    while not runner.ended:
        runner.work(5.0)
    runner.close()
    return runner.run


def written(run: Run) -> None:
    """In a process of its own: train the run to its end, saving its state very often."""
    to_end(taken(run, state_seconds=0.05))


def lost(runner: Runner) -> Run:
    """As after kill -9: nothing more is written, and the writer is gone."""
    runner.training = None
    runner.lock.path.write_text('{"pid": 999999999, "started": "1"}')
    return runner.run


def last_state(run: Run) -> dict[str, torch.Tensor]:
    step = steps_in(run.path / "state", ".safetensors")[-1]
    return read_tensors(run.path / "state" / f"{step:08d}.safetensors")


def alone(settings: TrainConfig, changes: dict[int, dict] | None = None) -> dict[str, torch.Tensor]:
    """The state at the end of a training that nobody ever interrupted, by ``train`` itself."""
    data, held_out = load_splits(settings)
    training = train(settings, data, held_out, device="cpu", measure_every=10**6)
    for step in range(settings.n_steps):
        if change := (changes or {}).get(step):
            training.update(change)
        training.advance()
    return training.state()


def same(state: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    names = state.keys() | other.keys()
    return all(name in state and name in other and torch.equal(state[name], other[name]) for name in names - {"seconds"})


def worker(run: Run, **environment: str):
    """A process of its own that trains the run, as the interface starts it."""
    before = {name: os.environ.get(name) for name in environment}
    os.environ.update(environment)
    try:
        process = worker_process.start_worker()
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
    worker_process.assign_job(process, run.id, [run.path])
    return process


def kill(process) -> None:
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def until(condition, seconds: float = 90.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


class Here:
    """In place of the warm worker: trains at once, in this process, and is gone when it returns."""

    def ensure_ready(self) -> None:
        pass

    def launch(self, group: str, folders: list[Path]) -> int:
        for folder in folders:
            self.train(taken(Run(folder)))
        return 999_999_999

    def train(self, runner: Runner) -> None:
        to_end(runner)


class Halfway(Here):
    """The same, but its worker is gone at half of the steps, or stands still there if the run is told to pause."""

    def train(self, runner: Runner) -> None:
        to_step(runner, runner.training.config.n_steps // 2)
        lost(runner)


def fold(app: AppTest, form: str, *, unfolded: bool = False) -> AppTest:
    """Close or open every group of the form of that name."""
    for group in GROUPS:
        app.session_state[f"{form} {group}"] = unfolded
    assert not app.run().exception
    return app
