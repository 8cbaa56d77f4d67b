"""Faults of a run: torn lines, full disks, a second worker, invalid commands and missing data."""

import errno
import json
import os

import numpy as np
import pytest
import torch
from run_cases import (
    config,
    last_state,
    lose_worker,
    new_run,
    prepare_run,
    same_tensors,
    train_to_end,
    train_to_step,
    train_undisturbed,
)

from vae_core import BadInput
from vae_core.common.process_identity import identity, is_running
from vae_core.runs import frames, history_file, saving
from vae_core.runs.history_file import HistoryWriter
from vae_core.runs.lock import Lock
from vae_core.runs.preparation import PreparingRun

# --- files


@pytest.mark.parametrize("cut", range(1, 40, 3))
def test_a_torn_line_is_never_read(tmp_path, cut):
    path = tmp_path / "history.jsonl"
    whole = json.dumps({"step": 2, "loss": 1.5, "terms": {"kl": 12.25}})
    HistoryWriter(path).append({"step": 1})
    path.write_bytes(path.read_bytes() + whole[:cut].encode())
    assert [e["step"] for e in history_file.read_history(path)] == [1]
    HistoryWriter(path).append({"step": 3})
    assert [e["step"] for e in history_file.read_history(path)] == [1, 3]


def full(*args, **kwargs):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_is_reported_and_nothing_is_lost(tmp_path, monkeypatch):
    run = new_run(tmp_path)
    writer = train_to_step(prepare_run(run), 20)
    kept = {p: p.read_bytes() for p in run.path.rglob("*.safetensors")}
    with monkeypatch.context() as disk:
        disk.setattr(saving, "save_file", full)
        run.send_command("pause")
        writer.work(1.0)
        status = run.status()
        assert status.state == "paused"
        assert "cannot be written to the disk (No space left on device)" in status.reason
        run.send_command("play")
        disk.setattr(HistoryWriter, "append", full)
        writer.work(1.0)
        assert run.status().state == "paused"
    assert {p: p.read_bytes() for p in kept} == kept
    assert not list(run.path.rglob(".*.safetensors*"))
    run.send_command("play")
    train_to_end(writer)
    assert same_tensors(last_state(run), train_undisturbed(config()))
    steps = [e["step"] for e in run.history()]
    assert steps[-1] == 40
    assert run.frames() == frames.frame_steps(40, slow=False)


def test_a_line_that_does_not_fit_leaves_the_history_unchanged(tmp_path, monkeypatch):
    path = tmp_path / "history.jsonl"
    HistoryWriter(path).append({"step": 1})
    before = path.read_bytes()
    write = os.write
    with monkeypatch.context() as disk:
        disk.setattr(os, "write", lambda file, data: write(file, data[:5]))
        with pytest.raises(OSError, match="not written completely"):
            HistoryWriter(path).append({"step": 2})
    assert path.read_bytes() == before


def test_a_damaged_state_is_replaced_by_the_one_before(tmp_path):
    writer = train_to_step(prepare_run(new_run(tmp_path), state_seconds=1e9), 10)
    writer.saver.save_state()
    train_to_step(writer, 20)
    writer.saver.save_state()
    run = lose_worker(writer)
    newest = run.path / "state" / "00000020.safetensors"
    newest.write_bytes(newest.read_bytes()[:1000])
    second = prepare_run(run)
    assert second.training.step == 10
    train_to_end(second)
    assert same_tensors(last_state(run), train_undisturbed(config()))


# --- the lock


def test_a_second_worker_is_rejected(tmp_path, monkeypatch):
    run = new_run(tmp_path)
    parent = identity(os.getppid())
    Lock(run.path).path.write_text(json.dumps(parent))
    assert is_running(parent)
    with pytest.raises(BadInput, match=f"is being written by process {parent['pid']}; stop it first"):
        PreparingRun(run)


def test_the_lock_of_an_ended_process_with_a_reused_id_is_replaced(tmp_path):
    run = new_run(tmp_path)
    recorded = identity(os.getppid()) | {"created": 17.0}
    Lock(run.path).path.write_text(json.dumps(recorded))
    assert not is_running(recorded)
    assert not run.alive
    train_to_end(prepare_run(run))
    assert run.status().state == "finished"


@pytest.mark.parametrize(
    "process",
    [
        None,
        [],
        {},
        {"pid": -1},
        {"pid": "1"},
        {"pid": 0},
        {"pid": 999999999, "created": 1.0},
        {"pid": 1 << 70, "created": 1.0},
        {"pid": 1, "started": "1"},
        {"pid": 1, "created": None},
        {"pid": True, "created": True},
    ],
)
def test_a_lock_without_a_running_process_is_free(tmp_path, process):
    (tmp_path / "lock.json").write_text(json.dumps(process))
    Lock(tmp_path).acquire()
    assert Lock(tmp_path).holder()["pid"] == os.getpid()


# --- bad input


def test_missing_images_are_reported(tmp_path):
    source = tmp_path / "mine.npz"
    np.savez(source, images=np.zeros((40, 8, 8), dtype=np.uint8))
    run = new_run(tmp_path / "runs", dataset=str(source), n_images=None)
    source.unlink()
    assert PreparingRun(run).prepare() is None
    assert run.status().state == "failed"
    assert "unknown dataset" in run.status().reason


def test_a_run_that_diverges_fails_with_the_step(tmp_path):
    run = new_run(tmp_path, learning_rate=1.0, clip_norm=None, n_steps=200, warmup_steps=0, likelihood={"name": "gaussian"})
    writer = train_to_step(prepare_run(run), 3)
    with torch.no_grad():
        writer.training._weights[0].fill_(float("nan"))
    writer.work(1.0)
    assert run.status().state == "failed"
    assert "training diverged at step 4" in run.status().reason


@pytest.mark.parametrize(
    "junk", ["", "{", "[]", '{"name": "explode"}', '{"name": "step", "n": "x"}', '{"name": "play", "x": 1}']
)
def test_an_invalid_command_is_deleted(tmp_path, junk):
    writer = prepare_run(new_run(tmp_path))
    file = writer.run.path / "commands" / "1-junk.json"
    file.write_text(junk)
    writer.process_commands()
    assert not file.exists()
    assert writer.state == "running"


def test_a_change_that_is_not_allowed_is_reported_and_not_made(tmp_path):
    run = new_run(tmp_path)
    writer = train_to_step(prepare_run(run), 2)
    run.send_command("set", changes={"objective.beta": -3})
    writer.process_commands()
    assert "beta must be a number ≥ 0, got -3" in run.status().reason
    assert run.changes() == []
