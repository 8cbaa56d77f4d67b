"""What a shared server allows, in numbers that its keeper sets by environment variables, and what it cleans up."""

import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from vae_core.common.errors import BadInput
from vae_core.common.fields import Configurable, option, options
from vae_core.runs.run import Run, all_runs, steps_in

DAY = 86400.0


@dataclass(frozen=True)
class ServerLimits(Configurable):
    """Each field is set by LATENT_EXPLORER_<its name in capitals>."""

    at_once: int = option(1, "jobs that train at the same time; a race is one", low=1)
    max_steps: int = option(50_000, "steps of a run", low=1)
    max_minutes: float = option(30.0, "minutes of training of a run", above=0)
    max_parameters: int = option(10_000_000, "parameters of a model", low=1)
    keep_days: float = option(7.0, "days after which a run that nobody opened is deleted", above=0)
    thin_days: float = option(1.0, "days after which the snapshots of a run that nobody opened are thinned", above=0)

    @classmethod
    def from_environment(cls) -> "ServerLimits":
        given = {}
        for opt in options(cls):
            if text := os.environ.get(f"LATENT_EXPLORER_{opt.name.upper()}"):
                try:
                    given[opt.name] = opt.type(text)
                except ValueError:
                    given[opt.name] = text  # refused by name, with what is allowed
        return cls(**given)

    def check_budget(self, n_steps: int, n_parameters: int) -> None:
        """Refuse what is beyond the budget of a run here."""
        if n_steps > self.max_steps:
            raise BadInput(f"a run here has at most {self.max_steps:,} steps, got {n_steps:,}")
        if n_parameters > self.max_parameters:
            raise BadInput(f"a model here has at most {self.max_parameters:,} parameters, this one has {n_parameters:,}")

    @property
    def description(self) -> str:
        """The limits as visitors read it."""
        jobs = f"{self.at_once} job trains" if self.at_once == 1 else f"{self.at_once} jobs train"
        return (
            f"{jobs} at a time here, the others wait in line, visitors in turn. A run has at most {self.max_steps:,} steps, "
            f"{self.max_minutes:g} minutes and {self.max_parameters:,} parameters. A run is reached by its link alone. "
            f"One that nobody has opened for {self.thin_days:g} days keeps its pictures and its last weights only; after "
            f"{self.keep_days:g} days it is deleted. A kept model stays."
        )

    def delete_idle_runs(self, root: Path, now: float | None = None) -> list[str]:
        """Thin and delete what is idle; the ids that were deleted. Runs in line or in memory stay as they are."""
        now, deleted = time.time() if now is None else now, []
        for run in all_runs(root):
            try:
                if run.alive or run.status().state == "queued":
                    continue
            except BadInput:
                pass  # unreadable: it goes with the others, by its age
            idle = now - run.last_watched
            if idle > self.keep_days * DAY:
                shutil.rmtree(run.path, ignore_errors=True)
                deleted.append(run.id)
            elif idle > self.thin_days * DAY:
                thin_run(run)
        return deleted


def thin_run(run: Run) -> None:
    """Keep the first and the last snapshot, and the newest state."""
    for name, kept in (("snapshots", lambda steps: steps[1:-1]), ("state", lambda steps: steps[:-1])):
        for step in kept(steps_in(run.path / name, ".safetensors")):
            (run.path / name / f"{step:08d}.safetensors").unlink(missing_ok=True)
