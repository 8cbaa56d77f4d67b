"""The UMAP process: ``python -m latent_explorer.background.umap_worker`` reads jobs and writes progress and projections.

Messages are those of ``vae_core.common.messages``. A job is ``{"key", "shape", "settings", "has_start"}`` and the latent codes
as float32, then the start positions as float64 if it has some; ``{"cancel": key}`` cancels it. Answers are
``{"progress": share}``, ``{"points", "trustworthiness"}`` with the positions as float64, ``{"failure": sentence}`` or
``{"cancelled": true}``.
"""

import os
import queue
import sys
import threading
from dataclasses import dataclass
from typing import IO

import numpy as np

from vae_core.common.messages import Message, read_messages, write_message
from vae_core.common.processes import lower_priority
from vae_core.latent.projection import umap

NICE = 5  # the pages go first


class Cancelled(Exception):
    """The job was cancelled."""


@dataclass(frozen=True)
class Job:
    """One UMAP to compute."""

    key: str
    codes: np.ndarray
    start: np.ndarray | None
    settings: dict


class JobReader:
    """Read jobs and cancellations in a thread of its own, so that a cancellation arrives while a job is computed."""

    def __init__(self, stream: IO[bytes]):
        self.jobs: queue.Queue[Job | None] = queue.Queue()  # None at the end of the stream
        self.cancelled: set[str] = set()
        threading.Thread(target=self._read, args=(stream,), daemon=True).start()

    def _read(self, stream: IO[bytes]) -> None:
        for message in read_messages(stream):
            if "cancel" in message.fields:
                self.cancelled.add(message.fields["cancel"])
            else:
                self.jobs.put(decode_job(message))
        self.jobs.put(None)


def decode_job(message: Message) -> Job:
    """Return the job in a message."""
    n, d = message.fields["shape"]
    codes = np.frombuffer(message.content, "<f4", n * d).reshape(n, d)
    start = None
    if message.fields["has_start"]:
        start = np.frombuffer(message.content, "<f8", 2 * n, offset=codes.nbytes).reshape(n, 2)
    return Job(message.fields["key"], codes, start, message.fields["settings"])


def compute(job: Job, cancelled: set[str], answers: IO[bytes]) -> None:
    """Compute one UMAP and write its progress and its result."""

    def report(share: float) -> None:
        if job.key in cancelled:
            raise Cancelled
        write_message(answers, {"progress": share})

    try:
        made = umap(job.codes, **job.settings, start=job.start, progress=report)
    except Cancelled:
        write_message(answers, {"cancelled": True})
    except Exception as error:
        write_message(answers, {"failure": str(error)})
    else:
        fields = {"points": len(job.codes), "trustworthiness": made.trustworthiness}
        write_message(answers, fields, np.ascontiguousarray(made.xy, dtype="<f8").tobytes())
    cancelled.discard(job.key)


def main() -> None:
    # the answers keep the standard output to themselves: what libraries print goes to the standard error
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    sys.stdout = sys.stderr
    lower_priority(NICE)
    reader = JobReader(sys.stdin.buffer)
    while (job := reader.jobs.get()) is not None:
        compute(job, reader.cancelled, answers)


if __name__ == "__main__":
    main()
