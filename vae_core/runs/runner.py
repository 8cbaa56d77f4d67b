"""The writer of one run: trains, obeys, and leaves the folder such that it can be taken up after any end."""

import json
import os
import time
from dataclasses import asdict
from pathlib import Path

from safetensors.torch import save_file
from torch import Tensor

from vae_core.common.devices import describe_device
from vae_core.common.errors import BadInput
from vae_core.common.files import write_atomically, write_npz, write_text
from vae_core.common.tensors import read_tensors
from vae_core.runs import frames
from vae_core.runs.command_inbox import Command, CommandInbox
from vae_core.runs.history_file import HistoryWriter
from vae_core.runs.lock import Lock
from vae_core.runs.run import Run, Status, steps_in
from vae_core.runs.splits import load_splits
from vae_core.training.loop import Diverged, Record, Training, record_to_json, round_floats, train

STATE_SECONDS = float(os.environ.get("LATENT_EXPLORER_STATE_SECONDS") or 10)  # between states: what a crash can cost
STATUS_SECONDS = 0.5
LIVE_SECONDS = 1.0  # between live frames, while somebody watches
WATCHED_SECONDS = 5.0  # somebody watches who looked that lately
INBOX_SECONDS = 0.05
PAUSE_SECONDS = 120.0  # a paused run keeps its place in memory for so long
RESERVE = 1 << 16  # bytes set aside, so that a full disk can still be reported


