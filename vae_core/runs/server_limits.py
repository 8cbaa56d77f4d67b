"""The limits of a shared server, set by environment variables, and the deletion of idle runs."""

import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vae_core.common.errors import BadInput
from vae_core.common.fields import Configurable, option, options
from vae_core.runs.run import Run, all_runs, steps_in

DAY = 86400.0


@dataclass(frozen=True)
class ServerLimits(Configurable):
    """Each field is set by the environment variable LATENT_EXPLORER_<field name in capitals>."""

    at_once: int = option(1, "jobs that train at the same time; a race is one job", low=1)
    max_steps: int = option(50_000, "training steps of a run", low=1)
    max_minutes: float = option(30.0, "minutes of training of a run", above=0)
    max_parameters: int = option(10_000_000, "parameters of a model", low=1)
    keep_days: float = option(7.0, "days after which a run that was not opened is deleted", above=0)
    thin_days: float = option(1.0, "days after which most snapshots of a run that was not opened are deleted", above=0)

    @classmethod
    def from_environment(cls) -> "ServerLimits":
        """Read the limits; a variable that is not set leaves the default.

        Raises:
            BadInput: a variable has a value that is not allowed.
        """
        values: dict[str, Any] = {}
        for opt in options(cls):
            if text := os.environ.get(f"LATENT_EXPLORER_{opt.name.upper()}"):
                try:
                    values[opt.name] = opt.type(text)
                except ValueError:
                    values[opt.name] = text  # refused below, with the name and the allowed values
        return cls(**values)

    def check_budget(self, n_steps: int, n_parameters: int) -> None:
        """Raise ``BadInput`` for a run that is beyond the limits."""
        if n_steps > self.max_steps:
            raise BadInput(f"a run here has at most {self.max_steps:,} steps, got {n_steps:,}")
        if n_parameters > self.max_parameters:
            raise BadInput(f"a model here has at most {self.max_parameters:,} parameters, this one has {n_parameters:,}")

    @property
    def description(self) -> str:
        """The limits as visitors read them."""
        jobs = f"{self.at_once} job trains" if self.at_once == 1 else f"{self.at_once} jobs train"
        return (
            f"{jobs} at a time here; the others wait in the job queue, and visitors take turns. A run has at most "
            f"{self.max_steps:,} steps, {self.max_minutes:g} minutes of training and {self.max_parameters:,} parameters. "
            f"Only its link opens a run. A run that was not opened for {self.thin_days:g} days keeps its pictures and its "
            f"last weights only; after {self.keep_days:g} days it is deleted. Models that were saved as checkpoints stay."
        )

    def delete_idle_runs(self, root: Path, now: float | None = None) -> list[str]:
        """Thin or delete runs that were not opened lately, and return the ids of the deleted ones.

        Runs that train or wait in the job queue stay as they are.
        """
        now, deleted = time.time() if now is None else now, []
        for run in all_runs(root):
            try:
                if run.alive or run.status().state == "queued":
                    continue
            except BadInput:
                pass  # an unreadable run is deleted like the others, by its age
            idle = now - run.last_watched
            if idle > self.keep_days * DAY:
                shutil.rmtree(run.path, ignore_errors=True)
                deleted.append(run.id)
            elif idle > self.thin_days * DAY:
                thin_run(run)
        return deleted


def thin_run(run: Run) -> None:
    """Delete the snapshots between the first and the last one, and all states but the newest."""
    delete_steps(run.path / "snapshots", steps_in(run.path / "snapshots", ".safetensors")[1:-1])
    delete_steps(run.path / "state", steps_in(run.path / "state", ".safetensors")[:-1])


def delete_steps(folder: Path, steps: list[int]) -> None:
    """Delete the files of these steps."""
    for step in steps:
        (folder / f"{step:08d}.safetensors").unlink(missing_ok=True)
