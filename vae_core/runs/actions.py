"""What a person does with runs: begin, go on, stop, reset, duplicate, delete, keep."""

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
from vae_core.common.files import write_folder, write_text
from vae_core.common.tensors import read_tensors, select_prefix
from vae_core.config import TrainConfig
from vae_core.data import Dataset
from vae_core.evaluation import Result
from vae_core.publishing.publish import publish
from vae_core.runs import job_queue
from vae_core.runs.lock import Lock
from vae_core.runs.run import FORMAT, UNFINISHED, Run, Status, runs_root, steps_in
from vae_core.runs.server_limits import ServerLimits
from vae_core.runs.splits import load_splits
from vae_core.runs.worker_process import launch_worker
from vae_core.vae import VAE

WAIT = 20.0  # seconds for a worker to write what it has and go


def count_parameters(config: TrainConfig, dataset: Dataset) -> int:
    """Of the model that the configuration builds for these images; refused where it builds none."""
    with torch.device("meta"):
        vae = VAE(config, dataset.shape, config.conditional.sizes(dataset.n_classes, dataset.factor_sizes))
    return sum(p.numel() for p in vae.parameters())


def check_config(config: TrainConfig, dataset: Dataset, limits: ServerLimits) -> None:
    """Refuse before anything is written: parts that do not fit the images, and what is beyond the budget."""
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
    """The folders of one job: a run, or the runs of a race; nothing trains yet.

    ``parent`` and ``changed`` say of a duplicate what it is one of, and which field differs.
    """
    root, limits = root or runs_root(), limits or ServerLimits.from_environment()
    group, runs = secrets.token_hex(12), []
    for i, config in enumerate(configs):
        name = group if len(configs) == 1 else secrets.token_hex(12)
        about = {
            "format": FORMAT,
            "config": config.to_json(),
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "owner": owner,
            "group": group,
            "lane": i,
            "minutes": limits.max_minutes,
            "parent": parent,
            "changed": changed,
        }

        def fill(folder: Path, about=about, config=config) -> None:
            (folder / "config.json").write_text(json.dumps(about, indent=1) + "\n")
            (folder / "status.json").write_text(json.dumps(asdict(Status("stopped", n_steps=config.n_steps))))

        write_folder(root / name, fill)
        runs.append(Run(root / name))
    return runs


def runs_of_job(run: Run) -> list[Run]:
    """All runs of the same job, in their order; a single run is a race of one."""
    group = run.metadata["group"]
    if group == run.id:
        return [run]
    found = [Run(p.parent) for p in run.path.parent.glob("*/config.json") if len(p.parent.name) == len(run.id)]
    return sorted((r for r in found if r.metadata["group"] == group), key=lambda r: r.metadata["lane"])


def play_run(run: Run, limits: ServerLimits, start: job_queue.StartWorker = launch_worker) -> None:
    """Train on: the worker that has it in memory, or the next in line; a race goes on as a whole."""
    job = runs_of_job(run)
    if any(r.alive for r in job):
        for r in job:
            r.send_command("play")
        return
    for r in job:
        for file in (r.path / "commands").glob("*.json"):
            if _is(file, ("pause", "stop", "step")):
                file.unlink(missing_ok=True)  # what was meant for the worker that has gone
    root, about = run.path.parent, run.metadata
    job_queue.enqueue_job(root, about["group"], about["owner"], [r.id for r in job])
    job_queue.start_queued_jobs(root, limits, start)


def _is(file: Path, names: tuple[str, ...]) -> bool:
    try:
        return json.loads(file.read_text()).get("name") in names
    except (OSError, ValueError, AttributeError):
        return True


def step_run(run: Run, n: int, limits: ServerLimits, start: job_queue.StartWorker = launch_worker) -> None:
    """n more steps, then pause."""
    job = runs_of_job(run)
    if not any(r.alive for r in job):
        play_run(run, limits, start)
    for r in job:
        r.send_command("step", n=n)


