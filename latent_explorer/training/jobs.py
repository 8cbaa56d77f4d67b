"""Start, continue and describe training jobs. A job is one run, or the runs of a race."""

import time

from latent_explorer.background import shared
from latent_explorer.models import library, on_thread
from latent_explorer.models.caches import training_images
from vae_core.config import TrainConfig
from vae_core.runs import actions, job_queue
from vae_core.runs.run import Run, State, Status, runs_root
from vae_core.runs.server_limits import ServerLimits

FIRST_FRAME = 1.0  # seconds that a click on Train waits for the first picture
HOUR = 3600.0
# states of a run, the most active first
BY_ACTIVITY: tuple[State, ...] = ("running", "starting", "queued", "paused", "failed", "interrupted", "stopped", "finished")
CHANGING: tuple[State, ...] = ("queued", "starting", "running")  # states in which a run changes without a click


def start_job(configs: list[TrainConfig], owner: str) -> Run:
    """Create and start a job, and return its first run.

    The visitor's job that trains now is stopped first; all of it stays on the disk.

    Raises:
        BadInput: A configuration does not fit the data, or is beyond the limits of this server.
    """
    limits = ServerLimits.from_environment()
    data = training_images(configs[0])
    for config in configs:
        actions.check_config(config, data, limits)
    _delete_idle_runs(limits)
    first, *_ = actions.create_runs(configs, owner=owner, limits=limits)
    start_only(first, owner)
    _await_frame(first)
    return first


def start_only(run: Run, owner: str) -> None:
    """Start a run in place of the visitor's other jobs: each visitor trains one job at a time."""
    root = runs_root()
    for job in [*job_queue.training_jobs(root), *job_queue.waiting_jobs(root)]:
        if job.owner == owner:
            actions.stop_run(Run(root / job.runs[0]))
    continue_job(run)


def continue_job(run: Run) -> None:
    """Continue the job of a run, or put it into the queue."""
    actions.play_run(run, ServerLimits.from_environment(), shared.warm_worker().launch)


def step_job(run: Run, n: int) -> None:
    """Train the job of a run for ``n`` more steps, then pause it."""
    actions.step_run(run, n, ServerLimits.from_environment(), shared.warm_worker().launch)


def pause_job(runs: list[Run]) -> None:
    """Pause all runs of a job."""
    for run in runs:
        run.send_command("pause")


def duplicate_run(run: Run, changes: dict, owner: str) -> Run:
    """Create a copy of a run with some fields changed, start it, and return it."""
    copy = actions.duplicate_run(run, changes, owner=owner, limits=ServerLimits.from_environment())
    start_only(copy, owner)
    return copy


def make_checkpoint(run: Run, name: str) -> None:
    """Make a model of that name from a run's newest state."""
    on_thread(actions.make_checkpoint, run, library.path_of(name))


def job_state(runs: list[Run]) -> State:
    """Return the state of a job: that of its most active run."""
    states = {run.status().state for run in runs}
    return next(state for state in BY_ACTIVITY if state in states)


def maintain_job(runs: list[Run], state: State) -> None:
    """Do what is due whenever a page shows a job: keep its runs from being deleted, and start queued jobs."""
    for run in runs:
        run.mark_watched()
    if state == "queued":
        job_queue.start_queued_jobs(runs_root(), ServerLimits.from_environment(), shared.warm_worker().launch)
    if state not in CHANGING:
        shared.warm_worker().ensure_ready()  # the next run starts at once; not while a run needs the processor cores


def status_text(run: Run, status: Status) -> str:
    """Return one line: state, step, place in the queue, speed, time left, device."""
    parts = [status.state.capitalize(), f"step {status.step:,} of {status.n_steps:,}"]
    if status.state == "queued" and (position := job_queue.queue_position(run.path.parent, run.metadata["group"])):
        parts.append(f"position {position} in the queue")
    if status.state == "running" and status.images_per_second:
        parts.append(f"{status.images_per_second:,.0f} images/s")
    if status.seconds_left is not None:
        parts.append(f"{status.seconds_left:.0f} s left")
    if status.device:
        parts.append(status.device)
    return " · ".join(parts)


def _await_frame(run: Run) -> None:
    """Wait for the first frame: a warm worker writes it within half a second, and the view looks again only a second later."""
    end = time.monotonic() + FIRST_FRAME
    while run.frame() is None and run.status().state in ("starting", "running") and time.monotonic() < end:
        time.sleep(0.05)


def _delete_idle_runs(limits: ServerLimits) -> None:
    """Thin and delete idle runs, at most once an hour."""
    mark = runs_root() / ".cleaned"
    if not mark.exists() or time.time() - mark.stat().st_mtime > HOUR:
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()
        limits.delete_idle_runs(runs_root())
