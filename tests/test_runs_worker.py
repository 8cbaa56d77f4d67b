"""Workers: killed at random moments, started from the job queue, and controlled by the command line."""

import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from run_cases import (
    config,
    kill,
    last_state,
    new_run,
    same_tensors,
    start_worker_for,
    train_saving_often,
    train_undisturbed,
    wait_until,
)

from vae_core.cli.main import main
from vae_core.common.messages import write_message
from vae_core.common.process_identity import identity
from vae_core.common.processes import PACKAGES
from vae_core.runs import actions, job_queue, worker_process
from vae_core.runs.run import Run, all_runs, steps_in
from vae_core.runs.server_limits import ServerLimits

# numbers of kills at random moments: a few by default, more with -m slow; KILLS=50 sets another number
KILLS = [3, pytest.param(12, marks=pytest.mark.slow)] if "KILLS" not in os.environ else [int(os.environ["KILLS"])]


@pytest.fixture
def where(tmp_path, monkeypatch):
    folder = tmp_path / "runs"
    monkeypatch.setenv("LATENT_EXPLORER_RUNS", str(folder))
    monkeypatch.setenv("LATENT_EXPLORER_THREADS", "1")
    monkeypatch.setenv("LATENT_EXPLORER_NICE", "0")
    return folder


@pytest.fixture
def start_training(where, monkeypatch):
    """Return a function that starts a process that trains a run at once, without the imports of a new worker.

    It is forked from a server that has imported torch and computed nothing: a fork of this process would wait for ever for the
    threads of torch's pool, which it does not have.
    """
    context = multiprocessing.get_context("spawn" if sys.platform == "win32" else "forkserver")
    context.set_forkserver_preload(["run_cases", "sklearn.datasets", "torch._dynamo"])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(Path(__file__).parent), str(PACKAGES)]))

    def start(run: Run) -> BaseProcess:
        process = context.Process(target=train_saving_often, args=(run,))
        process.start()
        return process

    return start


@pytest.mark.parametrize("kills", KILLS)
def test_a_run_killed_at_random_moments_ends_with_the_same_weights(where, start_training, kills):
    """After each kill -9 the status is right and every file complete; the final weights are those without an interruption."""
    moments, steps = random.Random(0), 400 * kills
    undisturbed = train_undisturbed(config(n_steps=steps))
    run = new_run(where, n_steps=steps)
    reached = []
    for i in range(kills):
        process, before = start_training(run), steps_in(run.path / "state", ".safetensors")
        if i % 2 == 0:  # during the training, however slow the start is; else during the start, however fast the training is
            wait_until(lambda p=process, was=before: steps_in(run.path / "state", ".safetensors") != was or not p.is_alive())
        time.sleep(moments.uniform(0, 0.2))
        process.kill()
        process.join(60)
        assert not run.alive
        assert run.status().state in ("stopped", "interrupted", "finished")
        assert (run.status().state == "stopped") <= (run.status().step == 0)
        check_all_files(run)
        reached.append(max((e["step"] for e in run.history()), default=0))
    assert any(0 < step < steps for step in reached)  # some were killed during the training
    process = start_training(run)
    process.join(120 + 5 * kills)
    assert process.exitcode == 0
    assert run.status().state == "finished"
    assert same_tensors(last_state(run), undisturbed)
    train_saving_often = [e["step"] for e in run.history()]
    assert train_saving_often == sorted(set(train_saving_often))
    assert train_saving_often[-1] == steps


def check_all_files(run: Run) -> None:
    """Check that every file of the run is complete."""
    from vae_core.common.tensors import read_tensors

    for step in run.frames():
        assert run.frame(step)["step"] == step
    for path in run.path.glob("s*/[!.]*.safetensors"):
        assert read_tensors(path)
    assert all("step" in entry for entry in run.history())


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit of the size of files")
def test_a_full_disk_in_a_worker_process(where):
    """Files may grow to 64 KiB only: states do not fit, history and status do."""
    run = new_run(where)
    process = limited(run)
    wait_until(lambda: "cannot be written to the disk" in run.status().reason)
    assert run.status().state == "paused"
    assert not list(run.path.glob("s*/.*"))
    kill(process.pid)
    process.wait()
    process = start_worker_for(run)
    assert process.wait(120) == 0
    assert run.status().state == "finished"
    assert same_tensors(last_state(run), train_undisturbed(config()))


def limited(run: Run):
    """Start a worker whose files may grow to 64 KiB only."""
    import resource

    def limit_files():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, 1 << 16))

    process = subprocess.Popen(
        [sys.executable, "-m", worker_process.MODULE], stdin=subprocess.PIPE, preexec_fn=limit_files,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ | {"PYTHONPATH": str(PACKAGES)},
    )  # fmt: skip
    write_message(process.stdin, {"job": run.id, "runs": [str(run.path)]})
    process.stdin.close()
    return process


def test_a_second_worker_does_not_disturb_the_first(where):
    run = new_run(where, n_steps=20_000)
    first = start_worker_for(run)
    wait_until(lambda: run.status().state == "running")
    second = start_worker_for(run)
    assert second.wait(60) == 0
    assert "is being written by process" in (run.path / "worker.log").read_text()
    assert run.status().state == "running"
    actions.stop_run(run, wait=True)
    assert first.wait(30) == 0
    assert run.status().state == "stopped"