def stop_run(run: Run, *, wait: bool = False) -> None:
    """Write everything and let go of the memory; out of the line, if it waits. It can be taken up at any time."""
    job = runs_of_job(run)
    if not any(r.alive for r in job):
        job_queue.remove_job(run.path.parent, run.metadata["group"])
        return
    for r in job:
        r.send_command("stop")
    until = time.monotonic() + WAIT
    while wait and any(r.alive for r in job):
        if time.monotonic() > until:
            raise BadInput(f"run {run.id} has not stopped within {WAIT:.0f} seconds; try again")
        time.sleep(0.05)


def change_settings(run: Run, changes: dict[str, float]) -> None:
    """Change weights from the next step on; refused here where the worker would."""
    run.config().with_changes(changes)
    run.send_command("set", changes=changes)


def reset_run(run: Run) -> None:
    """Back to the very same initial weights: everything that was trained is deleted, what was asked for stays."""
    stop_run(run, wait=True)
    for r in runs_of_job(run):
        lock = Lock(r.path)
        lock.take()
        try:
            for name in ("history.jsonl", "live.npz"):
                (r.path / name).unlink(missing_ok=True)
            for name in ("frames", "snapshots", "state", "commands"):
                shutil.rmtree(r.path / name, ignore_errors=True)
            write_text(r.path / "status.json", json.dumps(asdict(Status("stopped", n_steps=r.metadata["config"]["n_steps"]))))
        finally:
            lock.release()


def duplicate_run(run: Run, changes: dict, *, owner: str, limits: ServerLimits) -> Run:
    """A new run with one field changed, by its JSON name (``objective.beta``, ``seed``, ``network``): the rest is the same.

    The seed too, unless it is what changes: initial weights, batches and noise are then those of the first run.
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
    """Delete the folder; refused while it trains."""
    if run.alive:
        raise BadInput(f"run {run.id} is training; stop it first")
    job_queue.remove_job(run.path.parent, run.metadata["group"])
    lock = Lock(run.path)
    lock.take()
    shutil.rmtree(run.path)


def config_at_step(run: Run, step: int) -> TrainConfig:
    """The configuration as it stood after ``step`` steps: with the changes of weights made until then."""
    config = run.config()
    for entry in run.changes():
        if entry["step"] <= step:
            config = config.with_changes(entry["change"])
    return config


def describe_changes(run: Run) -> str:
    """For the card: what was moved, when; empty where nothing was."""
    parts = []
    for entry in run.changes():
        for name, value in entry["change"].items():
            before = entry.get("before", {}).get(name)
            parts.append(f"{name} {before:g} → {value:g} after step {entry['step']:,}" if before is not None else name)
    return f"Weights were changed while it trained, so the command alone does not make it again: {'; '.join(parts)}." * bool(
        parts
    )


def make_checkpoint(run: Run, path: Path, *, about: str = "", replace: bool = False) -> dict[str, Result]:
    """A checkpoint of the run's newest state, with its card, its map and its numbers, and such that it can be continued."""
    steps = steps_in(run.path / "state", ".safetensors")
    status = run.status()
    if not steps or status.state not in (*UNFINISHED, "finished") or (run.alive and status.state != "paused"):
        raise BadInput(f"run {run.id} is {status.state}: pause it, or let it finish, before it is kept")
    if path.exists() and not replace:
        raise BadInput(f"{path.name} exists already; choose another name")
    state = read_tensors(run.path / "state" / f"{steps[-1]:08d}.safetensors")
    seconds = float(state.pop("seconds"))
    config = config_at_step(run, steps[-1])
    train_set, test_set = load_splits(config)
    vae = VAE(config, train_set.shape, config.conditional.sizes(train_set.n_classes, train_set.factor_sizes))
    vae.load_state_dict(select_prefix(state, "averaged."))
    model = TrainedVAE(
        config,
        vae.requires_grad_(False),
        train_set.shape,
        step=steps[-1],
        history=[e for e in run.history() if 0 < e["step"] <= steps[-1] and not e.get("extra")],
        about=provenance(config, train_set, choose_device("cpu"), seconds, test_set.split),
    )
    words = " ".join(filter(None, [about, describe_changes(run)]))
    return publish(model, train_set, test_set, path, about=words, state=state, replace=replace)
