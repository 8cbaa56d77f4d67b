"""Runs in a temporary folder, trained in this process or in a worker of their own."""

import time
from contextlib import suppress
from pathlib import Path

import psutil
import torch
from streamlit.testing.v1 import AppTest

from latent_explorer.training.config_form import GROUPS
from vae_core import TrainConfig, train
from vae_core.common.processes import HelperProcess
from vae_core.common.tensors import read_tensors
from vae_core.runs import worker_process
from vae_core.runs.actions import create_runs
from vae_core.runs.preparation import PreparingRun
from vae_core.runs.run import Run, steps_in
from vae_core.runs.runner import Runner
from vae_core.runs.server_limits import ServerLimits
from vae_core.runs.splits import load_splits

torch.set_num_threads(1)  # on networks this small, a second thread only waits

QUICK = {"dataset": "digits", "network": "mlp", "objective": "beta-vae", "latent_dim": 3, "batch_size": 16, "n_images": 200}


def config(**fields) -> TrainConfig:
    return TrainConfig(**QUICK | {"n_steps": 40} | fields)


def new_run(root: Path, limits: ServerLimits | None = None, **fields) -> Run:
    return create_runs([config(**fields)], owner="a visitor", root=root, limits=limits or ServerLimits())[0]


def prepare_run(run: Run, **settings) -> Runner:
    """Prepare the run for training in this process."""
    runner = PreparingRun(run, **settings).prepare()
    assert runner is not None, run.status().reason
    return runner


def train_to_step(runner: Runner, step: int) -> Runner:
    """Train until that step, not further."""
    while runner.training.step < step and not runner.ended:
        runner.process_commands()
        if runner.state == "running":
            runner.advance()
    return runner


def train_to_end(runner: Runner) -> Run:
    while not runner.ended:
        runner.work(5.0)
    runner.close()
    return runner.run


def train_saving_often(run: Run) -> None:
    """Train the run to its end, saving its state very often; for a process that is killed."""
    train_to_end(prepare_run(run, state_seconds=0.05))


def lose_worker(runner: Runner) -> Run:
    """Leave the run as after kill -9: nothing more is written, and the process that holds the lock does not exist."""
    runner.lock.path.write_text('{"pid": 999999999, "created": 1.0}')
    return runner.run


def last_state(run: Run) -> dict[str, torch.Tensor]:
    step = steps_in(run.path / "state", ".safetensors")[-1]
    return read_tensors(run.path / "state" / f"{step:08d}.safetensors")


def train_undisturbed(settings: TrainConfig, changes: dict[int, dict] | None = None) -> dict[str, torch.Tensor]:
    """Return the final state of a training without interruption, by ``train`` itself."""
    data, held_out = load_splits(settings)
    training = train(settings, data, held_out, device="cpu", measure_every=10**6)
    for step in range(settings.n_steps):
        if change := (changes or {}).get(step):
            training.update(change)
        training.advance()
    return training.state()


def same_tensors(state: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    names = state.keys() | other.keys()
    return all(name in state and name in other and torch.equal(state[name], other[name]) for name in names - {"seconds"})


def start_worker_for(run: Run, **environment: str) -> HelperProcess:
    """Start a worker that trains the run, as the interface does."""
    process = worker_process.start_worker(environment)
    worker_process.assign_job(process, run.id, [run.path])
    return process


def kill(pid: int) -> None:
    """Kill a process as ``kill -9`` does; it may have ended already."""
    with suppress(psutil.NoSuchProcess):
        psutil.Process(pid).kill()


def wait_until(condition, seconds: float = 90.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "the condition was not met in time"
        time.sleep(0.02)


class WorkerInThisProcess:
    """Replace the warm worker: train at once, in this process; the worker has ended when ``launch`` returns."""

    def ensure_ready(self) -> None:
        pass

    def launch(self, group: str, folders: list[Path]) -> int:
        for folder in folders:
            self.train(prepare_run(Run(folder)))
        return 999_999_999

    def train(self, runner: Runner) -> None:
        train_to_end(runner)


class WorkerGoneHalfway(WorkerInThisProcess):
    """The same, but the worker is lost after half of the steps."""

    def train(self, runner: Runner) -> None:
        train_to_step(runner, runner.training.config.n_steps // 2)
        lose_worker(runner)


def set_form_groups(app: AppTest, form: str, *, unfolded: bool = False) -> AppTest:
    """Close or open every group of the form with this name."""
    for group in GROUPS:
        app.session_state[f"{form} {group}"] = unfolded
    assert not app.run().exception
    return app
