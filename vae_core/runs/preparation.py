"""Take a run's folder and prepare its training: the step before ``Runner``."""

import os

from vae_core.common.errors import BadInput
from vae_core.runs.frames import frame_steps, log_spaced
from vae_core.runs.lock import Lock
from vae_core.runs.pictures import Pictures
from vae_core.runs.run import Run, State, Status, write_status
from vae_core.runs.runner import Runner
from vae_core.runs.saving import Saver, clear_leftovers, restore_newest_state
from vae_core.runs.splits import load_splits
from vae_core.training.loop import train

# seconds between two states: the training time that a crash can cost
STATE_SECONDS = float(os.environ.get("LATENT_EXPLORER_STATE_SECONDS") or 10)


class PreparingRun:
    """A run whose folder this process writes from now on; ``prepare`` makes a ``Runner`` of it.

    Raises:
        BadInput: another process writes the folder.
    """

    def __init__(self, run: Run, *, state_seconds: float = STATE_SECONDS):
        self.run, self._state_seconds = run, state_seconds
        self._lock = Lock(run.path)
        self._lock.acquire()

    def prepare(self) -> Runner | None:
        """Load the images, build the model and restore the newest complete state.

        Returns:
            The runner; None if the run cannot be trained. Its status is then ``failed`` with the reason.
        """
        run = self.run
        clear_leftovers(run)
        config = run.config()
        self._write_status("starting", "")
        at_frames = frozenset(frame_steps(config.n_steps, slow=config.network.autoregressive))
        try:
            train_set, test_set = load_splits(config)
            training = train(config, train_set, test_set, device="auto", measure_at=at_frames)
        except BadInput as error:
            self.fail(f"{error}")
            return None
        restore_newest_state(run, training)
        runner = Runner(
            run,
            self._lock,
            training,
            Saver(run, training, state_seconds=self._state_seconds),
            Pictures(run, training, test_set),
            frame_steps=at_frames,
            snapshot_steps=frozenset(log_spaced(config.n_steps, 2.0)),
        )
        runner.begin()
        return runner

    def fail(self, reason: str) -> None:
        """Report why the run cannot be trained, and release the folder."""
        self._write_status("failed", reason)
        self._lock.release()

    def _write_status(self, state: State, reason: str) -> None:
        """Report a state before the training exists; step and time are those of the last worker."""
        last = self.run.reported_status()
        n_steps = self.run.metadata["config"].get("n_steps", 0)
        try:
            write_status(self.run.path, Status(state, step=last.step, n_steps=n_steps, seconds=last.seconds, reason=reason))
        except OSError:
            return  # a full disk: the old status stays
