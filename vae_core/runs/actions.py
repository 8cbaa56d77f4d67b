"""The actions on runs: create, play, step, stop, reset, duplicate, delete, and make a checkpoint."""

import json
import secrets
import shutil
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import torch

from vae_core.checkpoints.about import provenance
from vae_core.checkpoints.trained_vae import TrainedVAE
from vae_core.common.devices import choose_device
from vae_core.common.errors import BadInput
from vae_core.common.files import write_folder
from vae_core.common.tensors import read_tensors, select_prefix
from vae_core.config import TrainConfig
from vae_core.data import Dataset
from vae_core.evaluation import Result
from vae_core.publishing.publish import publish
from vae_core.runs import job_queue
from vae_core.runs.command_inbox import discard_commands
from vae_core.runs.lock import Lock
from vae_core.runs.run import FORMAT, UNFINISHED, Run, RunMetadata, Status, runs_root, steps_in, write_status
from vae_core.runs.server_limits import ServerLimits
from vae_core.runs.splits import load_splits
from vae_core.runs.worker_process import launch_worker
from vae_core.vae import VAE

STOP_SECONDS = 20.0  # for a worker to save its runs and stop


def count_parameters(config: TrainConfig, dataset: Dataset) -> int:
    """Return the number of parameters of the model that the configuration builds for these images."""
    with torch.device("meta"):
        vae = build_vae(config, dataset)
    return sum(p.numel() for p in vae.parameters())


def build_vae(config: TrainConfig, dataset: Dataset) -> VAE:
    """Build the model of a configuration for these images, with arbitrary weights."""
    return VAE(config, dataset.shape, config.conditional.sizes(dataset.n_classes, dataset.factor_sizes))


def check_config(config: TrainConfig, dataset: Dataset, limits: ServerLimits) -> None:
    """Check a configuration before anything is written.

    Raises:
        BadInput: a part does not fit the images, or the run is beyond the limits of the server.
    """
    config.check(dataset)
    limits.check_budget(config.n_steps, count_parameters(config, dataset))


def create_runs(
    configs: list[TrainConfig],
    *,
    owner: str,
    root: Path | None = None,
    limits: ServerLimits | None = None,
    parent: str | None = None,
    changed: str = "",
) -> list[Run]:
    """Create the runs of one job, one run or the runs of a race; nothing is trained yet.

    Args:
        owner: the visitor, or the command line.
        root: the folder of all runs.
        parent: of a duplicate, the run that it is a duplicate of.
        changed: of a duplicate, the field that differs.
    """
    root, limits = root or runs_root(), limits or ServerLimits.from_environment()
    job_id, runs = secrets.token_hex(12), []
    for lane, config in enumerate(configs):
        name = job_id if len(configs) == 1 else secrets.token_hex(12)
        metadata: RunMetadata = {
            "format": FORMAT,
            "config": config.to_json(),
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "owner": owner,
            "group": job_id,
            "lane": lane,
            "minutes": limits.max_minutes,
            "parent": parent,
            "changed": changed,
        }

        def fill(folder: Path, metadata=metadata, config=config) -> None:
            (folder / "config.json").write_text(json.dumps(metadata, indent=1) + "\n")
            (folder / "status.json").write_text(json.dumps(asdict(Status("stopped", n_steps=config.n_steps))))

        write_folder(root / name, fill)
        runs.append(Run(root / name))
    return runs


def runs_of_job(run: Run) -> list[Run]:
    """Return all runs of the job that this run belongs to, in their order: those of a race, or the run alone."""
    if run.job_id == run.id:
        return [run]
    found = [Run(p.parent) for p in run.path.parent.glob("*/config.json") if len(p.parent.name) == len(run.id)]
    return sorted((r for r in found if r.job_id == run.job_id), key=lambda r: r.metadata["lane"])


def play_run(run: Run, limits: ServerLimits, start: job_queue.StartWorker = launch_worker) -> None:
    """Train the job of this run: continue in the worker that has it in memory, or add it to the job queue."""
    job = runs_of_job(run)
    if any(r.alive for r in job):
        for r in job:
            r.send_command("play")
        return
    for r in job:  # these were meant for a worker that has ended
        discard_commands(r.path / "commands", ("pause", "stop", "step"))
    root = run.path.parent
    job_queue.enqueue_job(root, run.job_id, run.metadata["owner"], [r.id for r in job])
    job_queue.start_queued_jobs(root, limits, start)


def step_run(run: Run, n: int, limits: ServerLimits, start: job_queue.StartWorker = launch_worker) -> None:
    """Train n more steps, then pause."""
    job = runs_of_job(run)
    if not any(r.alive for r in job):
        play_run(run, limits, start)
    for r in job:
        r.send_command("step", n=n)


def stop_run(run: Run, *, wait: bool = False) -> None:
    """Save everything and free the memory; a waiting job leaves the queue. The run can continue at any time.

    Args:
        wait: return when the worker has stopped.

    Raises:
        BadInput: the worker has not stopped within ``STOP_SECONDS``.
    """
    job = runs_of_job(run)
    if not any(r.alive for r in job):
        job_queue.remove_job(run.path.parent, run.job_id)
        return
    for r in job:
        r.send_command("stop")
    until = time.monotonic() + STOP_SECONDS
    while wait and any(r.alive for r in job):
        if time.monotonic() > until:
            raise BadInput(f"run {run.id} has not stopped within {STOP_SECONDS:.0f} seconds; try again")
        time.sleep(0.05)