class Runner:
    """Owns the folder from its construction to ``close``. ``work`` trains for a slice of time; ``ended`` says it is over."""

    def __init__(self, run: Run, *, state_seconds: float = STATE_SECONDS):
        self.run, self.state_seconds = run, state_seconds
        self.lock = Lock(run.path)
        self.lock.take()
        self.about = run.metadata
        self.state, self.reason = "starting", ""
        self.training: Training | None = None
        self.steps_to_go: int | None = None  # of a ``step`` command
        self.ended = False
        self._speed = 0.0
        self._mark = (time.monotonic(), 0)
        self._last_record: Record | None = None
        self._unsaved_records: list[dict] = []  # of the journal, not yet written
        self._frame_due = self._snapshot_due = False
        self._last_logged_step = 0  # step of the newest line in the journal
        self._paused_at = 0.0
        self._next_state = self._next_status = self._next_live = self._next_inbox = 0.0

    # --- beginning and end

    def prepare(self) -> None:
        """Load the images, build the model, and go back to the newest state that is whole."""
        self._clear_leftovers()
        self.inbox = CommandInbox(self.run.path / "commands")
        self.history_writer = HistoryWriter(self.run.path / "history.jsonl")
        config = self.run.config()
        self._write_status("starting")
        try:
            train_set, test_set = load_splits(config)
            self.frame_steps = frozenset(frames.frame_steps(config.n_steps, slow=config.network.autoregressive))
            self.snapshot_steps = frozenset(frames.log_spaced(config.n_steps, 2.0))
            self.training = train(config, train_set, test_set, device="auto", measure_at=self.frame_steps)
        except BadInput as error:
            self._end("failed", f"{error}")
            return
        self.renderer = frames.FrameRenderer(test_set, config.data_seed)
        self._resume()
        try:
            self._reserve_space()
            self.renderer.write_fixed_images(self.run.path / "fixed.npz")
            if self.training.step == 0:
                self._unsaved_records = [{"step": 0, "held_out": round_floats(asdict(self.training.measure()))}]
                self._frame_due = self._snapshot_due = True
            self._write_due()
        except OSError as error:
            self._on_disk_full(error)
        if self.state == "starting":
            self.state = "running"
            self._write_status("running")
        self._mark = (time.monotonic(), self.training.step)
        self._next_state = time.monotonic() + self.state_seconds

    def _clear_leftovers(self) -> None:
        """What a killed worker had half written, under its temporary names."""
        for folder in (self.run.path, *(self.run.path / name for name in ("frames", "snapshots", "state"))):
            folder.mkdir(exist_ok=True)
            for path in folder.glob(".*.*"):
                if path.name != ".guard":
                    path.unlink(missing_ok=True)

    def _resume(self) -> None:
        """The newest whole state, with the weights of its time; later changes wait for their steps."""
        changes, history = self.run.changes(), self.run.history()
        for step in reversed(steps_in(self.run.path / "state", ".safetensors")):
            try:
                state = read_tensors(self.run.path / "state" / f"{step:08d}.safetensors")
            except BadInput:
                continue  # the one before it
            seconds = float(state.pop("seconds"))
            kept = [e for e in history if 0 < e["step"] <= step and not e.get("extra")]
            for entry in changes:
                if entry["step"] <= step:
                    self.training.update(entry["change"])
            self.training.restore(state, kept, seconds)
            break
        at = self.training.step
        self.pending_changes = [entry for entry in changes if entry["step"] > at]
        if at == 0:
            self.pending_changes = list(changes)  # those made before the first step too
        self.logged_change_ids = {entry["id"] for entry in changes}
        self.last_logged = max([e["step"] for e in history] + [e["step"] for e in changes] + [0])
        before = [step for step in self.run.frames() if step <= at]
        self.renderer.align_to(self.run.frame(before[-1]) if before else None)

    def _reserve_space(self) -> None:
        reserve = self.run.path / "reserve"
        if not reserve.exists():
            reserve.write_bytes(b"\0" * RESERVE)

    def close(self) -> None:
        """Let go of the folder."""
        self.training = None
        self.lock.release()

    # --- work

    def work(self, seconds: float) -> bool:
        """Train for about that long; False where there was nothing to do."""
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
                self._advance()
            except Diverged as error:
                self._pause_or_stop("failed", f"{error}")
            except OSError as error:
                self._on_disk_full(error)
            self._periodic_tasks()
        if self.state == "paused" and time.monotonic() - self._paused_at > PAUSE_SECONDS:
            self._end("paused", self.reason)
        elif self.state == "paused":
            self._periodic_tasks()
        return busy

    def stop(self) -> None:
        """The machine goes down, or somebody ended the worker: as a stop."""
        if not self.ended and self.training is not None:
            self._pause_or_stop("stopped", "the worker was asked to end")

    def fail(self, reason: str) -> None:
        """An error that nobody foresaw."""
        self._end("failed", reason)

    def _advance(self) -> None:
        """One step, and what is to be written after it; after a full disk, first what could not be."""
        training = self.training
        self._write_due()
        if self.ended:
            return
        self._apply_pending_changes()
        before = len(training.history)
        self._last_record = training.advance()
        step = training.step
        self._unsaved_records += training.history[before:]
        self._frame_due, self._snapshot_due = step in self.frame_steps, step in self.snapshot_steps
        if self.steps_to_go is not None:
            self.steps_to_go -= 1
        self._write_due()
        if self.steps_to_go == 0 and not self.ended:
            self._pause_or_stop("paused", "")
        elif (minutes := self.about.get("minutes")) and training.seconds > 60 * minutes and not self.ended:
            self._pause_or_stop("stopped", f"its {minutes:g} minutes of training are used up")

    def _write_due(self) -> None:
        """Lines, frame, snapshot, and after the last step the state: in this order, so that a state never lacks its past."""
        while self._unsaved_records:
            self.history_writer.append(self._unsaved_records[0])
            self._last_logged_step = self._unsaved_records.pop(0)["step"]
        if self._frame_due:
            self._save_frame()
            self._frame_due = False
        if self._snapshot_due:
            self._save_snapshot()
            self._snapshot_due = False
        if self.training.step >= self.training.config.n_steps:
            self._save_state()
            self._end("finished", "")

    def _apply_pending_changes(self) -> None:
        while self.pending_changes and self.pending_changes[0]["step"] <= self.training.step:
            self.training.update(self.pending_changes.pop(0)["change"])

    # --- commands

    def process_commands(self) -> None:
        for command in self.inbox.pending():
            if command.name == "set" and self._is_repeating():
                continue  # a change cannot come before one that was made already: it waits until they have been repeated
            try:
                getattr(self, f"_{command.name}")(command)
            except OSError as error:
                self._on_disk_full(error)
                return
            self.inbox.remove(command)
            if self.ended:
                return

    def _is_repeating(self) -> bool:
        """After a crash: still repeating what the history knows already."""
        return self.training.step < self.last_logged

    def _play(self, command: Command) -> None:
        self.steps_to_go = None
        self.state, self.reason = "running", ""
        self._mark = (time.monotonic(), self.training.step)
        self._write_status("running")

    def _pause(self, command: Command) -> None:
        self._pause_or_stop("paused", "")

    def _step(self, command: Command) -> None:
        self._play(command)
        self.steps_to_go = min(max(command.n, 1), 1000)

    def _stop(self, command: Command) -> None:
        self._pause_or_stop("stopped", "")

    def _set(self, command: Command) -> None:
        """First into the history, then into effect: what has acted is always on record."""
        if command.id in self.logged_change_ids:
            return
        changes = command.changes or {}
        config = self.training.config
        before = {name: config.value_of(name) for name in changes if name in config.live_fields()}
        try:
            config.with_changes(changes)
        except BadInput as error:
            self.reason = f"{error}"
            self._write_status(self.state)
            return
        self._apply_pending_changes()  # a known change of this very step comes first
        entry = {"step": self.training.step, "change": changes, "before": before, "id": command.id}
        self.history_writer.append(entry)
        self.logged_change_ids.add(command.id)
        self.training.update(changes)
        self.reason = ""

    # --- writing

    def _pause_or_stop(self, state: str, reason: str) -> None:
        """Stand still, with everything on the disk."""
        self.reason = reason
        try:
            self._save_everything()
        except OSError as error:
            self._on_disk_full(error)
            return
        if state == "paused":
            self.state, self._paused_at = "paused", time.monotonic()
            self._write_status("paused")
        else:
            self._end(state, reason)

    def _save_everything(self) -> None:
        """All of the present moment: its record, its frame, its state."""
        if self._last_record and self._last_logged_step < self.training.step:
            self.history_writer.append(record_to_json(self._last_record) | {"extra": True})
            self._last_logged_step = self.training.step
        self._render_live_frame()
        self._save_state()

    def _on_disk_full(self, error: OSError) -> None:
        """The disk does not take any more: stand still, say so, and lose nothing that is there."""
        (self.run.path / "reserve").unlink(missing_ok=True)
        self.steps_to_go = None
        self.state, self._paused_at = "paused", time.monotonic()
        self.reason = f"the disk takes no more ({error.strerror or error}): make room, then press play; earlier steps are kept"
        self._write_status("paused")

    def _end(self, state: str, reason: str) -> None:
        self.state, self.reason, self.ended = state, reason, True
        self._write_status(state)

    def _write_status(self, state: str) -> None:
        training = self.training
        status = Status(
            state,
            step=training.step if training else self.run.reported_status().step,
            n_steps=self.about["config"].get("n_steps", 0),
            seconds=round(training.seconds, 2) if training else self.run.reported_status().seconds,
            images_per_second=round(self._speed, 1),
            device=describe_device(training.device) if training else "",
            reason=self.reason,
        )
        try:
            write_text(self.run.path / "status.json", json.dumps(asdict(status)))
        except OSError:
            return  # a full disk: the next one may fit
        self._next_status = time.monotonic() + STATUS_SECONDS

    def _periodic_tasks(self) -> None:
        """What happens by the clock; none of it touches the training."""
        now = time.monotonic()
        if self.ended:
            return
        if now >= self._next_status:
            since, step = self._mark
            if self.state == "running" and now - since > STATUS_SECONDS / 2:
                pace = (self.training.step - step) * self.training.config.batch_size / (now - since)
                self._speed = pace if not self._speed else 0.5 * self._speed + 0.5 * pace
                self._mark = (now, self.training.step)
            self._write_status(self.state)
        if self.state != "running":
            return
        try:
            if now >= self._next_live and time.time() - self.run.last_watched < WATCHED_SECONDS:
                self._render_live_frame()
            if now >= self._next_state:
                self._save_state()
        except OSError as error:
            self._on_disk_full(error)

    def _render_live_frame(self) -> None:
        self._write_live_frame(self.renderer.render(self.training.model))

    def _save_frame(self) -> None:
        frame = self.renderer.render(self.training.model)
        write_npz(self.run.path / "frames" / f"{self.training.step:08d}.npz", frame, compress=False)
        self._write_live_frame(frame)

    def _write_live_frame(self, frame: dict) -> None:
        write_npz(self.run.path / "live.npz", frame, compress=False)
        self._next_live = time.monotonic() + LIVE_SECONDS

    def _save_snapshot(self) -> None:
        """The kept weights of this step."""
        save(self.run.path / "snapshots" / f"{self.training.step:08d}.safetensors", self.training.averaged.state_dict())

    def _save_state(self) -> None:
        """The state, durable, and only then the end of the one before the last."""
        import torch

        state = self.training.state() | {"seconds": torch.tensor(self.training.seconds, dtype=torch.float64)}
        folder = self.run.path / "state"
        save(folder / f"{self.training.step:08d}.safetensors", state)
        for old in steps_in(folder, ".safetensors")[:-2]:
            (folder / f"{old:08d}.safetensors").unlink(missing_ok=True)
        self._next_state = time.monotonic() + self.state_seconds


def save(path: Path, tensors: dict[str, Tensor]) -> None:
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}

    def write(temporary: Path) -> None:
        try:
            save_file(plain, temporary)
        except Exception as error:  # safetensors wraps what the system said into an error of its own
            if isinstance(error, OSError):
                raise
            raise OSError(f"{error}") from None

    write_atomically(path, write, durable=True)
