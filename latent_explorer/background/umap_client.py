"""UMAP in a process of its own: the compilation by numba and the projections never block the server.

A projection is known by its content, the latent codes and the settings. It is looked up in a folder first. A projection that
has to be computed is one ``ProjectionJob`` with its progress, for all visitors that ask for it. Each job has two parts: a
sketch of few epochs to look at, then the final map. The sketches of all jobs come before the final maps.
"""

import atexit
import contextlib
import itertools
import queue
import threading
from dataclasses import dataclass, field

import numpy as np

from latent_explorer.background.projection_files import REFINED, SKETCH, projection_key, store_projection
from vae_core.common.processes import HelperProcess
from vae_core.latent.projection import Projection

MODULE = "latent_explorer.background.umap_worker"


@dataclass(eq=False)
class ProjectionJob:
    """A projection that is being computed."""

    key: str
    codes: np.ndarray = field(repr=False)
    settings: dict
    progress: float = 0.0  # of the current part, 0 to 1
    sketch: Projection | None = None
    result: Projection | None = None
    failure: str | None = None
    cancelled: bool = False
    done: threading.Event = field(default_factory=threading.Event)


class Projector:
    """A queue of projections, and the process that computes them one after the other."""

    def __init__(self):
        # (a sketch exists, number, job): sketches first, each in the order of the requests
        self._queue: queue.PriorityQueue[tuple[bool, int, ProjectionJob]] = queue.PriorityQueue()
        self._count = itertools.count()
        self._jobs: dict[str, ProjectionJob] = {}
        self._lock = threading.Lock()
        self._process: HelperProcess | None = None
        self._current: ProjectionJob | None = None
        threading.Thread(target=self._work, daemon=True, name="projector").start()
        atexit.register(self.close)

    def warm(self) -> None:
        """Start the process and let it compile, with a projection of random points that is not shown."""
        self.request(np.random.default_rng(0).normal(size=(200, 4)).astype(np.float32), {})

    def request(self, codes: np.ndarray, settings: dict) -> ProjectionJob:
        """Return the job that projects these codes with these settings: the one that exists, or a new one."""
        key = projection_key(codes, settings)
        with self._lock:
            job = self._jobs.get(key)
            if job is None or job.cancelled or job.failure:
                job = self._jobs[key] = ProjectionJob(key, np.array(codes), dict(settings))
                self._put(job)
                current = self._current
                if current is not None and current.sketch is not None:
                    self._interrupt(current)  # its sketch can be looked at, and its final map is computed later
        return job

    def jobs_ahead(self, job: ProjectionJob) -> int:
        """Return the number of jobs that are computed before this one."""
        waiting = [item[-1] for item in sorted(self._queue.queue)]
        return waiting.index(job) + (self._current is not None) if job in waiting else 0

    def cancel(self, job: ProjectionJob) -> None:
        """Cancel a job; a computation stops at its next epoch."""
        job.cancelled = True
        if self._current is job:
            self._interrupt(job)
        job.done.set()

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            process.stop()

    def _put(self, job: ProjectionJob) -> None:
        self._queue.put((job.sketch is not None, next(self._count), job))

    def _work(self) -> None:
        """Compute the parts of all jobs, for ever; the thread of this projector."""
        while True:
            *_, job = self._queue.get()
            if not job.cancelled:
                self._current = job
                try:
                    self._compute(job)
                except (EOFError, OSError, ValueError) as error:  # the process has ended; the next job gets a new one
                    self.close()
                    job.failure = f"the UMAP process ended ({error or 'killed'}); please try again"
                self._current = None
            if job.result is not None or job.failure or job.cancelled:
                job.done.set()
                with self._lock:
                    if self._jobs.get(job.key) is job:
                        del self._jobs[job.key]
            else:
                self._put(job)

    def _interrupt(self, job: ProjectionJob) -> None:
        process = self._process
        if process is not None:
            with contextlib.suppress(OSError, ValueError):  # the process has ended
                process.send({"cancel": job.key})

    def _running_process(self) -> HelperProcess:
        # not multiprocessing: under Streamlit its children would run the page's script as their main module
        if self._process is None or not self._process.running:
            self._process = HelperProcess(MODULE, takes_messages=True, messages_on="stdout")
        return self._process

    def _compute(self, job: ProjectionJob) -> None:
        """Compute the next part of the job: its sketch or its final map; neither, if it is interrupted."""
        process, sketch = self._running_process(), job.sketch
        job.progress = 0.0
        # the request: codes, and for the final map the sketch as the start
        settings = job.settings | {"epochs": SKETCH if sketch is None else REFINED}
        content = np.ascontiguousarray(job.codes, dtype="<f4").tobytes()
        content += b"" if sketch is None else np.ascontiguousarray(sketch.xy, dtype="<f8").tobytes()
        process.send({"key": job.key, "shape": job.codes.shape, "has_start": sketch is not None, "settings": settings}, content)
        # the answers: progress, then a result, a failure or the confirmation of a cancellation
        for message in process.messages():
            fields = message.fields
            if "progress" in fields:
                job.progress = fields["progress"]
            elif "points" in fields:
                xy = np.frombuffer(message.content, "<f8").reshape(fields["points"], 2)
                if sketch is None:
                    job.sketch = Projection("UMAP", xy, fields["trustworthiness"], epochs=SKETCH)
                else:
                    job.result = Projection("UMAP", xy, fields["trustworthiness"], epochs=SKETCH + REFINED)
                    store_projection(job.key, job.result)
                job.progress = 1.0
                return
            elif "text" not in fields:
                job.failure = fields.get("failure")
                return
        raise EOFError("it was stopped")
