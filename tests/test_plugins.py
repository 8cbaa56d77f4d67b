"""Plugins: parts registered outside the package are trained, measured and shown like the package's own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from run_cases import set_form_groups
from streamlit.testing.v1 import AppTest

from vae_core import TrainedVAE
from vae_core.cli.main import main
from vae_core.common import plugins
from vae_core.config import PARTS
from vae_core.data import DATASETS
from vae_core.evaluation import METRICS
from vae_core.runs.run import all_runs

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "docs" / "examples"
ONE_OF_EACH = {"network": "tanh", "likelihood": "logistic", "prior": "wide", "objective": "shrunk", "schedule": "quadratic"}
FLAGS = ["--dataset", "bars", *(word for part, name in ONE_OF_EACH.items() for word in (f"--{part}", name))]
SHORT = ["--rise-steps", "5", "--latent-dim", "2", "--steps", "4"]


@pytest.fixture
def plugged(monkeypatch):
    """Load these plugins in this process, as a fresh one would; the registries are restored afterwards."""
    registries = [DATASETS, METRICS, *PARTS.values()]
    before = [dict(registry) for registry in registries]

    def load(*words: str | Path) -> None:
        monkeypatch.setenv(plugins.VARIABLE, ",".join(map(str, words)))
        plugins.load_plugins.cache_clear()

    yield load
    plugins.load_plugins.cache_clear()
    for registry, content in zip(registries, before, strict=True):
        registry.clear()
        registry.update(content)


def test_command_line_trains_and_measures_one_of_each(plugged, tmp_path, capsys):
    plugged(EXAMPLES / "one_of_each.py")
    out = tmp_path / "model"
    assert main(["train", *FLAGS, *SHORT, "--conditional", "labels", "--quiet", "--device", "cpu", "--out", str(out)]) == 0
    config = TrainedVAE.load(out).config.to_json()
    assert {part: config[part]["name"] for part in ONE_OF_EACH} == ONE_OF_EACH
    assert "--objective shrunk" in (out / "README.md").read_text()
    capsys.readouterr()
    assert main(["evaluate", str(out), "--metrics", "code_length", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["code_length"]["values"]["n_measured"] == 40
    assert "length of μ" in (out / "README.md").read_text()
    assert main(["datasets"]) == 0
    assert "bars" in capsys.readouterr().out


def test_worker_of_a_run_loads_the_plugins(tmp_path):
    environment = os.environ | {plugins.VARIABLE: str(EXAMPLES / "one_of_each.py"), "LATENT_EXPLORER_THREADS": "1"}
    command = [sys.executable, "-m", "vae_core", "runs", "start", "--root", str(tmp_path), *FLAGS, *SHORT, "--wait", "--json"]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["state"], report["step"], report["objective"]["name"]) == ("finished", 4, "shrunk")


def test_train_page_offers_and_trains_one_of_each(plugged, models):
    plugged(EXAMPLES / "one_of_each.py", EXAMPLES / "sparse_vae.py")
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
    app.switch_page("pages/train.py").run()
    app.selectbox(key="train data").select("bars").run()
    set_form_groups(app, "train", unfolded=True)
    for part, name in ONE_OF_EACH.items():
        app.selectbox(key=f"train {part}").select(name).run()
    assert "sparse-vae" in app.selectbox(key="train objective").options
    for name, value in {"n_steps": 3, "n_images": 64, "batch_size": 16, "latent_dim": 3}.items():
        app.number_input(key=f"train {name}").set_value(value)
    next(b for b in app.button if b.label == "Train").click().run()
    assert not app.exception
    assert not app.error
    (run,) = all_runs()
    assert run.status().state == "finished"
    assert {part: PARTS[part][name] for part, name in ONE_OF_EACH.items()} == {
        part: type(getattr(run.config(), part)) for part in ONE_OF_EACH
    }


def test_objective_of_the_tutorial_trains_in_at_most_25_lines(plugged, tmp_path):
    path = EXAMPLES / "sparse_vae.py"
    code = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    assert len(code) <= 25
    plugged(path)
    quick = ["--dataset", "digits", "--network", "mlp", "--latent-dim", "2", "--steps", "4", "--quiet", "--device", "cpu"]
    assert main(["train", *quick, "--objective", "sparse-vae", "--sparsity", "3", "--out", str(tmp_path / "model")]) == 0
    model = TrainedVAE.load(tmp_path / "model")
    assert model.config.objective.sparsity == 3.0
    assert {"reconstruction", "kl", "sparsity"} <= model.history[-1].keys() | model.history[-1].get("terms", {}).keys()


def test_failing_plugin_gives_one_sentence_and_the_others_load(plugged, tmp_path, capsys):
    broken, missing = tmp_path / "broken.py", tmp_path / "missing.py"
    broken.write_text("raise RuntimeError('first line\\nsecond line')")
    plugged(broken, missing, "no_such_module", "", EXAMPLES / "sparse_vae.py")
    failures = plugins.load_plugins()
    assert [failure.count("\n") for failure in failures] == [0, 0, 0]
    assert "RuntimeError: first line" in failures[0]
    assert f"there is no file {missing}" in failures[1]
    assert "'no_such_module'" in failures[2]
    assert all("$LATENT_EXPLORER_PLUGINS" in failure for failure in failures)
    assert "sparse-vae" in PARTS["objective"]
    assert main(["datasets"]) == 0
    assert capsys.readouterr().err.count("warning: plugin") == 3


def test_app_names_a_failing_plugin_and_opens(plugged, models):
    plugged("no_such_module")
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
    assert not app.exception
    assert any("'no_such_module'" in warning.value for warning in app.warning)


def test_entry_points_of_installed_packages_are_loaded(plugged, monkeypatch):
    class Entry:
        name, value = "mine", "no_such_package.parts:register"

    plugged()
    monkeypatch.setattr(plugins, "entry_points", lambda group: [Entry] if group == "latent_explorer.plugins" else [])
    (failure,) = plugins.load_plugins()
    assert "'no_such_package.parts'" in failure
    assert "the entry point 'mine'" in failure


def test_relative_paths_become_absolute_for_processes_in_other_folders(plugged, tmp_path, monkeypatch):
    (tmp_path / "empty.py").touch()
    monkeypatch.chdir(tmp_path)
    plugged("empty.py")
    assert plugins.load_plugins() == ()
    assert os.environ[plugins.VARIABLE] == str(tmp_path / "empty.py")
