"""Evaluation of all registered metrics: stored results, metrics left out, refusals, cancellation; the command line."""

import copy
import dataclasses
import json

import numpy as np
import pytest
import torch
from evaluation_cases import model, squares

from vae_core.cli.main import main
from vae_core.common.errors import BadInput
from vae_core.common.fields import options
from vae_core.evaluation import METRICS, EvaluationContext, Result, evaluate, load_results, plan, save_results
from vae_core.evaluation.disentanglement.factor_metric import factor_codes
from vae_core.evaluation.disentanglement.metrics import MIG
from vae_core.evaluation.latent.collapse import unit_history
from vae_core.evaluation.likelihood.log_likelihood import Elbo, ImportanceNLL
from vae_core.evaluation.likelihood.reconstruction import Reconstruction
from vae_core.evaluation.run import refusal_reason
from vae_core.evaluation.samples.scores import sharpness
from vae_core.publishing.model_card import update_model_card
from vae_core.publishing.publish import publish

SMALL = {
    "n_images": 300,
    "k": 4,
    "n_samples": 200,
    "n_train": 300,
    "n_test": 100,
    "classifier_steps": 30,
}


def small(name: str):
    """The metric with small sizes, so that all metrics together take seconds."""
    known = {option.name for option in options(METRICS[name])}
    return METRICS[name](**{key: value for key, value in SMALL.items() if key in known})


def applies(name: str, candidate) -> bool:
    return refusal_reason(METRICS[name](), EvaluationContext(candidate, squares())) is None


def suitable_model(name: str):
    """A small model that the metric applies to: unconditional, or conditioned on labels."""
    return next(candidate for candidate in (model(), model(conditional="labels")) if applies(name, candidate))


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_reports_values_and_settings_and_is_reproducible(name):
    recipe, shares, measured = small(name), [], suitable_model(name)
    result = evaluate(measured, squares(), [recipe], progress=lambda metric, share: shares.append(share))[name]
    assert json.loads(json.dumps(result.to_json(), allow_nan=False)) == result.to_json()
    settings = {field.name: getattr(recipe, field.name) for field in dataclasses.fields(recipe)}
    assert settings.items() <= result.settings.items()
    assert {"dataset": "squares", "split": "test", "images": 600, "step": 60}.items() <= result.settings.items()
    assert shares[-1] == 1.0 and shares == sorted(shares)
    again = evaluate(measured, squares(), [recipe])[name]
    timed = {"samples_per_second"}
    assert {k: v for k, v in again.values.items() if k not in timed} == {
        k: v for k, v in result.values.items() if k not in timed
    }


@pytest.mark.parametrize("name", [name for name, cls in METRICS.items() if "seed" in {o.name for o in options(cls)}])
def test_the_seed_is_a_setting(name):
    assert dataclasses.replace(small(name), seed=7).seed == 7
    with pytest.raises(BadInput, match="seed must be a whole number ≥ 0"):
        METRICS[name](seed=-1)


def test_matrices_are_nested_lists_of_units_and_factors():
    results = evaluate(model(), squares(), [small("mig"), small("dci_forest")])
    for name, key in (("mig", "mutual_information"), ("dci_forest", "importance")):
        assert np.shape(results[name].values[key]) == (4, 3)
    assert results["mig"].values["factors"] == ["grey", "x", "y"]
    assert results["mig"].settings["representation"] == "posterior mean"
    assert results["mig"].settings["drawn_from"] == "the data set's own images"


def test_without_names_all_quick_metrics_that_apply_are_measured():
    chosen = plan(EvaluationContext(model(), squares()))
    assert set(chosen.recipes) == {name for name, cls in METRICS.items() if cls.quick and applies(name, model())}
    assert chosen.left_out.keys() == METRICS.keys() - chosen.recipes.keys()
    assert chosen.left_out["dci"] == "slow, measured when asked for"
    assert chosen.left_out["asked_label"] == "the model is not conditioned on class labels"


def test_without_factors_the_error_lists_the_metrics_that_apply():
    bare = squares(factors=False, labels=False)
    chosen = plan(EvaluationContext(model(), bare))
    assert {"elbo", "nll", "decomposition", "collapse", "holes", "samples", "reconstruction"} <= chosen.recipes.keys()
    assert not [name for name in chosen.recipes if METRICS[name].family == "disentanglement"]
    assert chosen.left_out["mig"] == "data set 'squares' has neither factors nor labels"
    rest = ", ".join(sorted(chosen.recipes))
    with pytest.raises(BadInput, match=rf"'mig' does not apply: .*\. What applies here: {rest}"):
        evaluate(model(), bare, ["elbo", "mig"])


def test_class_labels_are_used_as_a_single_factor():
    labelled = squares(factors=False)
    assert evaluate(model(), labelled, [small("mig")])["mig"].values["factors"] == ["class label"]
    with pytest.raises(BadInput, match="needs at least 2 factors; data set 'squares' has 1, the class label"):
        evaluate(model(), labelled, ["factor_vae"])


