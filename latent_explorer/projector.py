"""UMAP in a process of its own, compiled ahead: no visitor waits for numba, and a projection never holds the server.

A projection is known by its content, the codes and the settings. It is looked for in a folder first, so that it outlives the
server; what has to be computed is one ``Projecting`` with its progress, whoever asks for it.
"""

import atexit
import contextlib
import hashlib
import json
import os
import queue
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from vae_core.errors import BadInput
from vae_core.files import write_atomically
from vae_core.projection import Projection
from vae_core.untrusted import Limits, stored_arrays

CACHE = Path(os.environ.get("LATENT_EXPLORER_CACHE", Path.home() / ".cache" / "latent-explorer")) / "projections"
MOST_BYTES = 256 << 20  # of the folder; the longest unused go first
LIMITS = Limits(total_bytes=64 << 20)


@dataclass(eq=False)
class Projecting:
    """A projection under way."""

    key: str
    share: float = 0.0
    result: Projection | None = None
    failure: str | None = None
    cancelled: bool = False
    done: threading.Event = field(default_factory=threading.Event)


def key_of(codes: np.ndarray, method: str, settings: dict) -> str:
    """The content that decides a projection."""
    said = json.dumps([method, settings, codes.shape, str(codes.dtype)], sort_keys=True)
    return hashlib.sha256(said.encode() + np.ascontiguousarray(codes).tobytes()).hexdigest()[:32]


def find(key: str) -> Projection | None:
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
    return Projection("UMAP", xy.astype(np.float64), None if np.isnan(trust) else float(trust))


def keep(key: str, made: Projection) -> None:
    """Store a projection, and forget the longest unused ones where there are too many. A full disk is no error here."""
    trust = np.nan if made.trustworthiness is None else made.trustworthiness

    def write(temporary: Path) -> None:
        with temporary.open("wb") as file:
            np.savez(file, xy=made.xy.astype(np.float32), trust=np.float64(trust))

    with contextlib.suppress(OSError):
        write_atomically(CACHE / f"{key}.npz", write)
        files = sorted(CACHE.glob("*.npz"), key=lambda f: f.stat().st_mtime, reverse=True)
        total = 0
        for file in files:
            total += file.stat().st_size
            if total > MOST_BYTES:
                file.unlink()


class Projector:
    """A queue of projections and the process that works it off."""

    def __init__(self):
        self._queue: queue.Queue = queue.Queue()
        self._asked: dict[str, Projecting] = {}
        self._lock = threading.Lock()
        self._process: subprocess.Popen | None = None
        self._now: Projecting | None = None
        threading.Thread(target=self._work, daemon=True, name="projector").start()
        atexit.register(self.close)

    def warm(self) -> None:
        """Start the process and let it compile, on points that nobody looks at."""
        self.ask(np.random.default_rng(0).normal(size=(200, 4)).astype(np.float32), "umap", {"epochs": 2})

    def ask(self, codes: np.ndarray, method: str, settings: dict) -> Projecting:
        """The projection of these codes: the one that is on its way, or a new one at the end of the queue."""
        key = key_of(codes, method, settings)
        with self._lock:
            job = self._asked.get(key)
            if job is None or job.cancelled or job.failure:
                job = self._asked[key] = Projecting(key)
                self._queue.put((job, np.array(codes), method, dict(settings)))
        return job

    def ahead(self, job: Projecting) -> int:
        """How many others are to be computed before this one."""
        waiting = [item[0] for item in list(self._queue.queue)]
        return waiting.index(job) + (self._now is not None) if job in waiting else 0

    def cancel(self, job: Projecting) -> None:
        """Nobody waits for it any more; what is being computed stops at its next epoch."""
        job.cancelled = True
        if self._now is job:
            with contextlib.suppress(OSError, AttributeError):
                self._tell({"cancel": job.key})
        job.done.set()

    def close(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            process.wait(10)
            for pipe in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):
                    pipe.close()

    def _work(self) -> None:
        while True:
            job, codes, method, settings = self._queue.get()
            if not job.cancelled:
                self._now = job
                try:
                    self._run(job, codes, method, settings)
                except (EOFError, OSError, ValueError) as error:  # the process died; the next one asked gets a new one
                    self.close()
                    job.failure = f"the projection's process ended ({error or 'killed'}); ask again"
                self._now = None
            job.done.set()
            with self._lock:
                self._asked.pop(job.key, None)

    def _tell(self, message: dict, content: bytes = b"") -> None:
        self._process.stdin.write(json.dumps(message).encode() + b"\n" + content)
        self._process.stdin.flush()

    def _run(self, job: Projecting, codes: np.ndarray, method: str, settings: dict) -> None:
        if self._process is None or self._process.poll() is not None:
            # not multiprocessing: under Streamlit its children would run the page's script as their main module
            paths = os.pathsep.join(filter(None, [str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH")]))
            self._process = subprocess.Popen(
                [sys.executable, "-m", "latent_explorer.projections"], env=os.environ | {"PYTHONPATH": paths},
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        codes = np.ascontiguousarray(codes, dtype="<f4")
        self._tell({"key": job.key, "shape": codes.shape, "method": method, "settings": settings}, codes.tobytes())
        answers = self._process.stdout
        while line := answers.readline():
            answer = json.loads(line)
            if "share" in answer:
                job.share = answer["share"]
            elif "points" in answer:
                n = answer["points"]
                xy = np.frombuffer(answers.read(16 * n), "<f8").reshape(n, 2)
                job.result = Projection(answer["method"], xy, answer["trustworthiness"])
                keep(job.key, job.result)
                job.share = 1.0
                return
            else:
                job.cancelled, job.failure = answer.get("cancelled", False), answer.get("failure")
                return
        raise EOFError("it was stopped")
