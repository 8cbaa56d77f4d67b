"""The command line: exit codes, one-line errors, and the files it writes."""

import json
import shlex
import subprocess
import sys

import pytest

from vae_core import TrainConfig, TrainedVAE
from vae_core.analysis.atlas import LatentAtlas
from vae_core.cli.main import COMMANDS, main
from vae_core.config_flags import train_command
from vae_core.parts.objectives import BetaVAE

QUICK = ["train", "--dataset", "digits", "--network", "mlp", "--steps", "4", "--latent-dim", "2", "--quiet", "--device", "cpu"]


def run(*words: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", "vae_core", *words], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_help(name, capsys):
    with pytest.raises(SystemExit) as stopped:
        main([name, "--help"] if name else ["--help"])
    assert stopped.value.code == 0
    assert "usage:" in capsys.readouterr().out


def test_codes_flag_sets_the_size_of_the_atlas_and_is_on_the_card(tmp_path, capsys):
    out = tmp_path / "model"
    assert main([*QUICK, "--codes", "50", "--out", str(out)]) == 0
    assert len(LatentAtlas.load(out / "atlas.npz")) == 50
    assert "--codes 50" in (out / "README.md").read_text()
    assert main([*QUICK, "--codes", "0", "--out", str(tmp_path / "none")]) == 2
    assert "--codes must be 1 or more, got 0" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


def test_train_then_evaluate_then_resume(tmp_path, capsys):
    out = tmp_path / "model"
    assert main([*QUICK, "--objective", "beta-vae", "--beta", "2", "--out", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["step"] == 4
    assert sorted(p.name for p in out.iterdir()) == sorted(
        [
            "README.md",
            "atlas.npz",
            "config.json",
            "history.jsonl",
            "metrics.json",
            "training.safetensors",
            "weights.safetensors",
        ]
    )
    assert TrainedVAE.load(out).config.objective == BetaVAE(beta=2.0)

    assert main(["evaluate", str(out), "--metrics", "elbo", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["elbo"]["values"]["n_measured"] == 179
    assert json.loads((out / "metrics.json").read_text())["elbo"] == printed["elbo"]

    assert main(["train", "--resume", str(out), "--steps", "6", "--quiet", "--device", "cpu"]) == 0
    resumed = TrainedVAE.load(out)
    assert resumed.step == 6
    assert resumed.config.objective == BetaVAE(beta=2.0)


def test_command_on_the_card_makes_the_same_model(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    assert main([*QUICK, "--objective", "beta-vae", "--beta", "0.5", "--out", str(first), "--no-state"]) == 0
    words = shlex.split((first / "README.md").read_text().split("```")[1])
    words[words.index("--out") + 1] = str(second)
    assert words[:3] == ["python", "-m", "vae_core"]
    assert main([*words[3:], "--quiet", "--device", "cpu"]) == 0
    assert (first / "weights.safetensors").read_bytes() == (second / "weights.safetensors").read_bytes()


def test_flags_and_configuration_are_inverse():
    config = TrainConfig(
        dataset="mnist", objective=BetaVAE(beta=0.25), network="mlp", ema=0.0, clip_norm=None, decay="constant"
    )
    import argparse

    from vae_core.config_flags import add_config_flags, config_from_args

    parser = argparse.ArgumentParser()
    add_config_flags(parser)
    parser.add_argument("--out")
    words = shlex.split(train_command(config, "x"))
    assert config_from_args(parser.parse_args(words[4:])) == config


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["train", "--dataset", "nonsense", "--out", "X"], "unknown dataset 'nonsense'"),
        ([*QUICK], "--out DIR is needed"),
        ([*QUICK, "--beta", "4", "--out", "X"], "--beta belongs to objective beta-vae"),
        ([*QUICK, "--objective", "beta-vae", "--beta", "-1", "--out", "X"], "beta must be a number ≥ 0, got -1.0"),
        ([*QUICK, "--latent-dim", "zwei", "--out", "X"], "latent_dim must be a whole number ≥ 1 and ≤ 512, got 'zwei'"),
        ([*QUICK, "--objective", "gan", "--out", "X"], "unknown objective 'gan'; choose from"),
        ([*QUICK, "--device", "tpu", "--out", "X"], "device 'tpu' is not on this machine; choose from auto"),
        (["train", "--resume", "NOWHERE"], "no checkpoint at"),
        (["evaluate", "NOWHERE"], "no checkpoint at"),
        (["frobnicate"], "invalid choice: 'frobnicate'"),
        ([], "required: COMMAND"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(words, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    try:
        code = main(words)
    except SystemExit as stopped:
        code = stopped.code
    error = capsys.readouterr().err
    assert code == 2
    assert message in error
    assert error.strip().count("\n") == 0
    assert list(tmp_path.iterdir()) == []


def test_existing_folder_is_not_overwritten_without_the_flag(tmp_path, capsys):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    assert main([*QUICK, "--out", str(tmp_path / "mine")]) == 2
    assert "exists already" in capsys.readouterr().err
    assert (tmp_path / "mine" / "thesis.txt").exists()


def test_error_for_missing_data_names_the_folder_and_the_flag(tmp_path, capsys):
    assert main(["train", "--dataset", "mnist", "--data-root", str(tmp_path), "--out", str(tmp_path / "x")]) == 2
    error = capsys.readouterr().err
    assert str(tmp_path) in error
    assert "--download" in error


def test_program_starts_without_torch():
    done = run("datasets", "--json")
    assert done.returncode == 0
    assert "sprites32" in {row["name"] for row in json.loads(done.stdout)}
    probe = "import sys, vae_core, vae_core.cli.main; sys.exit('torch' in sys.modules or 'streamlit' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", probe], check=False).returncode == 0
    assert run("train", "--dataset", "nonsense", "--out", "x").returncode == 2