def test_a_race_trains_side_by_side(where):
    values = (0.5, 4.0)
    configs = [config(n_steps=60, objective={"name": "beta-vae", "beta": beta}) for beta in values]
    runs = actions.create_runs(configs, owner="a visitor", root=where, limits=ServerLimits())
    assert [r.path for r in actions.runs_of_job(runs[1])] == [r.path for r in runs]
    actions.play_run(runs[0], ServerLimits())
    wait_until(lambda: all(r.status().state == "finished" for r in runs))
    assert (runs[0].path / "snapshots" / "00000000.safetensors").read_bytes() == (
        runs[1].path / "snapshots" / "00000000.safetensors"
    ).read_bytes()
    for run, settings in zip(runs, configs):
        assert same_tensors(last_state(run), train_undisturbed(settings))


# --- the job queue; nothing is trained here: a worker is a process that sleeps


@pytest.fixture
def sleepers():
    started = {}

    def start(group, folders):
        started[group] = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)"])
        return started[group].pid

    start.started = started
    yield start
    for process in started.values():
        process.kill()
        process.wait()


def end(process: subprocess.Popen) -> None:
    process.kill()
    process.wait()


def enqueued_run(where, owner: str) -> Run:
    run = new_run(where)
    about = run.metadata | {"owner": owner}
    (run.path / "config.json").write_text(json.dumps(about))
    job_queue.enqueue_job(where, run.id, owner, [run.id])
    return run


def test_the_job_queue_is_fair(where, sleepers):
    policy = ServerLimits(at_once=2)
    a1, a2, a3 = (enqueued_run(where, "ann") for _ in range(3))
    b1 = enqueued_run(where, "bob")
    c1 = enqueued_run(where, "cid")
    assert [job.id for job in job_queue.waiting_jobs(where)] == [a1.id, b1.id, c1.id, a2.id, a3.id]
    assert job_queue.queue_position(where, c1.id) == 3
    assert job_queue.start_queued_jobs(where, policy, sleepers) == [a1.id, b1.id]
    assert c1.status().state == "queued"
    assert a1.status().state == "starting"
    assert job_queue.start_queued_jobs(where, policy, sleepers) == []
    end(sleepers.started[b1.id])
    assert job_queue.start_queued_jobs(where, policy, sleepers) == [c1.id]
    end(sleepers.started[c1.id])
    assert job_queue.start_queued_jobs(where, policy, sleepers) == [], "this visitor has a job in training"
    end(sleepers.started[a1.id])
    assert job_queue.start_queued_jobs(where, policy, sleepers) == [a2.id]
    assert a1.status().state == "interrupted"


def test_the_job_queue_outlives_the_server_and_a_job_can_leave_it(where, sleepers):
    first, second = enqueued_run(where, "ann"), enqueued_run(where, "bob")
    job_queue.start_queued_jobs(where, ServerLimits(), sleepers)
    assert job_queue.queue_position(where, second.id) == 1
    actions.stop_run(second)
    assert job_queue.queue_position(where, second.id) is None
    assert second.status().state == "stopped"
    assert first.alive


def test_a_worker_that_is_a_zombie_does_not_count_as_running(where, sleepers):
    run = enqueued_run(where, "ann")
    job_queue.start_queued_jobs(where, ServerLimits(), sleepers)
    process = sleepers.started[run.id]
    assert run.alive
    process.kill()
    wait_until(lambda: identity(process.pid)["created"] is None)  # not waited for: a zombie
    assert not run.alive
    process.wait()


# --- the command line


def test_runs_by_the_command_line(where, capsys, tmp_path):
    flags = ["--dataset", "digits", "--n-images", "200", "--network", "mlp", "--latent-dim", "3", "--batch-size", "16"]
    flags += ["--objective", "beta-vae", "--steps", "40"]
    assert main(["runs", "start", *flags, "--wait", "--json"]) == 0
    started = json.loads(capsys.readouterr().out)
    assert (started["state"], started["step"]) == ("finished", 40)
    (run,) = all_runs(where)
    assert same_tensors(last_state(run), train_undisturbed(config()))

    assert main(["train", *flags, "--out", str(tmp_path / "trained"), "--quiet", "--device", "cpu"]) == 0
    from vae_core.checkpoints.checkpoint_files import load_training_state
    from vae_core.common.tensors import read_tensors

    assert same_tensors(last_state(run), load_training_state(tmp_path / "trained"))
    assert main(["runs", "keep", run.id, "--out", str(tmp_path / "kept")]) == 0
    kept, trained = (read_tensors(tmp_path / name / "weights.safetensors") for name in ("kept", "trained"))
    assert same_tensors(kept, trained)
    capsys.readouterr()

    assert main(["runs", "list", "--json"]) == 0
    assert [entry["run"] for entry in json.loads(capsys.readouterr().out)] == [run.id]
    assert main(["runs", "show", run.id[:6]]) == 0
    assert "held out: ELBO" in capsys.readouterr().out
    assert main(["runs", "resume", run.id]) == 2
    assert "has finished" in capsys.readouterr().err
    assert main(["runs", "rm", run.id]) == 0
    assert main(["runs", "show", run.id]) == 2
    assert "there is no run" in capsys.readouterr().err


def test_resuming_by_the_command_line(where, capsys):
    run = new_run(where)
    assert main(["runs", "resume", run.id, "--wait"]) == 0
    assert "finished" in capsys.readouterr().out
    assert same_tensors(last_state(run), train_undisturbed(config()))


def test_an_unreadable_run_is_listed_as_such(where, capsys):
    run = new_run(where)
    (run.path / "config.json").write_text("{")
    assert main(["runs", "list"]) == 0
    assert "unreadable" in capsys.readouterr().out
