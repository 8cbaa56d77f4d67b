"""The projector's process: ``python -m latent_explorer.background.umap_worker`` reads codes and places, writes progress and places.

A message is a line of JSON, followed by as many bytes as it declares. Nothing else may write to the standard output.
"""

import contextlib
import json
import os
import queue
import sys
import threading

import numpy as np

from vae_core.latent.projection import umap


class Cancelled(Exception):
    """Nobody wants this projection any more."""


def main() -> None:
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    sys.stdout = sys.stderr
    with contextlib.suppress(OSError):
        os.nice(5)  # the pages go first
    jobs: queue.Queue = queue.Queue()
    unwanted: set[str] = set()

    def listen() -> None:
        """A thread of its own, so that a cancellation is heard while something is computed."""
        while line := source.readline():
            message = json.loads(line)
            if "cancel" in message:
                unwanted.add(message["cancel"])
            else:
                n, d = message["shape"]
                codes = np.frombuffer(source.read(4 * n * d), "<f4").reshape(n, d)
                start = np.frombuffer(source.read(16 * n), "<f8").reshape(n, 2) if message["begun"] else None
                jobs.put((message, codes, start))
        jobs.put(None)

    def say(message: dict, content: bytes = b"") -> None:
        sink.write(json.dumps(message).encode() + b"\n" + content)
        sink.flush()

    threading.Thread(target=listen, daemon=True).start()
    while (job := jobs.get()) is not None:
        message, codes, start = job

        def progress(share: float, key: str = message["key"]) -> None:
            if key in unwanted:
                raise Cancelled
            say({"share": share})

        try:
            made = umap(codes, **message["settings"], start=start, progress=progress)
        except Cancelled:
            say({"cancelled": True})
        except Exception as error:
            say({"failure": str(error)})
        else:
            said = {"points": len(codes), "trustworthiness": made.trustworthiness}
            say(said, np.ascontiguousarray(made.xy, dtype="<f8").tobytes())
        unwanted.discard(message["key"])


if __name__ == "__main__":
    main()
