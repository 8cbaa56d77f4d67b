"""What a run's folder survives: torn lines, full disks, a second writer, commands and data that are none."""

import errno
import json
import os

import numpy as np
import pytest
import torch
from run_cases import alone, begun, config, last_state, lost, same, taken, to_end, to_step

from vae_core import BadInput
from vae_core.runs import frames, history_file, runner
from vae_core.runs.history_file import HistoryWriter
from vae_core.runs.lock import Lock, alive, identity

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


def test_a_full_disk_is_said_and_loses_nothing(tmp_path, monkeypatch):
    run = begun(tmp_path)
    writer = to_step(taken(run), 20)
    kept = {p: p.read_bytes() for p in run.path.rglob("*.safetensors")}
    with monkeypatch.context() as disk:
        disk.setattr(runner, "save_file", full)
        run.send_command("pause")
        writer.work(1.0)
        status = run.status()
        assert status.state == "paused"
        assert "the disk takes no more (No space left on device)" in status.reason
        run.send_command("play")
        disk.setattr(HistoryWriter, "append", full)
        writer.work(1.0)
        assert run.status().state == "paused"
    assert {p: p.read_bytes() for p in kept} == kept
    assert not list(run.path.rglob(".*.safetensors*"))
    run.send_command("play")
    to_end(writer)
    assert same(last_state(run), alone(config()))
    steps = [e["step"] for e in run.history()]
    assert steps[-1] == 40
    assert run.frames() == frames.frame_steps(40, slow=False)


def test_a_line_that_did_not_fit_leaves_the_journal_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "history.jsonl"
    HistoryWriter(path).append({"step": 1})
    before = path.read_bytes()
    write = os.write
    with monkeypatch.context() as disk:
        disk.setattr(os, "write", lambda file, data: write(file, data[:5]))
        with pytest.raises(OSError, match="not written whole"):
            HistoryWriter(path).append({"step": 2})
    assert path.read_bytes() == before


def test_a_damaged_state_gives_way_to_the_one_before(tmp_path):
    writer = to_step(taken(begun(tmp_path), state_seconds=1e9), 10)
    writer._save_state()
    to_step(writer, 20)
    writer._save_state()
    run = lost(writer)
    newest = run.path / "state" / "00000020.safetensors"
    newest.write_bytes(newest.read_bytes()[:1000])
    second = taken(run)
    assert second.training.step == 10
    to_end(second)
    assert same(last_state(run), alone(config()))


# --- one writer


def test_a_second_writer_is_refused(tmp_path, monkeypatch):
    run = begun(tmp_path)
    parent = identity(os.getppid())
    Lock(run.path).path.write_text(json.dumps(parent))
    assert alive(parent)
    with pytest.raises(BadInput, match=f"is being written by process {parent['pid']}; stop it first"):
        runner.Runner(run)


def test_a_process_id_that_belongs_to_another_program_is_healed(tmp_path):
    run = begun(tmp_path)
    someone = identity(os.getppid()) | {"started": "17"}
    Lock(run.path).path.write_text(json.dumps(someone))
    assert not alive(someone)
    assert not run.alive
    to_end(taken(run))
    assert run.status().state == "finished"


@pytest.mark.parametrize("who", [None, [], {}, {"pid": -1}, {"pid": "1"}, {"pid": 0}, {"pid": 999999999, "started": "1"}])
def test_a_lock_of_nobody_is_free(tmp_path, who):
    (tmp_path / "lock.json").write_text(json.dumps(who))
    Lock(tmp_path).take()
    assert Lock(tmp_path).holder()["pid"] == os.getpid()


# --- bad input


def test_images_that_have_gone_are_said(tmp_path):
    source = tmp_path / "mine.npz"
    np.savez(source, images=np.zeros((40, 8, 8), dtype=np.uint8))
    run = begun(tmp_path / "runs", dataset=str(source), n_images=None)
    source.unlink()
    writer = taken(run)
    assert writer.ended
    assert run.status().state == "failed"
    assert "unknown dataset" in run.status().reason


def test_a_run_that_diverges_stops_with_the_step_and_goes_on_with_a_smaller_rate(tmp_path):
    run = begun(tmp_path, learning_rate=1.0, clip_norm=None, n_steps=200, warmup_steps=0, likelihood={"name": "gaussian"})
    writer = to_step(taken(run), 3)
    with torch.no_grad():
        writer.training._weights[0].fill_(float("nan"))
    writer.work(1.0)
    assert run.status().state == "failed"
    assert "training diverged at step 4" in run.status().reason


@pytest.mark.parametrize(
    "junk", ["", "{", "[]", '{"name": "explode"}', '{"name": "step", "n": "x"}', '{"name": "play", "x": 1}']
)
def test_a_command_that_is_none_is_taken_away(tmp_path, junk):
    writer = taken(begun(tmp_path))
    file = writer.run.path / "commands" / "1-junk.json"
    file.write_text(junk)
    writer.process_commands()
    assert not file.exists()
    assert writer.state == "running"


def test_a_change_that_is_not_allowed_is_said_and_not_made(tmp_path):
    run = begun(tmp_path)
    writer = to_step(taken(run), 2)
    run.send_command("set", changes={"objective.beta": -3})
    writer.process_commands()
    assert "beta must be a number ≥ 0, got -3" in run.status().reason
    assert run.changes() == []
