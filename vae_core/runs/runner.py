"""Train one run: carry out commands, write what is due, and leave the folder in a state that any worker can continue from."""

import time

from vae_core.common.errors import BadInput
from vae_core.runs.command_inbox import Command, CommandInbox
from vae_core.runs.lock import Lock
from vae_core.runs.pictures import Pictures
from vae_core.runs.run import Run, State
from vae_core.runs.saving import Saver
from vae_core.runs.status_writer import StatusWriter
from vae_core.training.loop import Training
from vae_core.training.record import Diverged, Record

INBOX_SECONDS = 0.05  # between two looks into the command inbox
PAUSE_SECONDS = 120.0  # a paused run stays in memory for so long
MAX_STEPS_AT_ONCE = 1000  # of one ``step`` command


class Runner:
    """The state machine of one run in memory: ``starting`` → ``running`` ⇄ ``paused`` → one of the final states.

    It owns the run's folder until ``close``. ``work`` trains for a slice of time; ``ended`` is true in a final state.
    ``preparation.PreparingRun`` makes it.
    """

    def __init__(
        self,
        run: Run,
        lock: Lock,
        training: Training,
        saver: Saver,
        pictures: Pictures,
        *,
        frame_steps: frozenset[int],
        snapshot_steps: frozenset[int],
    ):
        self.run, self.lock, self.training, self.saver, self.pictures = run, lock, training, saver, pictures
        self.frame_steps, self.snapshot_steps = frame_steps, snapshot_steps
        self.inbox = CommandInbox(run.path / "commands")
        metadata = run.metadata
        self.max_minutes = metadata.get("minutes")
        self.status = StatusWriter(run, training, metadata["config"].get("n_steps", 0))
        self.state: State = "starting"
        self.reason = ""
        self.ended = False
        self.steps_to_go: int | None = None  # of a ``step`` command; None trains to the end
        self._last_record: Record | None = None
        self._frame_due = self._snapshot_due = False
        self._paused_at = self._next_inbox = 0.0
        # changes of live settings that are logged for later steps, after a crash; all of them where training begins anew
        changes = run.changes()
        begun = training.step > 0
        self._pending_changes = [entry for entry in changes if not begun or entry["step"] > training.step]
        self._logged_change_ids = {entry["id"] for entry in changes}
        self._last_logged_step = max([e["step"] for e in run.history()] + [e["step"] for e in changes] + [0])

    # --- beginning and end

    def begin(self) -> None:
        """Write what belongs to the first step, and report ``running``; ``paused`` on a full disk."""
        try:
            self.saver.reserve_space()
            self.pictures.write_fixed_images()
            if self.training.step == 0:
                self.saver.add_initial_record()
                self._frame_due = self._snapshot_due = True
            self._write_due()
        except OSError as error:
            self._on_disk_full(error)
        if self.state == "starting":
            self.state = "running"
            self._write_status()
        self.status.restart_clock()
        self.saver.postpone_state()

    def stop(self) -> None:
        """Save everything and end, because the system asked the worker to end."""
        if not self.ended:
            self._pause_or_stop("stopped", "the worker was asked to end")

    def fail(self, reason: str) -> None:
        """End after an unexpected error."""
        self._end("failed", reason)

    def close(self) -> None:
        """Release the folder."""
        self.lock.release()

    # --- work

    def work(self, seconds: float) -> bool:
        """Train for about that long; return False if there was nothing to do."""
        until = time.monotonic() + seconds
        busy = False
        while not self.ended:
            now = time.monotonic()
            if now >= self._next_inbox:
                self._next_inbox = now + INBOX_SECONDS
                self.process_commands()
            if self.ended or self.state == "paused" or now >= until:
                break
            busy = True
            try:
                self.advance()
            except Diverged as error:
                self._pause_or_stop("failed", f"{error}")
            except OSError as error:
                self._on_disk_full(error)
            self._do_periodic_tasks()
        if self.state == "paused" and not self.ended:
            if time.monotonic() - self._paused_at > PAUSE_SECONDS:
                self._end("paused", self.reason)
            else:
                self._do_periodic_tasks()
        return busy

    def advance(self) -> None:
        """Train one step and write what is due after it; after a full disk, first what could not be written before."""
        training = self.training
        self._write_due()
        if self.ended:
            return
        self._apply_pending_changes()
        n_entries = len(training.history)
        self._last_record = training.advance()
        self.saver.add(training.history[n_entries:])
        self._frame_due = training.step in self.frame_steps
        self._snapshot_due = training.step in self.snapshot_steps
        if self.steps_to_go is not None:
            self.steps_to_go -= 1
        self._write_due()
        if self.ended:
            return
        if self.steps_to_go == 0:
            self._pause_or_stop("paused", "")
        elif self.max_minutes and training.seconds > 60 * self.max_minutes:
            self._pause_or_stop("stopped", f"its {self.max_minutes:g} minutes of training are used up")

    def _write_due(self) -> None:
        """Write the history, the frame, the snapshot, and after the last step the state.

        In this order, so that everything up to the step of a state is on the disk before the state.
        """
        self.saver.write_entries()
        if self._frame_due:
            self.pictures.write_frame()
            self._frame_due = False
        if self._snapshot_due:
            self.saver.save_snapshot()
            self._snapshot_due = False
        if self.training.step >= self.training.config.n_steps:
            self.saver.save_state()
            self._end("finished", "")

    def _apply_pending_changes(self) -> None:
        while self._pending_changes and self._pending_changes[0]["step"] <= self.training.step:
            self.training.update(self._pending_changes.pop(0)["change"])

    def _do_periodic_tasks(self) -> None:
        """Write the status, the live frame and the state when they are due; none of it changes the training."""
        if self.ended:
            return
        if self.status.due:
            if self.state == "running":
                self.status.update_speed()
            self._write_status()
        if self.state != "running":
            return
        try:
            if self.pictures.live_due:
                self.pictures.write_live_frame()
            if self.saver.state_due:
                self.saver.save_state()
        except OSError as error:
            self._on_disk_full(error)

    # --- commands

    def process_commands(self) -> None:
        """Carry out the commands in the inbox."""
        for command in self.inbox.pending():
            if command.name == "set" and self.training.step < self._last_logged_step:
                # after a crash, steps that the history has already are repeated: a new change must not come before logged ones
                continue
            try:
                self._carry_out(command)
            except OSError as error:
                self._on_disk_full(error)
                return
            self.inbox.remove(command)
            if self.ended:
                return

    def _carry_out(self, command: Command) -> None:
        if command.name == "play":
            self._play(None)
        elif command.name == "step":
            self._play(min(max(command.n, 1), MAX_STEPS_AT_ONCE))
        elif command.name == "pause":
            self._pause_or_stop("paused", "")
        elif command.name == "stop":
            self._pause_or_stop("stopped", "")
        elif command.name == "set" and command.id not in self._logged_change_ids:
            self._change_settings(command.id, command.changes or {})

    def _play(self, n_steps: int | None) -> None:
        self.steps_to_go = n_steps
        self.state, self.reason = "running", ""
        self.status.restart_clock()
        self._write_status()

    def _change_settings(self, change_id: str, changes: dict) -> None:
        """Log the change before applying it, so that the history is complete; report a change that is not allowed."""
        config = self.training.config
        before = {name: config.value_of(name) for name in changes if name in config.live_fields()}
        try:
            config.with_changes(changes)
        except BadInput as error:
            self.reason = f"{error}"
            self._write_status()
            return
        self._apply_pending_changes()  # a change that is logged for this very step comes first
        self.saver.history_writer.append({"step": self.training.step, "change": changes, "before": before, "id": change_id})
        self._logged_change_ids.add(change_id)
        self.training.update(changes)
        self.reason = ""

    # --- changes of state

    def _pause_or_stop(self, state: State, reason: str) -> None:
        """Save everything, then pause or end."""
        self.reason = reason
        try:
            self._save_everything()
        except OSError as error:
            self._on_disk_full(error)
            return
        if state == "paused":
            self._pause()
        else:
            self._end(state, reason)

    def _save_everything(self) -> None:
        """Save the record, the frame and the state of the current step."""
        self.saver.write_extra_entry(self._last_record)
        self.pictures.write_live_frame()
        self.saver.save_state()

    def _on_disk_full(self, error: OSError) -> None:
        """Pause and report the error; everything that is on the disk stays there."""
        self.saver.release_space()
        self.steps_to_go = None
        cause = error.strerror or error
        self.reason = (
            f"the run cannot be written to the disk ({cause}): free some space, then press Play; earlier steps are saved"
        )
        self._pause()

    def _pause(self) -> None:
        self.state, self._paused_at = "paused", time.monotonic()
        self._write_status()

    def _end(self, state: State, reason: str) -> None:
        self.state, self.reason, self.ended = state, reason, True
        self._write_status()

    def _write_status(self) -> None:
        self.status.write(self.state, self.reason)
