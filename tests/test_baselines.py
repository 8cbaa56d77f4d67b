"""Baselines: they train reproducibly, and are the same after saving and loading."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from digit_runs import digits_with_factors, generator

from vae_core.baselines import BASELINES, GAN, Diffusion, TrainedBaseline, train_baseline
from vae_core.baselines.diffusion import signal_share
from vae_core.cli.main import main
from vae_core.common.errors import BadInput
from vae_core.evaluation import evaluate

RECIPES = {"gan": GAN(n_steps=4, channels=4), "diffusion": Diffusion(n_steps=4, channels=4, sample_steps=4)}


@pytest.mark.parametrize("name", BASELINES)
def test_contract(name, tmp_path):
    runs = [train_baseline(RECIPES[name], digits_with_factors(), device="cpu") for _ in range(2)]
    before = {k: v.clone() for k, v in runs[0].modules.named_parameters()}
    losses = [list(run) for run in runs]
    assert losses[0] == losses[1]
    assert all(np.isfinite(list(step.values())).all() for step in losses[0])
    still = {k for k, v in runs[0].modules.named_parameters() if torch.equal(v, before[k])}
    assert still <= {"discriminator.logit.bias"}  # while all logits are within ±1, the hinge pulls it both ways alike
    model = runs[0].model
    model.save(tmp_path / "b")
    kept = TrainedBaseline.load(tmp_path / "b")
    shown = kept.sample(5, seed=3)
    np.testing.assert_array_equal(shown, model.sample(5, seed=3))
    assert shown.shape == (5, 1, 8, 8)
    assert 0 <= shown.min() <= shown.max() <= 1
    assert not np.array_equal(shown, kept.sample(5, seed=4))
    assert kept.recipe == RECIPES[name]
    (tmp_path / "b" / "baseline.json").write_text(json.dumps({"format": 9}))
    with pytest.raises(BadInput, match="format 1"):
        TrainedBaseline.load(tmp_path / "b")


@pytest.mark.parametrize("method", ["ddim", "ddpm"])
def test_diffusion_with_the_exact_noise_prediction_samples_the_data(method):
    """Data of one pixel ~ N(0.2, 0.1²) on [−1, 1]: the optimal ε(x, t) is known and gives this distribution."""
    mean, var = 0.2, 0.01

    class ExactNoise(torch.nn.Module):
        def forward(self, x, t):
            a = signal_share(t)[:, None, None, None]
            return (1 - a).sqrt() * (x - a.sqrt() * mean) / (a * var + 1 - a)

    recipe = Diffusion(method=method, sample_steps=200)
    x = 2 * recipe.sample(ExactNoise(), 4000, (1, 1, 1), generator()) - 1
    assert x.mean().item() == pytest.approx(mean, abs=0.01)
    assert x.std().item() == pytest.approx(var**0.5, rel=0.08)


@pytest.mark.slow
def test_diffusion_learns_the_mean_of_its_data():
    recipe = Diffusion(n_steps=150, channels=8, learning_rate=3e-3, ema=0.9)
    run = train_baseline(recipe, digits_with_factors(), device="cpu")
    losses = [step["noise"] for step in run]
    assert np.mean(losses[-20:]) < 0.5 * np.mean(losses[:10])
    assert np.abs(run.model.sample(64, seed=0).mean(0) - digits_with_factors().images.mean(0) / 255).mean() < 0.15


def test_bad_settings_are_refused():
    with pytest.raises(BadInput, match="one of ddim, ddpm"):
        Diffusion(method="euler")
    with pytest.raises(BadInput, match="n_steps"):
        GAN(n_steps=0)


def test_models_of_every_kind_are_compared_in_one_table(tmp_path, capsys):
    for kind, extra in (("gan", []), ("diffusion", ["--sample-steps", "2"])):
        words = ["baseline", kind, "--dataset", "digits", "--channels", "4", "--steps", "3", *extra]
        assert main([*words, "--out", str(tmp_path / kind), "--quiet"]) == 0
    words = ["train", "--dataset", "digits", "--network", "mlp", "--hidden", "8", "--latent-dim", "2", "--steps", "3"]
    assert main([*words, "--out", str(tmp_path / "vae"), "--quiet"]) == 0
    capsys.readouterr()
    folders = [str(tmp_path / name) for name in ("vae", "gan", "diffusion")]
    assert main(["compare", *folders, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert list(printed) == folders
    for folder in folders:
        values = json.loads((Path(folder) / "metrics.json").read_text())["samples"]["values"]
        assert values == printed[folder]["values"]
        assert values["frechet_distance"] > values["frechet_floor"] > 0
        assert "| Fréchet distance of samples | " in (Path(folder) / "README.md").read_text()
    assert "--sample-steps 2 " in (tmp_path / "diffusion" / "README.md").read_text()
    assert main(["compare", *folders]) == 0
    assert "samples/s" in capsys.readouterr().out
    with pytest.raises(BadInput, match="no encoder"):
        evaluate(TrainedBaseline.load(tmp_path / "gan"), digits_with_factors(), ["elbo"])
