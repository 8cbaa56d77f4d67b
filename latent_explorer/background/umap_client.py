"""UMAP in a process of its own, compiled ahead: no visitor waits for numba, and a projection never holds the server.

A projection is known by its content, the codes and the settings. It is looked for in a folder first, so that it outlives the
server; what has to be computed is one ``ProjectionJob`` with its progress, whoever asks for it. Each is drawn twice: a sketch of
few epochs, to look at, and from there the map, for which nobody waits; so the sketches of all come first.
"""

import atexit
import contextlib
import hashlib
import itertools
import json
import os
import queue
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from vae_core.common.errors import BadInput
from vae_core.common.files import write_npz
from vae_core.data.untrusted import Limits, stored_arrays
from vae_core.latent.projection import Projection

CACHE = Path(os.environ.get("LATENT_EXPLORER_CACHE", Path.home() / ".cache" / "latent-explorer")) / "projections"
MOST_BYTES = 256 << 20  # of the folder; the longest unused go first
LIMITS = Limits(total_bytes=64 << 20)
SKETCH = 40  # epochs of the first drawing
REFINED = 160  # epochs more


@dataclass(eq=False)
class ProjectionJob:
    """A projection under way."""

    key: str
    codes: np.ndarray = field(repr=False)
    settings: dict
    progress: float = 0.0  # of the drawing under way
    sketch: Projection | None = None
    result: Projection | None = None
    failure: str | None = None
    cancelled: bool = False
    done: threading.Event = field(default_factory=threading.Event)


def projection_key(codes: np.ndarray, settings: dict) -> str:
    """The content that decides a projection."""
    said = json.dumps([settings, SKETCH, REFINED, codes.shape, str(codes.dtype)], sort_keys=True)
    return hashlib.sha256(said.encode() + np.ascontiguousarray(codes).tobytes()).hexdigest()[:32]


def read_stored(key: str) -> Projection | None:
    """The stored projection, if it is there and can be read."""
    path = CACHE / f"{key}.npz"
    if not path.is_file():
        return None
    try:
        with stored_arrays(path, LIMITS) as stored:
            xy, trust = stored["xy"].read(), stored["trust"].read()
        os.utime(path)
    except (BadInput, KeyError, OSError):
        return None  # it is computed again, and written over
    trust = None if np.isnan(trust) else float(trust)
    return Projection("UMAP", xy.astype(np.float64), trust, epochs=SKETCH + REFINED)


def store_projection(key: str, made: Projection) -> None:
    """Store a projection, and forget the longest unused ones where there are too many. A full disk is no error here."""
    trust = np.nan if made.trustworthiness is None else made.trustworthiness

    with contextlib.suppress(OSError):
        write_npz(CACHE / f"{key}.npz", {"xy": made.xy.astype(np.float32), "trust": np.float64(trust)}, compress=False)
        files = sorted(CACHE.glob("*.npz"), key=lambda f: f.stat().st_mtime, reverse=True)
        total = 0
        for file in files:
            total += file.stat().st_size
            if total > MOST_BYTES:
                file.unlink()


class Projector:
    """A queue of projections and the process that works it off."""

    def __init__(self):
        self._queue: queue.PriorityQueue = queue.PriorityQueue()  # sketches first, in the order in which they were asked
        self._count = itertools.count()
        self._asked: dict[str, ProjectionJob] = {}
        self._lock = threading.Lock()
        self._process: subprocess.Popen | None = None
        self._now: ProjectionJob | None = None
        threading.Thread(target=self._work, daemon=True, name="projector").start()
        atexit.register(self.close)

    def warm(self) -> None:
        """Start the process and let it compile, on points that nobody looks at."""
        self.request(np.random.default_rng(0).normal(size=(200, 4)).astype(np.float32), {})

    def request(self, codes: np.ndarray, settings: dict) -> ProjectionJob:
        """The projection of these codes: the one that is on its way, or a new one behind those that others wait for."""
        key = projection_key(codes, settings)
        with self._lock:
            job = self._asked.get(key)
            if job is None or job.cancelled or job.failure:
                job = self._asked[key] = ProjectionJob(key, np.array(codes), dict(settings))
                self._put(job)
                now = self._now
                if now is not None and now.sketch is not None:
                    self._interrupt(now)  # it can be looked at, and is taken up again afterwards
        return job

    def jobs_ahead(self, job: ProjectionJob) -> int:
        """How many others are to be drawn before this one."""
        waiting = [item[-1] for item in sorted(self._queue.queue)]
        return waiting.index(job) + (self._now is not None) if job in waiting else 0

    def cancel(self, job: ProjectionJob) -> None:
        """Nobody waits for it any more; what is being drawn stops at its next epoch."""
        job.cancelled = True
        if self._now is job:
            self._interrupt(job)
        job.done.set()

    def close(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            process.wait(10)
            for pipe in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):
                    pipe.close()

    def _put(self, job: ProjectionJob) -> None:
        self._queue.put((job.sketch is not None, next(self._count), job))

    def _work(self) -> None:
        while True:
            *_, job = self._queue.get()
            if not job.cancelled:
                self._now = job
                try:
                    self._draw(job)
                except (EOFError, OSError, ValueError) as error:  # the process died; the next one asked gets a new one
                    self.close()
                    job.failure = f"the projection's process ended ({error or 'killed'}); ask again"
                self._now = None
            if job.result is not None or job.failure or job.cancelled:
                job.done.set()
                with self._lock:
                    if self._asked.get(job.key) is job:
                        del self._asked[job.key]
            else:
                self._put(job)

    def _interrupt(self, job: ProjectionJob) -> None:
        with contextlib.suppress(OSError, AttributeError):  # there is no process, or no longer
            self._tell({"cancel": job.key})

    def _tell(self, message: dict, content: bytes = b"") -> None:
        self._process.stdin.write(json.dumps(message).encode() + b"\n" + content)
        self._process.stdin.flush()

    def _draw(self, job: ProjectionJob) -> None:
        """The job's next drawing, its sketch or its result; neither, if it is interrupted."""
        if self._process is None or self._process.poll() is not None:
            # not multiprocessing: under Streamlit its children would run the page's script as their main module
            paths = os.pathsep.join(filter(None, [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH")]))
            self._process = subprocess.Popen(
                [sys.executable, "-m", "latent_explorer.background.umap_worker"], env=os.environ | {"PYTHONPATH": paths},
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        sketch, job.progress = job.sketch, 0.0
        settings = job.settings | {"epochs": SKETCH if sketch is None else REFINED}
        content = np.ascontiguousarray(job.codes, dtype="<f4").tobytes()
        content += b"" if sketch is None else np.ascontiguousarray(sketch.xy, dtype="<f8").tobytes()
        self._tell({"key": job.key, "shape": job.codes.shape, "begun": sketch is not None, "settings": settings}, content)
        answers = self._process.stdout
        while line := answers.readline():
            answer = json.loads(line)
            if "share" in answer:
                job.progress = answer["share"]
            elif "points" in answer:
                n = answer["points"]
                xy = np.frombuffer(answers.read(16 * n), "<f8").reshape(n, 2)
                if sketch is None:
                    job.sketch = Projection("UMAP", xy, answer["trustworthiness"], epochs=SKETCH)
                else:
                    job.result = Projection("UMAP", xy, answer["trustworthiness"], epochs=SKETCH + REFINED)
                    store_projection(job.key, job.result)
                job.progress = 1.0
                return
            else:
                job.failure = answer.get("failure")
                return
        raise EOFError("it was stopped")
