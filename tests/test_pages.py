"""Every page that needs a model, in every state, through Streamlit's own test runner."""

import shutil
from pathlib import Path

import pytest
from digit_runs import padded_digits, train_to_end
from page_cases import ROOT, has_figure, show_page, text_of

from latent_explorer.models import files as checkpoint_files
from latent_explorer.models import library
from latent_explorer.ui.state import Conditional
from vae_core.publishing.publish import publish

PAGES = sorted(p.name for p in (ROOT / "pages").glob("*.py") if not p.name.startswith("learn_"))  # see test_lessons
TRAINING = ("train.py", "race.py")  # they need no model
SHIPPED = sorted(p.parent.name for p in (ROOT / "checkpoints").glob("*/config.json"))

pytestmark = pytest.mark.usefixtures("warm_server")


@pytest.mark.parametrize("page", PAGES)
def test_without_any_model_a_page_says_how_to_get_one(models, page):
    app = show_page(page)
    assert app.title
    if page not in TRAINING:
        assert "no trained model yet" in app.info[0].value


@pytest.mark.parametrize("page", PAGES)
def test_with_models_a_page_opens_on_a_figure(small_models, page):
    app = show_page(page)
    assert not app.error
    assert has_figure(app) or page == "race.py"  # which has nothing to show before the first race


MODEL_PAGES = ["latent_map.py", "traverse.py", "compare.py", "reconstruct.py", "evaluate.py"]
# by default each shipped model on one page, each page with several models; all pairs among the slow tests
PAIRS = [(page, model) for page in MODEL_PAGES for model in SHIPPED]
FAST_PAIRS = {(MODEL_PAGES[i % len(MODEL_PAGES)], model) for i, model in enumerate(SHIPPED)}


@pytest.mark.parametrize(
    ("page", "model"), [pytest.param(*pair, marks=() if pair in FAST_PAIRS else pytest.mark.slow) for pair in PAIRS]
)
def test_shipped_models_show_on_every_page(page, model):
    app = show_page(page, model=model)
    assert not app.error
    assert has_figure(app)


@pytest.mark.parametrize("projection", ["pca", "umap"])
def test_the_map_by_each_projection(small_models, projection):
    app = show_page("latent_map.py", model="deep")
    app.segmented_control(key="projection").set_value(projection).run()
    assert not app.exception
    assert not app.error
    assert "Trustworthiness" in " ".join(c.value for c in app.caption)


def test_compare_takes_models_of_one_data_set(small_models):
    app = show_page("compare.py")
    assert app.multiselect[0].value == ["deep", "flat", "labelled", "plain"]
    app.multiselect[0].set_value(["flat"]).run()
    assert [s.value for s in app.subheader] == ["flat"]
    app.multiselect[0].set_value([]).run()
    assert "Choose one or more" in app.info[0].value


@pytest.mark.parametrize("page", PAGES)
def test_a_broken_model_is_one_sentence(own_models, page):
    for model in own_models.iterdir():
        (model / "weights.safetensors").write_bytes(b"junk")
    (own_models / "deep" / "config.json").write_text("{")
    app = show_page(page, model="flat")
    if page not in TRAINING:
        shown = [*app.error, *app.warning]  # Compare lists unreadable models as warnings
        assert shown
        assert all("\n" not in element.value for element in shown)


def test_a_link_to_a_deleted_model_shows_another_one_with_a_warning(small_models):
    app = show_page("traverse.py", model="deleted")
    assert "no model named 'deleted'" in app.warning[0].value
    assert has_figure(app)


def test_missing_images_are_reported(models):
    run = train_to_end(padded_digits(28), dataset="kmnist", n_steps=3, latent_dim=2)
    publish(run.model, run.dataset, run.dataset, models / "away")
    app = show_page("compare.py")
    assert "not on this machine" in " ".join(c.value for c in app.caption)
    assert not app.error