def change_settings(run: Run, changes: dict[str, float]) -> None:
    """Change live settings (the learning rate, weights of the objective) from the next step on.

    Raises:
        BadInput: a setting does not exist, cannot change during training, or has a value that is not allowed.
    """
    run.config().with_changes(changes)
    run.send_command("set", changes=changes)


def reset_run(run: Run) -> None:
    """Return to the same initial weights: delete everything that was trained, and keep the configuration."""
    stop_run(run, wait=True)
    for r in runs_of_job(run):
        lock = Lock(r.path)
        lock.acquire()
        try:
            for name in ("history.jsonl", "live.npz"):
                (r.path / name).unlink(missing_ok=True)
            for name in ("frames", "snapshots", "state", "commands"):
                shutil.rmtree(r.path / name, ignore_errors=True)
            write_status(r.path, Status("stopped", n_steps=r.metadata["config"]["n_steps"]))
        finally:
            lock.release()


def duplicate_run(run: Run, changes: dict, *, owner: str, limits: ServerLimits) -> Run:
    """Create a run that differs in one field, given by its JSON name (``objective.beta``, ``seed``, ``network``).

    The seed stays the same unless it is the field that changes: initial weights, batches and noise are then those of ``run``.

    Raises:
        BadInput: there is no such field, its value is not allowed, or the new run is beyond the limits of the server.
    """
    data = run.config().to_json()
    for name, value in changes.items():
        part, _, field = name.partition(".")
        if part not in data or (field and not isinstance(data[part], dict)):
            raise BadInput(f"a run has no field {name!r} to change; it has {', '.join(sorted(data))}")
        data[part] = data[part] | {field: value} if field else value
    config = TrainConfig.from_json(data)
    check_config(config, load_splits(config)[0], limits)
    changed = ", ".join(f"{name} = {value}" for name, value in changes.items())
    return create_runs([config], owner=owner, root=run.path.parent, limits=limits, parent=run.id, changed=changed)[0]


def delete_run(run: Run) -> None:
    """Delete the folder of a run.

    Raises:
        BadInput: the run is training.
    """
    if run.alive:
        raise BadInput(f"run {run.id} is training; stop it first")
    job_queue.remove_job(run.path.parent, run.job_id)
    Lock(run.path).acquire()  # deleted with the folder
    shutil.rmtree(run.path)


def config_at_step(run: Run, step: int) -> TrainConfig:
    """Return the configuration after ``step`` steps, with the changes of live settings until then."""
    config = run.config()
    for entry in run.changes():
        if entry["step"] <= step:
            config = config.with_changes(entry["change"])
    return config


def describe_changes(run: Run) -> str:
    """Describe the changes of live settings in a sentence for the model card; empty if there are none."""
    parts = []
    for entry in run.changes():
        for name, value in entry["change"].items():
            before = entry.get("before", {}).get(name)
            parts.append(f"{name} {before:g} → {value:g} after step {entry['step']:,}" if before is not None else name)
    if not parts:
        return ""
    return f"Settings were changed during training, so the command alone does not reproduce this model: {'; '.join(parts)}."


def make_checkpoint(run: Run, path: Path, *, about: str = "", replace: bool = False) -> dict[str, Result]:
    """Write a checkpoint of the run's newest state, with model card, atlas and evaluation; training can continue from it.

    Args:
        about: a sentence for the model card.
        replace: replace an existing checkpoint.

    Returns:
        The evaluation's results by metric.

    Raises:
        BadInput: the run has no saved state or is training, or ``path`` exists.
    """
    steps = steps_in(run.path / "state", ".safetensors")
    status = run.status()
    if not steps or status.state not in (*UNFINISHED, "finished") or (run.alive and status.state != "paused"):
        raise BadInput(f"run {run.id} is {status.state}: pause it, or let it finish, before you save it as a checkpoint")
    if path.exists() and not replace:
        raise BadInput(f"{path.name} exists already; choose another name")
    # rebuild the model of the newest state
    state = read_tensors(run.path / "state" / f"{steps[-1]:08d}.safetensors")
    seconds = float(state.pop("seconds"))
    config = config_at_step(run, steps[-1])
    train_set, test_set = load_splits(config)
    vae = build_vae(config, train_set)
    vae.load_state_dict(select_prefix(state, "averaged."))
    model = TrainedVAE(
        config,
        vae.requires_grad_(False),
        train_set.shape,
        step=steps[-1],
        history=[e for e in run.history() if 0 < e["step"] <= steps[-1] and not e.get("extra")],
        about=provenance(config, train_set, choose_device("cpu"), seconds, test_set.split),
    )
    about = " ".join(filter(None, [about, describe_changes(run)]))
    return publish(model, train_set, test_set, path, about=about, state=state, replace=replace)
