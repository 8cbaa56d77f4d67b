"""Write the frames of a run: those of the schedule, and the live frame while a page shows the run."""

import time

from vae_core.common.files import write_npz
from vae_core.data import Dataset
from vae_core.runs.frames import FrameRenderer
from vae_core.runs.run import Run
from vae_core.training.loop import Training

LIVE_SECONDS = 1.0  # between live frames
WATCHED_SECONDS = 5.0  # a run that a page showed that recently counts as watched


class Pictures:
    """Render and write the frames of one training."""

    def __init__(self, run: Run, training: Training, held_out: Dataset):
        self._run, self._training = run, training
        self.renderer = FrameRenderer(held_out, training.config.data_seed)
        before = [step for step in run.frames() if step <= training.step]
        self.renderer.align_to(run.frame(before[-1]) if before else None)
        self._next_live = 0.0

    @property
    def live_due(self) -> bool:
        """Whether a page shows the run and the last live frame is old enough."""
        return time.monotonic() >= self._next_live and time.time() - self._run.last_watched < WATCHED_SECONDS

    def write_fixed_images(self) -> None:
        self.renderer.write_fixed_images(self._run.path / "fixed.npz")

    def write_live_frame(self) -> None:
        self._write_live(self.renderer.render(self._training.model))

    def write_frame(self) -> None:
        """Write the frame of this step, which is the live frame too."""
        frame = self.renderer.render(self._training.model)
        write_npz(self._run.path / "frames" / f"{self._training.step:08d}.npz", frame, compress=False)
        self._write_live(frame)

    def _write_live(self, frame: dict) -> None:
        write_npz(self._run.path / "live.npz", frame, compress=False)
        self._next_live = time.monotonic() + LIVE_SECONDS
