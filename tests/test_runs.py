"""Runs: readable at any time, and with the same final weights after any interruption of the worker."""

import itertools
import os

import numpy as np
import pytest
import torch
from run_cases import (
    QUICK,
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

from vae_core import BadInput, TrainConfig, TrainedVAE, train
from vae_core.parts.objectives import OBJECTIVES
from vae_core.runs import actions, frames, splits
from vae_core.runs.run import Run, steps_in
from vae_core.runs.server_limits import DAY, ServerLimits


def test_a_run_ends_with_the_weights_of_train(tmp_path):
    run = train_to_end(prepare_run(new_run(tmp_path)))
    assert run.status().state == "finished"
    assert same_tensors(last_state(run), train_undisturbed(config()))
    assert steps_in(run.path / "snapshots", ".safetensors") == frames.log_spaced(40, 2.0)
    assert run.frames() == frames.frame_steps(40, slow=False)
    assert [e["step"] for e in run.history() if "held_out" in e] == run.frames()


@pytest.mark.parametrize("step", [0, 1, 7, 20, 39])
def test_a_run_whose_worker_was_killed_ends_with_the_same_weights(tmp_path, step):
    first = train_to_step(prepare_run(new_run(tmp_path), state_seconds=0.02), step)
    assert first.training.step == step
    run = lose_worker(first)
    assert run.status().state == "interrupted"
    train_to_end(prepare_run(run))
    assert same_tensors(last_state(run), train_undisturbed(config()))
    steps = [e["step"] for e in run.history()]
    assert steps == sorted(set(steps))


def test_changes_of_settings_are_logged_and_repeated(tmp_path):
    first = train_to_step(prepare_run(new_run(tmp_path), state_seconds=1e9), 10)
    actions.change_settings(first.run, {"objective.beta": 0.5})
    first.process_commands()
    train_to_step(first, 20)
    first.saver.save_state()
    actions.change_settings(first.run, {"learning_rate": 2e-3, "objective.beta": 8.0})
    train_to_step(first, 30)
    run = lose_worker(first)  # the state is of step 20, at which the second change was made
    second = prepare_run(run)
    assert second.training.step == 20
    train_to_end(second)
    changes = {10: {"objective.beta": 0.5}, 20: {"learning_rate": 2e-3, "objective.beta": 8.0}}
    assert {e["step"]: e["change"] for e in run.changes()} == changes
    assert run.changes()[0]["before"] == {"objective.beta": 4.0}
    assert same_tensors(last_state(run), train_undisturbed(config(), changes))
    assert not same_tensors(last_state(run), train_undisturbed(config()))


def test_a_new_change_waits_until_the_logged_ones_are_repeated(tmp_path):
    first = train_to_step(prepare_run(new_run(tmp_path), state_seconds=1e9), 25)
    actions.change_settings(first.run, {"objective.beta": 2.0})
    first.process_commands()
    run = lose_worker(first)
    actions.change_settings(run, {"objective.beta": 9.0})
    train_to_end(train_to_step(prepare_run(run), 30))
    assert [(e["step"], e["change"]["objective.beta"]) for e in run.changes()] == [(25, 2.0), (25, 9.0)]
    assert same_tensors(last_state(run), train_undisturbed(config(), {25: {"objective.beta": 9.0}}))


@pytest.mark.parametrize("name", OBJECTIVES)
def test_every_live_setting_of_every_objective_can_be_changed(name, tmp_path):
    """Settings that the critic uses are included."""
    settings = TrainConfig(**QUICK | {"objective": name, "n_steps": 2})
    live_fields = settings.live_fields()
    assert {"learning_rate", "free_bits"} <= live_fields.keys()
    if not settings.objective.has_rate:
        live_fields.pop("free_bits")
    if name == "perceptual":
        pytest.skip("trains a classifier first; its weight changes like the others")
    data, _ = splits.load_splits(settings)
    for setting in live_fields:
        plain, moved = (train(settings, data, device="cpu") for _ in range(2))
        value = 0.001 if setting == "learning_rate" else 0.75
        moved.update({setting: value})
        records = plain.advance(), moved.advance()
        different = records[0].loss != records[1].loss or not same_tensors(plain.state(), moved.state())
        assert different or setting in ("objective.capacity", "learning_rate"), setting


def test_settings_that_the_model_is_built_from_cannot_be_changed():
    with pytest.raises(BadInput, match=r"unknown weight 'latent_dim'; choose from free_bits, learning_rate, objective\.beta"):
        config().with_changes({"latent_dim": 4})
    with pytest.raises(BadInput, match="beta must be a number ≥ 0, got -1"):
        config().with_changes({"objective.beta": -1.0})


def test_pause_step_and_play(tmp_path):
    run = new_run(tmp_path)
    writer = prepare_run(run)
    run.send_command("step", n=3)
    writer.work(5.0)
    assert (writer.training.step, run.status().state) == (3, "paused")
    run.send_command("step", n=10)
    while run.status().step != 13:
        writer.work(0.2)
    assert run.status().step == 13
    assert run.frame()["step"] == 13
    assert run.history()[-1]["step"] == 13
    run.send_command("play")
    train_to_end(writer)
    assert same_tensors(last_state(run), train_undisturbed(config()))


def test_stop_and_resume(tmp_path):
    run = new_run(tmp_path)
    writer = train_to_step(prepare_run(run), 17)
    run.send_command("stop")
    train_to_end(writer)
    assert (run.status().state, run.status().step, run.alive) == ("stopped", 17, False)
    train_to_end(prepare_run(run))
    assert same_tensors(last_state(run), train_undisturbed(config()))


def test_reset_gives_the_same_initial_weights(tmp_path):
    run = train_to_end(prepare_run(new_run(tmp_path)))
    first = (run.path / "snapshots" / "00000000.safetensors").read_bytes()
    end = last_state(run)
    actions.reset_run(run)
    assert (run.status().state, run.history(), run.frames()) == ("stopped", [], [])
    train_to_end(prepare_run(run))
    assert (run.path / "snapshots" / "00000000.safetensors").read_bytes() == first
    assert same_tensors(last_state(run), end)


def test_a_duplicate_differs_in_one_field(tmp_path):
    run = new_run(tmp_path)
    twin = actions.duplicate_run(run, {"objective.beta": 1.0}, owner="a visitor", limits=ServerLimits())
    assert twin.metadata["parent"] == run.id
    assert twin.metadata["changed"] == "objective.beta = 1.0"
    assert {k for k, v in twin.config().to_json().items() if v != run.config().to_json()[k]} == {"objective"}
    first, second = prepare_run(run), prepare_run(twin)
    weights = [r.path / "snapshots" / "00000000.safetensors" for r in (run, twin)]
    assert weights[0].read_bytes() == weights[1].read_bytes()
    assert all(torch.equal(first.training.batch(s), second.training.batch(s)) for s in range(5))
    with pytest.raises(BadInput, match="no field 'colour'"):
        actions.duplicate_run(run, {"colour": 1}, owner="a visitor", limits=ServerLimits())


# --- frames


def test_frames_show_the_model_of_their_step(tmp_path):
    run = train_to_end(prepare_run(new_run(tmp_path)))
    frame, fixed = run.frame(40), run.fixed()
    assert frame["reconstructions"].shape == fixed["inputs"].shape == (16, 1, 8, 8)
    assert frame["samples"].shape == (32, 1, 8, 8)
    assert frame["traversal"].shape == (2 * len(frames.VALUES), 1, 8, 8)
    assert frame["xy"].shape == (len(fixed["labels"]), 2)
    actions.make_checkpoint(run, tmp_path / "kept")
    model = TrainedVAE.load(tmp_path / "kept")
    decoded = model.decode(model.encode(fixed["inputs"])[0])
    assert np.abs(decoded * 255 - frame["reconstructions"]).max() <= 0.51


@pytest.mark.parametrize(
    "fields", [{"conditional": "labels"}, {"network": "pixelcnn"}, {"latent_dim": 1}, {"objective": "multi-rate"}]
)
def test_frames_of_every_kind_of_model(tmp_path, fields):
    run = train_to_end(prepare_run(new_run(tmp_path, n_steps=2, **fields)))
    frame = run.frame(2)
    assert np.isfinite(frame["xy"]).all()
    assert len(frame["samples"]) == 32


def test_a_rotation_of_the_latent_space_does_not_rotate_the_map(tmp_path):
    renderer = prepare_run(new_run(tmp_path)).pictures.renderer
    renderer.align_to(None)
    codes = np.random.default_rng(0).normal(size=(200, 5)) * [3, 2, 1, 0.5, 0.1]
    first, _ = renderer._plane(codes)
    turned = np.linalg.qr(np.random.default_rng(1).normal(size=(5, 5)))[0]
    second, _ = renderer._plane(codes @ turned)
    np.testing.assert_allclose(first, second, atol=1e-9)


@pytest.mark.parametrize("n", [1, 2, 3, 40, 1500, 50_000])
@pytest.mark.parametrize("ratio", [1.12, 1.5, 2.0])
@pytest.mark.parametrize("least", [1, 4])
def test_the_schedule_is_log_spaced(n, ratio, least):
    steps = frames.log_spaced(n, ratio, least)
    assert steps == sorted(set(steps))
    assert (steps[0], steps[-1]) == (0, n)
    gaps = [b / a for a, b in itertools.pairwise(steps) if a > 2 * least / (ratio - 1)]
    assert all(gap < ratio * 1.1 for gap in gaps)
    assert all(b - a >= least for a, b in itertools.pairwise(steps[:-1]))


# --- checkpoints, limits, deletion


def test_a_checkpoint_lists_the_changes_of_settings(tmp_path):
    run = new_run(tmp_path)
    writer = train_to_step(prepare_run(run), 5)
    actions.change_settings(run, {"objective.beta": 2.0})
    train_to_end(writer)
    actions.make_checkpoint(run, tmp_path / "kept")
    model = TrainedVAE.load(tmp_path / "kept")
    assert model.config.objective.beta == 2.0
    assert model.step == 40
    assert "objective.beta 4 → 2 after step 5" in (tmp_path / "kept" / "README.md").read_text()
    with pytest.raises(BadInput, match="exists already"):
        actions.make_checkpoint(run, tmp_path / "kept")


def test_a_run_without_a_state_cannot_become_a_checkpoint(tmp_path):
    with pytest.raises(BadInput, match="is stopped: pause it, or let it finish"):
        actions.make_checkpoint(new_run(tmp_path), tmp_path / "kept")


def test_limits_of_steps_parameters_and_minutes(tmp_path):
    data = splits.load_splits(config())[0]
    with pytest.raises(BadInput, match="at most 10 steps, got 40"):
        actions.check_config(config(), data, ServerLimits(max_steps=10))
    with pytest.raises(BadInput, match="at most 100 parameters, this one has"):
        actions.check_config(config(), data, ServerLimits(max_parameters=100))
    run = new_run(tmp_path, ServerLimits(max_minutes=1e-9))
    train_to_end(prepare_run(run))
    assert run.status().state == "stopped"
    assert "minutes of training are used up" in run.status().reason


def test_limits_are_set_by_environment_variables(monkeypatch):
    monkeypatch.setenv("LATENT_EXPLORER_AT_ONCE", "3")
    assert ServerLimits.from_environment().at_once == 3
    assert "3 jobs train at a time" in ServerLimits.from_environment().description
    monkeypatch.setenv("LATENT_EXPLORER_AT_ONCE", "many")
    with pytest.raises(BadInput, match="at_once must be a whole number ≥ 1, got 'many'"):
        ServerLimits.from_environment()


def test_idle_runs_are_thinned_then_deleted(tmp_path):
    idle, fresh = (train_to_end(prepare_run(new_run(tmp_path))) for _ in range(2))
    for run, days in ((idle, 2), (fresh, 0)):
        run.mark_watched()
        then = (run.path / "watched").stat().st_mtime - days * DAY
        os.utime(run.path / "watched", (then, then))
    assert ServerLimits().delete_idle_runs(tmp_path) == []
    assert steps_in(idle.path / "snapshots", ".safetensors") == [0, 40]
    assert len(steps_in(fresh.path / "snapshots", ".safetensors")) > 2
    assert len(idle.frames()) == len(fresh.frames())
    train_to_end(prepare_run(idle))
    assert ServerLimits().delete_idle_runs(tmp_path, now=(idle.path / "watched").stat().st_mtime + 7.1 * DAY) == [idle.id]
    assert not idle.path.exists()
    assert fresh.path.exists()


def test_a_run_is_found_by_its_id_alone(tmp_path):
    run = new_run(tmp_path)
    assert len(run.id) == 24
    assert Run.find(run.id, tmp_path).path == run.path
    assert Run.find(run.id[:6], tmp_path).path == run.path
    for name in ("", "..", "../..", "zzzz", "0" * 24, run.id + "0"):
        with pytest.raises(BadInput, match="there is no run"):
            Run.find(name, tmp_path)
