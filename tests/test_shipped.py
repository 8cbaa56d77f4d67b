"""Shipped checkpoints: commands and numbers on their cards, sizes, and the behaviour that each is meant to show.

Sprites, digits and samples are measured again; for models of MNIST, which would have to be downloaded, the numbers are those
that ``python -m vae_core evaluate`` stored in metrics.json.
"""

import json
import runpy
import shlex
from itertools import pairwise

import numpy as np
import pytest
import torch

from latent_explorer import home
from vae_core.analysis.atlas import LatentAtlas
from vae_core.checkpoints.trained_vae import TrainedVAE
from vae_core.data import load_dataset
from vae_core.evaluation import METRICS
from vae_core.evaluation.likelihood.elbo import measure_elbo
from vae_core.evaluation.samples.scores import sharpness
from vae_core.latent.active_units import ACTIVE_VARIANCE

CHECKPOINTS = home.shipped_checkpoints()
RECIPES = runpy.run_path(str(CHECKPOINTS / "build.py"))["RECIPES"]
MODELS = sorted(path.parent.name for path in CHECKPOINTS.glob("*/config.json"))
LADDER = [f"sprites32-beta{beta}" for beta in (1, 2, 4, 8, 16)]


def numbers(name: str, metric: str) -> dict:
    return json.loads((CHECKPOINTS / name / "metrics.json").read_text())[metric]["values"]


def size(path) -> int:
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def test_sizes_of_checkpoints_and_of_all_together():
    assert {path.name: size(path) for path in CHECKPOINTS.iterdir() if size(path) > 5e6} == {}
    assert size(CHECKPOINTS) < 60e6


def test_shipped_models_are_those_of_the_build_script():
    folders = {path.name for path in CHECKPOINTS.iterdir() if path.is_dir() and not path.name.startswith((".", "_"))}
    assert folders == RECIPES.keys()
    assert set((CHECKPOINTS / "shipped.txt").read_text().split()) == RECIPES.keys()


@pytest.mark.parametrize("name", MODELS)
def test_the_card_holds_the_command_and_the_numbers(name):
    words, about = RECIPES[name]
    model, card = TrainedVAE.load(CHECKPOINTS / name), (CHECKPOINTS / name / "README.md").read_text()
    command = shlex.split(next(line for line in card.splitlines() if line.startswith("python -m vae_core train")))
    given = dict(pairwise(command))
    for flag, value in pairwise(shlex.split(words)):
        if flag.startswith("--") and not value.startswith("--") and flag in given:
            assert given[flag].lower() == value or float(given[flag]) == float(value), flag
    assert about in card
    assert f"{model.step:,} of batch" in card
    results = json.loads((CHECKPOINTS / name / "metrics.json").read_text())
    assert results.keys() & {"elbo", "samples", "reconstruction"} == {"elbo", "samples", "reconstruction"}
    for metric in results:
        assert all(title in card for title in METRICS[metric].headline.values()), metric


def test_kl_falls_and_error_rises_with_beta():
    images = torch.from_numpy(load_dataset("sprites32", split="test", n_images=500).images)
    summaries = [measure_elbo(TrainedVAE.load(CHECKPOINTS / name).vae, images) for name in LADDER]
    for measured in ([s.kl for s in summaries], [-s.reconstruction for s in summaries], [s.active_units for s in summaries]):
        assert measured == sorted(measured, reverse=True)
    assert summaries[0].active_units > summaries[-1].active_units


def test_autoregressive_model_collapses_only_without_free_bits():
    images = torch.from_numpy(load_dataset("digits", split="test").images)
    collapsed, with_bits = (
        measure_elbo(TrainedVAE.load(CHECKPOINTS / f"digits-ar-{name}").vae, images) for name in ("collapsed", "freebits")
    )
    assert (collapsed.active_units, with_bits.active_units) == (0, 6)
    assert collapsed.kl < 0.1
    assert with_bits.kl > 6 * 0.45  # the floor is of the training images' mean
    configs = [TrainedVAE.load(CHECKPOINTS / f"digits-ar-{name}").config for name in ("collapsed", "freebits")]
    assert [config.free_bits for config in configs] == [0, 0.5]
    assert {**configs[0].to_json(), "free_bits": 0.5} == configs[1].to_json()


def test_vampprior_is_closer_to_the_aggregate_posterior_than_the_normal_prior():
    vamp, plain = (TrainedVAE.load(CHECKPOINTS / f"mnist-{name}").config.to_json() for name in ("vamp", "mlp20"))
    assert {key for key in vamp if vamp[key] != plain[key]} == {"prior"}
    assert numbers("mnist-vamp", "decomposition")["kl_to_prior"] < numbers("mnist-mlp20", "decomposition")["kl_to_prior"]
    assert numbers("mnist-vamp", "elbo")["elbo"] > numbers("mnist-mlp20", "elbo")["elbo"]


@pytest.mark.parametrize("name", ["mnist-vae-gan", "mnist-perceptual", "mnist-laplace"])
def test_sharper_than_the_mse_model_at_a_higher_mse(name):
    own, plain = numbers(name, "reconstruction"), numbers("mnist-mse", "reconstruction")
    assert own["sharpness"] > plain["sharpness"]
    assert own["mse"] > plain["mse"]
    samples = [sharpness(TrainedVAE.load(CHECKPOINTS / model).sample(500, seed=0)) for model in (name, "mnist-mse")]
    assert samples[0] > samples[1]


def test_conditional_model_generates_the_requested_label():
    values = numbers("mnist-cvae", "asked_label")
    assert values["as_asked"] >= 0.9
    assert values["leak"] < 0.5  # unconditional codes of as many units: about 0.9


def test_autoencoder_differs_from_its_vae_only_in_the_objective():
    ae, vae = (TrainedVAE.load(CHECKPOINTS / name).config.to_json() for name in ("mnist-ae2", "mnist-2"))
    assert {key for key in ae if ae[key] != vae[key]} == {"objective"}


@pytest.mark.parametrize("name", MODELS)
def test_every_atlas_belongs_to_its_model(name):
    """The atlas is finite, has the model's units, and as many active units as its metrics.json."""
    atlas, model = LatentAtlas.load(CHECKPOINTS / name / "atlas.npz"), TrainedVAE.load(CHECKPOINTS / name)
    assert atlas.mean.shape[1] == model.latent_dim
    assert np.isfinite(atlas.mean).all()
    alive = int((atlas.mean.var(axis=0) > ACTIVE_VARIANCE).sum())
    assert abs(alive - numbers(name, "elbo")["active_units"]) <= 1