def test_metrics_of_densities_do_not_apply_to_an_autoencoder():
    left_out = plan(EvaluationContext(model("ae", 20), squares())).left_out
    assert {"nll", "decomposition", "holes"} <= left_out.keys()
    assert "mig" not in left_out


def test_error_for_an_unknown_metric_lists_the_known_ones():
    with pytest.raises(BadInput, match="unknown metric 'fid'; choose from asked_label, beta_vae, collapse"):
        evaluate(model(), squares(), ["fid"])


def test_images_of_another_shape_are_refused():
    wide = dataclasses.replace(squares(), images=np.zeros((600, 1, 8, 9), np.uint8))
    with pytest.raises(BadInput, match=r"takes images of shape \(1, 8, 8\), dataset 'squares' has \(1, 8, 9\)"):
        evaluate(model(), wide, ["elbo"])


@pytest.mark.parametrize("name", ["mig", "decomposition", "holes", "collapse"])
def test_codes_that_are_not_finite_are_refused(name):
    broken = copy.deepcopy(model())
    with torch.no_grad():
        broken.vae.encoder.head.bias[0] = torch.nan
    with pytest.raises(BadInput, match="the codes of 300 of 300 images are not finite"):
        evaluate(broken, squares(), [small(name)])


def test_too_few_images_are_refused():
    few = squares().take(np.arange(30))
    with pytest.raises(BadInput, match="at least 100 images, got 30"):
        evaluate(model(), few, ["mig"])
    with pytest.raises(BadInput, match="at least 40 images, got 30"):
        evaluate(model(), few, ["holes"])
    assert {"elbo", "nll", "decomposition", "collapse"} <= set(plan(EvaluationContext(model(), few)).recipes)


def test_without_names_a_constant_factor_only_leaves_metrics_out():
    factors = squares().factors.copy()
    factors[:, 1] = 2
    left_out = plan(EvaluationContext(model(), dataclasses.replace(squares(), factors=factors))).left_out
    assert left_out["mig"] == "factor 1 is constant (2) over all 600 images; leave it out"
    factors = squares().factors.copy()
    factors[0, 1] = 9
    left_out = plan(EvaluationContext(model(), dataclasses.replace(squares(), factors=factors))).left_out
    assert left_out.keys() == {"dci", "factor_vae", "beta_vae", "asked_label"}
    assert "factor 1 has a value that only one image has" in left_out["factor_vae"]


def test_stored_result_with_equal_settings_is_not_measured_again():
    kept = evaluate(model(), squares(), [Elbo(n_images=50)])
    marked = {"elbo": Result(kept["elbo"].values | {"mark": 1}, kept["elbo"].settings)}
    assert evaluate(model(), squares(), [Elbo(n_images=50)], stored=marked)["elbo"].values["mark"] == 1
    for other in (
        evaluate(model(), squares(), [Elbo(n_images=51)], stored=marked),
        evaluate(model(), squares(split="train"), [Elbo(n_images=50)], stored=marked),
        evaluate(model("vae", 40), squares(), [Elbo(n_images=50)], stored=marked),
    ):
        assert "mark" not in other["elbo"].values


def test_cancelled_evaluation_keeps_finished_results():
    found = {}

    def cancel(name: str, share: float) -> None:
        if name == "nll" and share > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        evaluate(model(), squares(), [Elbo(), ImportanceNLL(k=2)], on_result=found.__setitem__, progress=cancel)
    assert list(found) == ["elbo"]


def test_results_are_saved_and_loaded(tmp_path):
    results = evaluate(model(), squares(), [small("mig")])
    save_results(tmp_path, results)
    assert load_results(tmp_path) == results
    assert load_results(tmp_path / "nowhere") == {}
    (tmp_path / "metrics.json").write_text('{"mig": 3}')
    with pytest.raises(BadInput, match="values and settings for each metric"):
        load_results(tmp_path)


def test_factors_are_drawn_from_the_whole_sprite_grid():
    from vae_core.data import load_dataset

    sprites = load_dataset("sprites32", split="test", n_images=200)
    context = EvaluationContext(sprite_model(), sprites)
    points = factor_codes(context, 500, 0)
    assert points.codes.shape == (500, 3)
    assert points.factors.max(axis=0).tolist() == [2, 5, 39, 31, 31]
    assert MIG().settings(context)["drawn_from"] == "all 737,280 combinations of the sprite grid"


def sprite_model():
    from vae_core.data import load_dataset
    from vae_core.parts.networks import MLP
    from vae_core.training.loop import TrainConfig, train

    config = TrainConfig(dataset="sprites32", network=MLP(hidden=8), latent_dim=3, n_steps=1)
    run = train(config, load_dataset("sprites32", n_images=100), device="cpu")
    list(run)
    return run.model


