"""The Train page's form: every field of a configuration has its widget, and every part of the registries trains from it."""

import dataclasses
from pathlib import Path

import pytest
from run_cases import set_form_groups
from streamlit.testing.v1 import AppTest

from vae_core.common.fields import options
from vae_core.config import PARTS, TrainConfig
from vae_core.data import DATASETS
from vae_core.runs.run import Run, all_runs
from vae_core.training.presets import live_preset

ROOT = Path(__file__).parents[1]
VARIANTS = [(part, name) for part, registry in PARTS.items() for name in registry]
SMALLEST = {"burgess": "sprites", "factors": "sprites32"}  # else the 8×8 digits do


pytestmark = pytest.mark.usefixtures("models")


def open_form(dataset: str = "digits") -> AppTest:
    """Open the Train page with every group of its form unfolded."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
    app.switch_page("pages/train.py").run()
    app.selectbox(key="train data").select(dataset).run()
    return set_form_groups(app, "train", unfolded=True)


def fill_small_settings(app: AppTest, steps: int = 3) -> AppTest:
    """Choose settings with which a test is quick."""
    for name, value in {"n_steps": steps, "n_images": 64, "batch_size": 16, "latent_dim": 3}.items():
        app.number_input(key=f"train {name}").set_value(value)
    return app.run()


def trained_run() -> Run:
    (run,) = all_runs()
    return run


def press(app: AppTest) -> AppTest:
    return next(b for b in app.button if b.label == "Train").click().run()


def choose_part(app: AppTest, part: str, name: str) -> AppTest:
    return app.selectbox(key=f"train {part}").select(name).run()


def widget_keys(app: AppTest) -> set[str | None]:
    return {w.key for kind in (app.selectbox, app.number_input, app.toggle) for w in kind}


def test_every_field_of_a_configuration_has_a_widget():
    missing = {f"train {f.name}" for f in dataclasses.fields(TrainConfig)} - widget_keys(open_form()) - {"train dataset"}
    assert not missing


@pytest.mark.parametrize(("part", "name"), VARIANTS)
def test_every_part_trains_from_the_form_with_all_its_fields(part, name):
    app = choose_part(fill_small_settings(open_form(SMALLEST.get(name, "digits"))), part, name)
    assert {f"train {part} {name} {opt.name}" for opt in options(PARTS[part][name])} <= widget_keys(app)
    press(app)
    assert not app.exception
    assert not app.error
    assert (trained_run().status().state, trained_run().status().step) == ("finished", 3)
    assert type(getattr(trained_run().config(), part)) is PARTS[part][name]
    assert any("<img" in h.proto.body for h in app.get("html"))


def test_the_run_has_the_values_of_the_widgets():
    app = choose_part(fill_small_settings(open_form()), "objective", "beta-vae")
    app.number_input(key="train objective beta-vae beta").set_value(2.5)
    app.number_input(key="train clip_norm").set_value(None)
    app.number_input(key="train free_bits").set_value(0.25)
    press(app.run())
    config = trained_run().config()
    assert (config.objective.beta, config.clip_norm, config.free_bits) == (2.5, None, 0.25)
    assert (config.n_steps, config.n_images, config.batch_size, config.latent_dim) == (3, 64, 16, 3)


def test_a_folded_group_keeps_its_choices():
    app = choose_part(fill_small_settings(open_form()), "network", "conv")
    app.number_input(key="train network conv hidden").set_value(48)
    app.number_input(key="train clip_norm").set_value(None)
    app = set_form_groups(app.run(), "train")
    assert "train network" not in widget_keys(app)
    app = set_form_groups(app, "train", unfolded=True)
    assert app.selectbox(key="train network").value == "conv"
    assert app.number_input(key="train network conv hidden").value == 48
    assert app.number_input(key="train clip_norm").value is None
    press(set_form_groups(app, "train"))
    config = trained_run().config()
    assert (config.network.hidden, config.clip_norm, config.n_steps, config.latent_dim) == (48, None, 3, 3)


def test_another_data_set_brings_its_own_network():
    app = choose_part(open_form("digits"), "network", "conv")
    app = set_form_groups(app.selectbox(key="train data").select("sprites32").run(), "train", unfolded=True)
    assert app.selectbox(key="train network").value == "patch"


def test_parts_that_do_not_fit_together_are_refused_in_the_form():
    app = choose_part(choose_part(open_form(), "objective", "ae"), "prior", "vamp")
    assert "choose prior 'standard-normal'" in app.error[0].value
    assert next(b for b in app.button if b.label == "Train").disabled
    app = choose_part(app, "prior", "standard-normal")
    assert not app.error
    assert not next(b for b in app.button if b.label == "Train").disabled


def test_fields_that_do_not_fit_together_are_refused_in_the_form():
    app = choose_part(open_form(), "objective", "multi-rate")
    app.number_input(key="train objective multi-rate beta_low").set_value(50.0).run()
    assert "beta_low must be below beta_high" in app.error[0].value
    assert not app.exception


@pytest.mark.parametrize(
    ("part", "name", "sentence"),
    [("conditional", "factors", "needs known factors"), ("network", "burgess", "takes 64×64 images only")],
)
def test_a_part_that_does_not_fit_the_images_is_refused_before_training(part, name, sentence):
    app = press(choose_part(fill_small_settings(open_form()), part, name))
    assert sentence in app.error[0].value
    assert all_runs() == []


def test_the_network_follows_the_size_of_the_images():
    assert open_form("digits").selectbox(key="train network").value == "mlp"
    assert open_form("sprites32").selectbox(key="train network").value == "patch"


def test_every_registered_set_has_a_preset():
    for name, source in DATASETS.items():
        assert live_preset(name, source.shape).dataset == name
