"""Write and restore a run's history, snapshots and states, so that the run can continue after any end."""

import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from vae_core.common.errors import BadInput
from vae_core.common.files import write_atomically
from vae_core.common.tensors import read_tensors
from vae_core.runs.history_file import HistoryWriter
from vae_core.runs.run import Run, steps_in
from vae_core.training.loop import Training
from vae_core.training.record import Record, round_floats

RESERVED_BYTES = 1 << 16  # kept in a file that is deleted on a full disk, so that the status can still be written


def clear_leftovers(run: Run) -> None:
    """Create the folders of a run, and delete the incomplete temporary files of a killed worker."""
    for folder in (run.path, *(run.path / name for name in ("frames", "snapshots", "state"))):
        folder.mkdir(exist_ok=True)
        for path in folder.glob(".*.*"):
            if path.name != ".guard":
                path.unlink(missing_ok=True)


def restore_newest_state(run: Run, training: Training) -> None:
    """Put a training into the newest complete state of the run, with the live settings of that step."""
    history, changes = run.history(), run.changes()
    for step in reversed(steps_in(run.path / "state", ".safetensors")):
        try:
            state = read_tensors(run.path / "state" / f"{step:08d}.safetensors")
        except BadInput:
            continue  # incomplete or damaged: the state before it
        seconds = float(state.pop("seconds"))
        for entry in changes:
            if entry["step"] <= step:
                training.update(entry["change"])
        training.restore(state, [e for e in history if 0 < e["step"] <= step and not e.get("extra")], seconds)
        return


class Saver:
    """Write the history, the snapshots and the states of one training."""

    def __init__(self, run: Run, training: Training, *, state_seconds: float):
        self._run, self._training, self._state_seconds = run, training, state_seconds
        self.history_writer = HistoryWriter(run.path / "history.jsonl")
        self._unsaved: list[dict] = []  # entries of the history that are not on the disk yet
        self._last_step = 0  # of the newest entry on the disk
        self.postpone_state()

    # --- history

    def add(self, entries: list[dict]) -> None:
        """Queue entries of the history; ``write_entries`` writes them."""
        self._unsaved += entries

    def add_initial_record(self) -> None:
        """Queue the entry of step 0: the untrained model, measured."""
        self.add([{"step": 0, "held_out": round_floats(asdict(self._training.measure()))}])

    def write_entries(self) -> None:
        """Write all queued entries; after an ``OSError`` the rest stays in the queue."""
        while self._unsaved:
            self.history_writer.append(self._unsaved[0])
            self._last_step = self._unsaved.pop(0)["step"]

    def write_extra_entry(self, record: Record | None) -> None:
        """Write the record of the current step, if the regular schedule does not: the step of a pause or a stop."""
        if record is not None and self._last_step < self._training.step:
            self.history_writer.append(record.to_json() | {"extra": True})
            self._last_step = self._training.step

    # --- weights

    @property
    def state_due(self) -> bool:
        """Whether the last state is older than the interval between states."""
        return time.monotonic() >= self._next_state

    def postpone_state(self) -> None:
        """Let the next state be due one interval from now on."""
        self._next_state = time.monotonic() + self._state_seconds

    def save_snapshot(self) -> None:
        """Save the averaged weights of this step."""
        path = self._run.path / "snapshots" / f"{self._training.step:08d}.safetensors"
        save_tensors(path, self._training.averaged.state_dict())

    def save_state(self) -> None:
        """Save the state of this step; only when it is on the disk, delete the one before the last."""
        state = self._training.state() | {"seconds": torch.tensor(self._training.seconds, dtype=torch.float64)}
        folder = self._run.path / "state"
        save_tensors(folder / f"{self._training.step:08d}.safetensors", state)
        for old in steps_in(folder, ".safetensors")[:-2]:
            (folder / f"{old:08d}.safetensors").unlink(missing_ok=True)
        self.postpone_state()

    # --- space

    def reserve_space(self) -> None:
        """Set some bytes aside, which ``release_space`` gives free on a full disk."""
        reserve = self._run.path / "reserve"
        if not reserve.exists():
            reserve.write_bytes(b"\0" * RESERVED_BYTES)

    def release_space(self) -> None:
        (self._run.path / "reserve").unlink(missing_ok=True)


def save_tensors(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """Save tensors as safetensors, atomically and durably.

    Raises:
        OSError: the disk does not take the file.
    """
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}

    def write(temporary: Path) -> None:
        try:
            save_file(plain, temporary)
        except OSError:
            raise
        except Exception as error:  # safetensors wraps the system's error in one of its own
            raise OSError(f"{error}") from None

    write_atomically(path, write, durable=True)