def test_images_are_encoded_once_for_all_metrics(monkeypatch):
    calls, trained = [], model()
    encode = trained.encode
    monkeypatch.setattr(trained, "encode", lambda images, labels: calls.append(len(images)) or encode(images))
    evaluate(trained, squares(), [small("mig"), small("modularity"), small("irs"), small("collapse")])
    assert calls == [300]


# --- steps at which units collapsed


def history(rows):
    return [{"step": 10 * i, "held_out": {"unit_kl": kl, "mean_variance": v}} for i, (kl, v) in enumerate(rows, start=1)]


def test_history_gives_the_step_at_which_a_unit_collapsed():
    variance = [[0.5, 0.5, 0.0, 0.5], [0.5, 0.0, 0.0, 0.0], [0.5, 0.005, 0.0, 0.5]]
    report = unit_history([{"step": 5}, *history([([1.0] * 4, v) for v in variance])])
    assert report.died_at == (None, 20, 10, None)
    assert report.ever_active == (True, True, False, True)
    assert report.steps.tolist() == [10, 20, 30]
    assert report.unit_kl.shape == (3, 4)


def test_history_without_measurements_is_refused():
    with pytest.raises(BadInput, match="no measurement of held-out images"):
        unit_history([{"step": 1}])


def test_number_of_dead_units_agrees_with_the_elbo():
    results = evaluate(model(), squares(), ["elbo", "collapse"])
    assert results["collapse"].values["n_dead"] == 4 - results["elbo"].values["active_units"]
    dead = results["collapse"].values["dead_units"]
    assert all(results["elbo"].values["mean_variance"][unit] <= 0.01 for unit in dead)


# --- the command line


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory):
    root = tmp_path_factory.mktemp("checkpoints")
    for seed in (0, 1):
        command = (
            f"train --dataset digits --network mlp --latent-dim 3 --steps 30 --seed {seed} --quiet --out {root / str(seed)}"
        )
        assert main(command.split()) == 0
    return root


def test_command_stores_results_and_does_not_measure_them_again(checkpoints, capsys):
    folder = checkpoints / "0"
    assert main(["evaluate", str(folder), "--metrics", "elbo,mig,unsure", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed.keys() == {"elbo", "mig", "unsure"}
    stored = json.loads((folder / "metrics.json").read_text())
    assert {name: stored[name] for name in printed} == printed
    assert list((checkpoints / "classifiers").iterdir())
    stored["mig"]["values"]["mig"] = 42.0
    (folder / "metrics.json").write_text(json.dumps(stored))
    main(["evaluate", str(folder), "--metrics", "mig", "--json"])
    assert json.loads(capsys.readouterr().out)["mig"]["values"]["mig"] == 42.0
    main(["evaluate", str(folder), "--metrics", "mig", "--json", "--again"])
    assert json.loads(capsys.readouterr().out)["mig"] == printed["mig"]


def test_command_prints_text_and_refuses_what_does_not_apply(checkpoints, capsys):
    assert main(["evaluate", str(checkpoints / "0"), "--metrics", "collapse,mig"]) == 0
    text = capsys.readouterr().out
    assert "matrix 3 × 1" in text and "class label" in text
    assert main(["evaluate", str(checkpoints / "0"), "--metrics", "factor_vae"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert main(["evaluate", str(checkpoints / "0"), "--metrics", "fid"]) == 2


def test_models_are_ranked_without_labels(checkpoints, capsys):
    folders = [str(checkpoints / "0"), str(checkpoints / "1")]
    assert main(["udr", *folders, "--images", "150", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["udr"].keys() == set(folders)
    assert printed["pairwise"][0][1] == printed["pairwise"][1][0]
    assert main(["udr", folders[0]]) == 2
    assert "at least 2 models, got 1" in capsys.readouterr().err


def test_reconstruction_is_the_error_of_the_decoded_mean():
    values = evaluate(model(), squares(), [Reconstruction(n_images=200)])["reconstruction"].values
    x = squares().subset(200, seed=0).images
    error = model().decode(model().encode(x)[0]).astype(np.float64) - x / 255
    assert values["mse"] == pytest.approx((error**2).mean(), rel=1e-5)
    assert values["mae"] == pytest.approx(np.abs(error).mean(), rel=1e-5)
    assert values["sharpness_of_data"] == pytest.approx(sharpness(x))


def test_every_headline_is_a_value_and_the_card_shows_it(tmp_path):
    data = squares()
    publish(model(), squares(split="train", seed=1), data, tmp_path / "m", about="A | sentence.")
    results = evaluate(model(), data, [small(name) for name in METRICS if applies(name, model())])
    update_model_card(tmp_path / "m", results)
    text = (tmp_path / "m" / "README.md").read_text()
    assert "A | sentence." in text and "python -m vae_core train" in text
    for name, result in results.items():
        assert METRICS[name].headline, name
        for key, title in METRICS[name].headline.items():
            assert f"| {title} | " in text and key in result.values
    (tmp_path / "m" / "README.md").write_text("mine")
    update_model_card(tmp_path / "m", results)
    assert (tmp_path / "m" / "README.md").read_text() == "mine"
