"""Report the status of a run while it trains."""

import time

from vae_core.common.devices import describe_device
from vae_core.runs.run import Run, State, Status, write_status
from vae_core.training.loop import Training

INTERVAL = 0.5  # seconds from one status to the next while nothing else changes


class StatusWriter:
    """Report the state and the speed of a training."""

    def __init__(self, run: Run, training: Training, n_steps: int):
        self._run, self._training, self._n_steps = run, training, n_steps
        self._device = describe_device(training.device)
        self._images_per_second = 0.0
        self._next = 0.0
        self.restart_clock()

    @property
    def due(self) -> bool:
        """Whether the last status is older than ``INTERVAL``."""
        return time.monotonic() >= self._next

    def restart_clock(self) -> None:
        """Measure the speed from now on, for example after a pause."""
        self._since, self._since_step = time.monotonic(), self._training.step

    def update_speed(self) -> None:
        """Average the speed since the last call with the speed before."""
        now, step = time.monotonic(), self._training.step
        if now - self._since <= INTERVAL / 2:
            return
        speed = (step - self._since_step) * self._training.config.batch_size / (now - self._since)
        self._images_per_second = 0.5 * self._images_per_second + 0.5 * speed if self._images_per_second else speed
        self.restart_clock()

    def write(self, state: State, reason: str) -> None:
        """Write the status now. On a full disk the old one stays; the next one may fit."""
        status = Status(
            state,
            step=self._training.step,
            n_steps=self._n_steps,
            seconds=round(self._training.seconds, 2),
            images_per_second=round(self._images_per_second, 1),
            device=self._device,
            reason=reason,
        )
        try:
            write_status(self._run.path, status)
        except OSError:
            return
        self._next = time.monotonic() + INTERVAL
