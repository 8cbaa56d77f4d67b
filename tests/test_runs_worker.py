"""Runs in processes of their own: killed at random moments, in line, and by the command line."""

import json
import multiprocessing
import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest
from run_cases import alone, begun, config, kill, last_state, same, until, worker, written

from vae_core.cli.main import main
from vae_core.runs import actions, job_queue, worker_process
from vae_core.runs.lock import identity
from vae_core.runs.run import Run, all_runs, steps_in
from vae_core.runs.server_limits import ServerLimits

# how many random moments: some in the suite, fifty with KILLS=50
KILLS = int(os.environ.get("KILLS", "8"))


@pytest.fixture
def where(tmp_path, monkeypatch):
    folder = tmp_path / "runs"
    monkeypatch.setenv("LATENT_EXPLORER_RUNS", str(folder))
    monkeypatch.setenv("LATENT_EXPLORER_THREADS", "1")
    monkeypatch.setenv("LATENT_EXPLORER_NICE", "0")
    return folder


@pytest.fixture
def nursery(where, monkeypatch):
    """Where processes come from that write a run at once: forked by a server that has imported torch and computed nothing.

    Forking this process would leave the child without the threads of torch's pool, and waiting for them for ever.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["run_cases", "sklearn.datasets", "torch._dynamo"])
    monkeypatch.setenv(
        "PYTHONPATH", os.pathsep.join([str(Path(__file__).parent), str(Path(worker_process.__file__).parents[2])])
    )

    def born(run: Run) -> multiprocessing.process.BaseProcess:
        process = context.Process(target=written, args=(run,))
        process.start()
        return process

    return born


def test_killed_at_random_moments_it_ends_as_if_nothing_had_happened(where, nursery):
    """kill -9 again and again: each time listed truthfully, never half a file; and the weights of one left alone."""
    moments, steps = random.Random(0), 400 * KILLS
    undisturbed = alone(config(n_steps=steps))
    run = begun(where, n_steps=steps)
    reached = []
    for i in range(KILLS):
        process, before = nursery(run), steps_in(run.path / "state", ".safetensors")
        if i % 2 == 0:  # at work, however slow the start is; else as it takes hold, however fast the work is
            until(lambda p=process, was=before: steps_in(run.path / "state", ".safetensors") != was or not p.is_alive())
        time.sleep(moments.uniform(0, 0.2))
        process.kill()
        process.join(60)
        assert not run.alive
        assert run.status().state in ("stopped", "interrupted", "finished")
        assert (run.status().state == "stopped") <= (run.status().step == 0)
        everything_reads(run)
        reached.append(max((e["step"] for e in run.history()), default=0))
    assert any(0 < step < steps for step in reached)  # some were killed at work
    process = nursery(run)
    process.join(120 + 5 * KILLS)
    assert process.exitcode == 0
    assert run.status().state == "finished"
    assert same(last_state(run), undisturbed)
    written = [e["step"] for e in run.history()]
    assert written == sorted(set(written))
    assert written[-1] == steps


def everything_reads(run: Run) -> None:
    """Whatever is there under its name is whole."""
    from vae_core.common.tensors import read_tensors

    for step in run.frames():
        assert run.frame(step)["step"] == step
    for path in run.path.glob("s*/[!.]*.safetensors"):
        assert read_tensors(path)
    assert all("step" in entry for entry in run.history())


def test_a_full_disk_in_the_worker_itself(where):
    """Files may grow to 64 KiB only: states do not fit, lines and status do."""
    run = begun(where)
    process = limited(run)
    until(lambda: "the disk takes no more" in run.status().reason)
    assert run.status().state == "paused"
    assert not list(run.path.glob("s*/.*"))
    kill(process)
    process = worker(run)
    assert process.wait(120) == 0
    assert run.status().state == "finished"
    assert same(last_state(run), alone(config()))


def limited(run: Run):
    import resource

    def few_bytes():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, 1 << 16))

    package = str(worker_process.Path(worker_process.__file__).parents[2])
    process = subprocess.Popen(
        worker_process.COMMAND, stdin=subprocess.PIPE, text=True, preexec_fn=few_bytes, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, env=os.environ | {"PYTHONPATH": package},
    )  # fmt: skip
    worker_process.assign_job(process, run.id, [run.path])
    return process


def test_a_second_worker_leaves_the_first_alone(where):
    run = begun(where, n_steps=20_000)
    first = worker(run)
    until(lambda: run.status().state == "running")
    second = worker(run)
    assert second.wait(60) == 0
    assert "is being written by process" in (run.path / "worker.log").read_text()
    assert run.status().state == "running"
    actions.stop_run(run, wait=True)
    assert first.wait(30) == 0
    assert run.status().state == "stopped"


def test_a_race_trains_side_by_side(where):
    values = (0.5, 4.0)
    configs = [config(n_steps=60, objective={"name": "beta-vae", "beta": beta}) for beta in values]
    runs = actions.create_runs(configs, owner="somebody", root=where, limits=ServerLimits())
    assert [r.path for r in actions.runs_of_job(runs[1])] == [r.path for r in runs]
    actions.play_run(runs[0], ServerLimits())
    until(lambda: all(r.status().state == "finished" for r in runs))
    assert (runs[0].path / "snapshots" / "00000000.safetensors").read_bytes() == (
        runs[1].path / "snapshots" / "00000000.safetensors"
    ).read_bytes()
    for run, settings in zip(runs, configs):
        assert same(last_state(run), alone(settings))


# --- the line; nobody trains here: a start is a process that sleeps


@pytest.fixture
def sleepers():
    started = {}

    def start(group, folders):
        started[group] = subprocess.Popen(["sleep", "600"])
        return started[group].pid

    start.started = started
    yield start
    for process in started.values():
        if process.poll() is None:
            kill(process)


def waits(where, owner: str) -> Run:
    run = begun(where)
    about = run.metadata | {"owner": owner}
    (run.path / "config.json").write_text(json.dumps(about))
    job_queue.enqueue_job(where, run.id, owner, [run.id])
    return run


def test_the_line_is_fair(where, sleepers):
    policy = ServerLimits(at_once=2)
    a1, a2, a3 = (waits(where, "ann") for _ in range(3))
    b1 = waits(where, "bob")
    c1 = waits(where, "cid")
    assert [job.group for job in job_queue.waiting_jobs(where)] == [a1.id, b1.id, c1.id, a2.id, a3.id]
    assert job_queue.queue_position(where, c1.id) == 3
    assert job_queue.start_queued_jobs(where, policy, sleepers) == [a1.id, b1.id]
    assert c1.status().state == "queued"
    assert a1.status().state == "starting"
    assert job_queue.start_queued_jobs(where, policy, sleepers) == []
    kill(sleepers.started[b1.id])
    assert job_queue.start_queued_jobs(where, policy, sleepers) == [c1.id]
    kill(sleepers.started[c1.id])
    assert job_queue.start_queued_jobs(where, policy, sleepers) == [], "ann trains already"
    kill(sleepers.started[a1.id])
    assert job_queue.start_queued_jobs(where, policy, sleepers) == [a2.id]
    assert a1.status().state == "interrupted"


def test_the_line_outlives_the_server_and_can_be_left(where, sleepers):
    first, second = waits(where, "ann"), waits(where, "bob")
    job_queue.start_queued_jobs(where, ServerLimits(), sleepers)
    assert job_queue.queue_position(where, second.id) == 1
    actions.stop_run(second)
    assert job_queue.queue_position(where, second.id) is None
    assert second.status().state == "stopped"
    assert first.alive


def test_a_dead_process_in_the_process_table_is_dead(where, sleepers):
    run = waits(where, "ann")
    job_queue.start_queued_jobs(where, ServerLimits(), sleepers)
    process = sleepers.started[run.id]
    assert run.alive
    process.kill()
    until(lambda: identity(process.pid)["started"] is None)  # not waited for: a zombie
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
    assert same(last_state(run), alone(config()))

    assert main(["train", *flags, "--out", str(tmp_path / "trained"), "--quiet", "--device", "cpu"]) == 0
    from vae_core.checkpoints.checkpoint_files import load_training_state
    from vae_core.common.tensors import read_tensors

    assert same(last_state(run), load_training_state(tmp_path / "trained"))
    assert main(["runs", "keep", run.id, "--out", str(tmp_path / "kept")]) == 0
    kept, trained = (read_tensors(tmp_path / name / "weights.safetensors") for name in ("kept", "trained"))
    assert same(kept, trained)
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
    run = begun(where)
    assert main(["runs", "resume", run.id, "--wait"]) == 0
    assert "finished" in capsys.readouterr().out
    assert same(last_state(run), alone(config()))


def test_an_unreadable_run_is_listed_as_such(where, capsys):
    run = begun(where)
    (run.path / "config.json").write_text("{")
    assert main(["runs", "list"]) == 0
    assert "unreadable" in capsys.readouterr().out