EVERY_STATE = [
    *(("latent_map.py", {"tab": below}, "deep") for below in ("Selection", "Neighbours", "Arithmetic", "Projection")),
    ("latent_map.py", {"tab": "Plane"}, "flat"),
    *(("latent_map.py", {"beside": beside}, "deep") for beside in ("path", "pad")),
    ("latent_map.py", {"tab": "Arithmetic"}, "labelled"),
    *(("traverse.py", {"part": below}, "deep") for below in ("Units", "Scores", "Download")),
    ("traverse.py", {"shown": True}, "deep"),
    ("traverse.py", {"part": "Download"}, "labelled"),
    ("traverse.py", {"part": "Download"}, "rates"),
    ("traverse.py", {}, "plain"),
    *(("reconstruct.py", {"image": image}, "deep") for image in ("Held-out image", "Made by the model", "Draw")),
    ("reconstruct.py", {"image": "Made by the model"}, "labelled"),
    *(("reconstruct.py", {"task": "Repair", "damage": damage}, "deep") for damage in ("noise", "hole")),
    ("reconstruct.py", {"task": "Repair", "damage": "hole"}, "labelled"),
    ("reconstruct.py", {}, "plain"),
    *(("compare.py", {"by": by}, "deep") for by in ("Images", "Rate and distortion", "Units", "Maps", "β slider", "Seeds")),
    *(("conditional.py", {"ask": below}, "labelled") for below in Conditional.SECTION.options),
    *(("evaluate.py", {"show": show}, "deep") for show in ("Numbers", "Matrices", "Measure", "Published")),
]


@pytest.mark.parametrize(("page", "state", "model"), EVERY_STATE)
def test_every_state_of_every_page(small_models, page, state, model):
    app = show_page(page, model=model, **state)
    assert not app.error
    if state.get("show") not in ("Measure", "Published") and state.get("part") != "Scores" and state.get("by") != "Seeds":
        assert has_figure(app)


def test_the_question_comes_before_the_answer(small_models):
    app = show_page("traverse.py", model="deep")
    assert "nats about *class label*" not in text_of(app)
    app = show_page("traverse.py", model="deep", guess="z1")
    assert "nats about *class label*" in text_of(app)


def test_the_conditional_page_without_conditional_models(own_models):
    for name in library.folders():
        if name != "deep":
            shutil.rmtree(own_models / name)
    app = show_page("conditional.py")
    assert "None of the models here is conditioned" in app.info[0].value


def test_characters_that_the_model_does_not_know_are_reported(small_models):
    app = show_page("conditional.py", model="labelled", ask="Write a number")
    app.text_input(key="text").set_value("abc").run()
    assert "'abc' has no character that this model knows" in app.warning[0].value
    app.text_input(key="text").set_value("1a2").run()
    assert "Left out: a" in text_of(app)


@pytest.mark.parametrize(("name", "applies"), [("deep", False), ("labelled", True)])
def test_only_metrics_that_apply_are_offered(small_models, name, applies):
    app = show_page("evaluate.py", model=name, show="Measure")
    offered = app.multiselect(key=f"metrics of {name}").options
    assert ("label asked for" in offered) is applies
    assert ("the model is not conditioned on class labels" in text_of(app)) is not applies


def test_one_unreadable_model_is_listed_on_compare_and_the_others_work(own_models):
    (own_models / "flat" / "weights.safetensors").write_bytes(b"junk")
    app = show_page("compare.py")
    assert "flat is left out" in app.warning[0].value
    assert "flat" not in [s.value for s in app.subheader]
    assert len(app.subheader) == 3


def test_a_page_run_looks_at_each_checkpoint_once(small_models, monkeypatch):
    looked_at: list[str] = []
    stamp = checkpoint_files.stamp

    def counted(folder: Path):
        looked_at.append(folder.name)
        return stamp(folder)

    app = show_page("compare.py")
    monkeypatch.setattr(checkpoint_files, "stamp", counted)
    app.run()
    assert sorted(looked_at) == sorted(library.folders())
