"""Helper processes: training workers, the UMAP process and evaluations are all started, watched and stopped here."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import psutil

from vae_core.common.messages import Message, read_messages, write_message

PACKAGES = Path(__file__).parents[2]  # the folder that holds vae_core and latent_explorer
STOP_SECONDS = 10.0  # that a process has to end by itself before it is killed


class HelperProcess:
    """``python -m MODULE`` in a process group of its own, so that Ctrl+C in the terminal of its parent does not reach it.

    It reads messages from its standard input, where ``takes_messages`` is set, and sends messages on its standard output or,
    with ``messages_on="stderr"``, on its standard error. The parent must call ``wait``, ``reap`` or ``stop``.

    Args:
        arguments: the command line of the module.
        environment: additional environment variables.
    """

    def __init__(
        self,
        module: str,
        *arguments: str,
        takes_messages: bool = False,
        messages_on: str | None = None,
        environment: dict[str, str] | None = None,
    ):
        paths = os.pathsep.join(filter(None, [str(PACKAGES), os.environ.get("PYTHONPATH")]))
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE if takes_messages else subprocess.DEVNULL,
            stdout=subprocess.PIPE if messages_on == "stdout" else subprocess.DEVNULL,
            stderr=subprocess.PIPE if messages_on == "stderr" else subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": paths} | (environment or {}),
            start_new_session=sys.platform != "win32",
            creationflags=own_group_flags(),
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process has not ended yet."""
        return self._process.poll() is None

    @property
    def exit_status(self) -> int | None:
        """The exit status; None while it runs."""
        return self._process.poll()

    def send(self, fields: dict[str, Any], content: bytes = b"") -> None:
        """Send one message.

        Raises:
            OSError: the process has ended.
        """
        write_message(self._input(), fields, content)

    def close_input(self) -> None:
        """Tell the process that no further message follows."""
        with contextlib.suppress(OSError):  # it has ended
            self._input().close()

    def messages(self) -> Iterator[Message]:
        """Iterate over the messages of the process until it ends."""
        stream = self._process.stdout or self._process.stderr
        if stream is None:
            raise ValueError("this process was started without a stream for its messages")
        return read_messages(stream)

    def wait(self, seconds: float | None = None) -> int:
        """Wait for the end of the process and return its exit status."""
        return self._process.wait(seconds)

    def reap(self) -> None:
        """Collect the exit status in the background, so that an ended process does not stay in the process table."""
        threading.Thread(target=self._process.wait, daemon=True).start()

    def terminate(self) -> None:
        """Ask the process to end, and do not wait for it."""
        self._process.terminate()

    def stop(self) -> None:
        """End the process and its child processes: ask first, kill after ``STOP_SECONDS``; then close the streams."""
        if self.running:
            stop_tree(self.pid)
        self._process.wait(STOP_SECONDS)
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()

    def _input(self) -> IO[bytes]:
        if self._process.stdin is None:
            raise ValueError("this process was started without a standard input")
        return self._process.stdin


def own_group_flags() -> int:
    """Return the creation flags for a process group of its own without a console window; 0 where it is not Windows."""
    if sys.platform == "win32":
        return subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
    return 0


def stop_tree(pid: int) -> None:
    """End a process and its child processes: terminate them, and kill those that still run after ``STOP_SECONDS``."""
    try:
        parent = psutil.Process(pid)
        family = [*parent.children(recursive=True), parent]
    except psutil.NoSuchProcess:
        return
    for process in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    _, remaining = psutil.wait_procs(family, timeout=STOP_SECONDS)
    for process in remaining:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def lower_priority(steps: int) -> None:
    """Lower the priority of this process: by ``steps`` on POSIX (``nice``), to "below normal" on Windows."""
    if steps <= 0:
        return
    process = psutil.Process()
    with contextlib.suppress(psutil.Error, OSError):
        if sys.platform == "win32":
            process.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
        else:
            process.nice(min(int(process.nice()) + steps, 19))


def on_termination(callback: Callable[[], None]) -> None:
    """Call ``callback`` when the system asks this process to end: SIGTERM, on Windows also a shutdown or a closed console."""
    signal.signal(signal.SIGTERM, lambda *_: callback())
    if sys.platform == "win32":
        signal.signal(signal.SIGBREAK, lambda *_: callback())
