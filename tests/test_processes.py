"""Helper processes: identity, messages, stopping with child processes; files that another process has open."""

import io
import os
import subprocess
import sys
import time

import psutil
import pytest
from run_cases import wait_until

from vae_core.common import files
from vae_core.common.messages import Message, read_message, read_messages, write_message
from vae_core.common.process_identity import TOLERANCE, identity, is_running
from vae_core.common.processes import HelperProcess, lower_priority

SLEEPER = "import time; time.sleep(600)"


def test_this_process_is_running_and_an_ended_one_is_not():
    assert is_running(identity())
    process = subprocess.Popen([sys.executable, "-S", "-c", SLEEPER])
    recorded = identity(process.pid)
    assert is_running(recorded)
    process.kill()
    wait_until(lambda: not is_running(recorded))  # not waited for: a zombie
    process.wait()
    assert not is_running(recorded)


def test_a_reused_process_id_is_not_the_recorded_process():
    created = identity()["created"]
    assert not is_running({"pid": os.getpid(), "created": created - 2 * TOLERANCE})
    assert is_running({"pid": os.getpid(), "created": created + TOLERANCE / 2}), "the system clock may be corrected a little"


@pytest.mark.parametrize(
    "recorded", [None, [], "x", {}, {"pid": os.getpid()}, {"pid": os.getpid(), "started": "12345"}, {"pid": -1, "created": 1.0}]
)
def test_anything_else_is_not_a_running_process(recorded):
    assert not is_running(recorded)


def test_messages_keep_fields_bytes_and_plain_text():
    stream = io.BytesIO()
    write_message(stream, {"progress": 0.5})
    write_message(stream, {"points": 2}, b"\n\x00{}\n")
    stream.write(b"a warning\n[1]\n")
    stream.seek(0)
    assert list(read_messages(stream)) == [
        Message({"progress": 0.5}),
        Message({"points": 2}, b"\n\x00{}\n"),
        Message({"text": "a warning"}),
        Message({"text": "[1]"}),
    ]
    assert read_message(stream) is None


def test_a_message_that_was_cut_off_is_not_read():
    stream = io.BytesIO()
    write_message(stream, {"points": 2}, b"0123456789")
    assert read_message(io.BytesIO(stream.getvalue()[:-1])) is None


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Return a function that writes a module for ``HelperProcess``."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    def write(source: str) -> str:
        (tmp_path / "helper_under_test.py").write_text(source)
        return "helper_under_test"

    return write


def test_a_helper_process_answers_messages_until_its_input_is_closed(module):
    name = module(
        "import sys\n"
        "from vae_core.common.messages import read_messages, write_message\n"
        "for m in read_messages(sys.stdin.buffer): write_message(sys.stdout.buffer, m.fields, m.content[::-1])\n"
    )
    process = HelperProcess(name, takes_messages=True, messages_on="stdout")
    process.send({"n": 1})
    process.send({"n": 2}, b"abc")
    process.close_input()
    assert list(process.messages()) == [Message({"n": 1}), Message({"n": 2}, b"cba")]
    assert process.wait(60) == 0
    assert not process.running
    process.stop()


def test_stopping_ends_the_child_processes_too(module):
    name = module(
        "import json, subprocess, sys, time\n"
        f"child = subprocess.Popen([sys.executable, '-S', '-c', {SLEEPER!r}])\n"
        "print(json.dumps({'child': child.pid}), file=sys.stderr, flush=True)\n"
        "time.sleep(600)\n"
    )
    process = HelperProcess(name, messages_on="stderr")
    child = next(process.messages()).fields["child"]
    assert psutil.pid_exists(child)
    started = time.monotonic()
    process.stop()
    assert time.monotonic() - started < 60
    assert not process.running
    wait_until(lambda: not is_running(identity(child)))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has priority classes instead of nice values")
def test_the_priority_is_lowered(module):
    name = module(
        "import os, sys\n"
        "from vae_core.common.processes import lower_priority\n"
        "before = os.nice(0); lower_priority(3); sys.exit(os.nice(0) - before)\n"
    )
    assert HelperProcess(name).wait(60) == min(3, 19 - os.nice(0))
    lower_priority(0)


def test_a_file_that_another_process_has_open_is_replaced_later_on_windows(monkeypatch):
    attempts = []

    def replace():
        attempts.append(1)
        if len(attempts) < 3:
            raise PermissionError("the file is open")
        return "replaced"

    with pytest.raises(PermissionError):
        files.retry_while_open(replace)
    monkeypatch.setattr(files.sys, "platform", "win32")
    assert files.retry_while_open(replace) == "replaced"
