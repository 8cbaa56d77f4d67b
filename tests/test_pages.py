"""Every page that needs a model, in every state, through Streamlit's own test runner."""

import dataclasses
import shutil
import time
from pathlib import Path

import numpy as np
import pytest
from digit_runs import digits, padded_digits, train_to_end
from streamlit.testing.v1 import AppTest

from latent_explorer.background.projection_files import REFINED, SKETCH
from latent_explorer.background.shared import evaluations
from latent_explorer.background.umap_client import ProjectionJob
from latent_explorer.models import files as checkpoint_files
from latent_explorer.models import library, projection_cache
from latent_explorer.ui import url_state
from latent_explorer.ui.state import Conditional
from vae_core import LatentAtlas
from vae_core.latent.projection import Projection
from vae_core.publishing.publish import publish

ROOT = Path(__file__).parents[1]
PAGES = sorted(p.name for p in (ROOT / "pages").glob("*.py") if not p.name.startswith("learn_"))  # see test_lessons
TRAINING = ("train.py", "race.py")  # they need no model
SHIPPED = sorted(p.parent.name for p in (ROOT / "checkpoints").glob("*/config.json"))


pytestmark = pytest.mark.usefixtures("warm_server")


@pytest.fixture(scope="module")
def all_kept(tmp_path_factory):
    """Small models of the same data: of two units, with a UMAP, conditional, of another seed, multi-rate, an autoencoder."""
    folder = tmp_path_factory.mktemp("kept")
    for name, latent_dim, umap, more in (
        ("flat", 2, False, {}),
        ("deep", 3, True, {}),
        ("told", 3, False, {"conditional": {"name": "labels"}}),
        ("twin", 3, False, {"seed": 1}),
        ("rates", 3, False, {"objective": {"name": "multi-rate", "beta_low": 0.5, "beta_high": 4.0}}),
        ("plain", 3, False, {"objective": {"name": "ae"}}),
    ):
        run = train_to_end(digits().subset(200), latent_dim=latent_dim, n_steps=8, **more)
        publish(run.model, run.dataset.subset(120), run.dataset.subset(60), folder / name)
        if umap:  # any drawing does, and a real one would compile for half a minute
            atlas = LatentAtlas.load(folder / name / "atlas.npz")
            dataclasses.replace(atlas, xy=np.tanh(atlas.mean[:, :2])).save(folder / name / "atlas.npz")
    return folder


@pytest.fixture
def kept(all_kept, monkeypatch):
    """The small models, read only: caches are shared by the tests."""
    monkeypatch.setenv("LATENT_EXPLORER_CHECKPOINTS", str(all_kept))
    return all_kept


@pytest.fixture
def own(models, all_kept):
    """A copy of the small models that a test may change."""
    shutil.copytree(all_kept, models, dirs_exist_ok=True)
    return models


def show(page: str, **state) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    for key, value in state.items():
        app.session_state[key] = value
    app.run()
    if page != "gallery.py":
        app.switch_page(f"pages/{page}").run()
    assert not app.exception
    return app


def has_figure(app: AppTest) -> bool:
    """AppTest knows no components of the second kind, so the canvas is an element of the type that they have."""
    return any(app.get(kind) for kind in ("image", "plotly_chart", "bidi_component"))


@pytest.mark.parametrize("page", PAGES)
def test_without_any_model_a_page_says_how_to_get_one(models, page):
    app = show(page)
    assert app.title
    if page not in TRAINING:
        assert "no trained model yet" in app.info[0].value


@pytest.mark.parametrize("page", PAGES)
def test_with_models_a_page_opens_on_a_figure(kept, page):
    app = show(page)
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
    app = show(page, model=model)
    assert not app.error
    assert has_figure(app)


@pytest.mark.parametrize("projection", ["pca", "umap"])
def test_the_map_by_each_projection(kept, projection):
    app = show("latent_map.py", model="deep")
    app.segmented_control(key="projection").set_value(projection).run()
    assert not app.exception
    assert not app.error
    assert "Trustworthiness" in " ".join(c.value for c in app.caption)


def test_compare_takes_models_of_one_data_set(kept):
    app = show("compare.py")
    assert app.multiselect[0].value == ["deep", "flat", "plain", "rates"]
    app.multiselect[0].set_value(["flat"]).run()
    assert [s.value for s in app.subheader] == ["flat"]
    app.multiselect[0].set_value([]).run()
    assert "Choose one or more" in app.info[0].value


@pytest.mark.parametrize("page", PAGES)
def test_a_broken_model_is_one_sentence(own, page):
    for model in own.iterdir():
        (model / "weights.safetensors").write_bytes(b"junk")
    (own / "deep" / "config.json").write_text("{")
    app = show(page, model="flat")
    if page not in TRAINING:
        shown = [*app.error, *app.warning]  # Compare lists unreadable models as warnings
        assert shown
        assert all("\n" not in element.value for element in shown)


def test_a_link_to_a_deleted_model_shows_another_one_with_a_warning(kept):
    app = show("traverse.py", model="deleted")
    assert "no model named 'deleted'" in app.warning[0].value
    assert has_figure(app)


def test_missing_images_are_reported(models):
    run = train_to_end(padded_digits(28), dataset="kmnist", n_steps=3, latent_dim=2)
    publish(run.model, run.dataset, run.dataset, models / "away")
    app = show("compare.py")
    assert "not on this machine" in " ".join(c.value for c in app.caption)
    assert not app.error


EVERY_STATE = [
    *(("latent_map.py", {"tab": below}, "deep") for below in ("Selection", "Neighbours", "Arithmetic", "Projection")),
    ("latent_map.py", {"tab": "Plane"}, "flat"),
    *(("latent_map.py", {"beside": beside}, "deep") for beside in ("path", "pad")),
    ("latent_map.py", {"tab": "Arithmetic"}, "told"),
    *(("traverse.py", {"part": below}, "deep") for below in ("Units", "Scores", "Download")),
    ("traverse.py", {"shown": True}, "deep"),
    ("traverse.py", {"part": "Download"}, "told"),
    ("traverse.py", {"part": "Download"}, "rates"),
    ("traverse.py", {}, "plain"),
    *(("reconstruct.py", {"image": image}, "deep") for image in ("Held-out image", "Made by the model", "Draw")),
    ("reconstruct.py", {"image": "Made by the model"}, "told"),
    *(("reconstruct.py", {"task": "Repair", "damage": damage}, "deep") for damage in ("noise", "hole")),
    ("reconstruct.py", {"task": "Repair", "damage": "hole"}, "told"),
    ("reconstruct.py", {}, "plain"),
    *(("compare.py", {"by": by}, "deep") for by in ("Images", "Rate and distortion", "Units", "Maps", "β slider", "Seeds")),
    *(("conditional.py", {"ask": below}, "told") for below in Conditional.SECTION.options),
    *(("evaluate.py", {"show": show}, "deep") for show in ("Numbers", "Matrices", "Measure", "Published")),
]


@pytest.mark.parametrize(("page", "state", "model"), EVERY_STATE)
def test_every_state_of_every_page(kept, page, state, model):
    app = show(page, model=model, **state)
    assert not app.error
    if state.get("show") not in ("Measure", "Published") and state.get("part") != "Scores" and state.get("by") != "Seeds":
        assert has_figure(app)


def text_of(app: AppTest) -> str:
    return " ".join(
        element.value for kind in (app.markdown, app.caption, app.info, app.warning, app.success) for element in kind
    )


def press(app: AppTest, label: str) -> AppTest:
    next(b for b in app.button if b.label == label).click()
    app.run()
    assert not app.exception
    return app


def test_the_gallery_finds_by_words_and_data(kept):
    app = show("gallery.py")
    assert [s.value for s in app.subheader] == ["deep", "flat", "plain", "rates", "told", "twin"]
    app.text_input(key="q").set_value("multi").run()
    assert [s.value for s in app.subheader] == ["rates"]
    app.text_input(key="q").set_value("no such model").run()
    assert "No model matches; there are 6 in all" in app.info[0].value


def test_the_gallery_duplicates_and_deletes(own):
    app = show("gallery.py")
    press(app, "Duplicate")
    assert "deep-copy" in library.folders()
    assert "deep-copy was added" in app.success[0].value
    press(app, "Duplicate")
    assert "already" in app.error[0].value
    app.checkbox(key="sure deep-copy").check().run()
    next(b for b in app.button if b.key == "delete deep-copy").click().run()
    assert "deep-copy" not in library.folders()
    assert "deleted" in app.success[0].value


def test_one_broken_model_leaves_the_others_in_the_gallery(own):
    (own / "flat" / "config.json").write_text("[]")
    app = show("gallery.py")
    assert len(app.error) == 1
    assert len(app.subheader) == 6
    assert has_figure(app)


def test_other_folders_beside_the_models_are_ignored(own):
    (own / "classifiers").mkdir()
    (own / "gan").mkdir()
    (own / "gan" / "baseline.json").write_text("{}")
    app = show("gallery.py")
    assert not app.error
    assert "gan" not in [s.value for s in app.subheader]


def test_a_link_restores_selection_and_latent_code(kept):
    atlas = LatentAtlas.load(kept / "deep" / "atlas.npz")
    rows = np.arange(10, 30)
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    app.session_state["model"] = "deep"
    app.run()
    app.query_params["sel"] = url_state.write_rows(rows, len(atlas))
    app.query_params["z"] = "0.5,-1,0.25"
    app.switch_page("pages/latent_map.py").run()
    assert not app.exception
    assert f"20 of {len(atlas)} images selected" in text_of(app)
    assert app.session_state["given z map deep"][0].tolist() == [0.5, -1, 0.25]
    assert len(app.dataframe[0].value) == 20


def test_invalid_parameters_in_a_link_are_ignored(kept):
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    app.run()
    for name, value in {"sel": "%%%", "z": "a,b", "c": "1,2", "a": "x", "tab": "nowhere", "projection": "tsne"}.items():
        app.query_params[name] = value
    app.switch_page("pages/latent_map.py").run()
    assert not app.exception
    assert not app.error


def test_the_question_comes_before_the_answer(kept):
    app = show("traverse.py", model="deep")
    assert "nats about *class label*" not in text_of(app)
    app = show("traverse.py", model="deep", guess="z1")
    assert "nats about *class label*" in text_of(app)


def test_a_metric_is_measured_and_shown(own, monkeypatch):
    app = show("evaluate.py", model="deep", show="Measure")
    app.multiselect(key="metrics of deep").set_value(["sap"]).run()
    press(app, "Measure")
    job = evaluations().of(own / "deep")
    for _ in range(1200):
        if job.finished:
            break
        time.sleep(0.1)
    assert job.state == "done", job.failure
    app = show("evaluate.py", model="deep")
    assert "SAP" in app.dataframe[0].value["number"].tolist()


def test_the_conditional_page_without_conditional_models(own):
    for name in library.folders():
        if name != "deep":
            shutil.rmtree(own / name)
    app = show("conditional.py")
    assert "None of the models here is conditioned" in app.info[0].value


def test_characters_that_the_model_does_not_know_are_reported(kept):
    app = show("conditional.py", model="told", ask="Write a number")
    app.text_input(key="text").set_value("abc").run()
    assert "'abc' has no character that this model knows" in app.warning[0].value
    app.text_input(key="text").set_value("1a2").run()
    assert "Left out: a" in text_of(app)


@pytest.mark.parametrize(("name", "applies"), [("deep", False), ("told", True)])
def test_only_metrics_that_apply_are_offered(kept, name, applies):
    app = show("evaluate.py", model=name, show="Measure")
    offered = app.multiselect(key=f"metrics of {name}").options
    assert ("label asked for" in offered) is applies
    assert ("the model is not conditioned on class labels" in text_of(app)) is not applies


def test_a_waiting_projection_can_be_cancelled(kept, monkeypatch):
    """A projector that never finishes."""

    class Stuck:
        cancelled = 0

        def request(self, codes, settings):
            return ProjectionJob("key", codes, settings, progress=0.3)

        def jobs_ahead(self, job):
            return 0

        def cancel(self, job):
            self.cancelled += 1

    stuck = Stuck()
    monkeypatch.setattr(projection_cache, "projector", lambda: stuck)
    app = show("latent_map.py", model="deep", projection="umap", neighbours=7)
    assert not has_figure(app)
    press(app, "Cancel")
    assert stuck.cancelled == 1
    app.run()
    assert app.session_state["projection"] == "pca"
    assert has_figure(app)


def test_a_sketch_is_shown_until_the_map_is_refined(kept, monkeypatch):
    xy = np.random.default_rng(0).normal(size=(len(LatentAtlas.load(kept / "deep" / "atlas.npz")), 2))
    job = ProjectionJob("key", xy, {}, sketch=Projection("UMAP", xy, 0.8, epochs=SKETCH))

    class Drawing:
        def request(self, codes, settings):
            return job

    monkeypatch.setattr(projection_cache, "projector", Drawing)
    app = show("latent_map.py", model="deep", projection="umap", neighbours=8)
    assert has_figure(app)
    assert "A sketch after 40 epochs" in text_of(app)
    refined = Projection("UMAP", 2 * xy, 0.9, epochs=SKETCH + REFINED)
    monkeypatch.setattr(projection_cache, "umap", lambda files, settings: refined)
    job.done.set()
    app.run()
    assert has_figure(app)
    assert "A sketch after" not in text_of(app)
    assert "Trustworthiness 0.900" in text_of(app)


@pytest.mark.parametrize(
    ("page", "parameters"),
    [
        ("compare.py", {"seed": "inf"}),
        ("compare.py", {"seed": "1e400", "by": ""}),
        ("traverse.py", {"part": "", "pixels": "nan"}),
        ("reconstruct.py", {"number": "1e400", "noise": "-inf", "task": ""}),
        ("reconstruct.py", {"number": "12345678901234567890", "image": "nowhere"}),
        ("latent_map.py", {"tab": "", "projection": "", "neighbours": "1e9", "strength": "nan"}),
        ("conditional.py", {"from": "inf", "ask": "", "temperature": "x", "text": "y" * 500}),
        ("evaluate.py", {"show": "", "matrix": ""}),
        ("gallery.py", {"q": "z" * 1000, "data": ""}),
    ],
)
def test_a_parameter_outside_its_range_falls_back_to_the_default(kept, page, parameters):
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    app.session_state["model"] = "told" if page == "conditional.py" else "deep"
    app.run()
    for name, value in parameters.items():
        app.query_params[name] = value
    if page == "gallery.py":
        app.run()
    else:
        app.switch_page(f"pages/{page}").run()
    assert not app.exception
    assert not app.error
    assert has_figure(app)


def test_hide_removes_named_controls_and_keeps_their_values(kept):
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    app.session_state["model"] = "deep"
    app.run()
    app.query_params["hide"] = "image,task,noise,model,sample"
    app.query_params["image"] = "Made by the model"
    app.query_params["sample"] = "3"
    app.switch_page("pages/reconstruct.py").run()
    assert not app.exception
    keys = {element.key for element in (*app.slider, *app.number_input, *app.selectbox)}
    assert not keys & {"noise", "sample", "model"}
    assert "sample of the model's own prior" in text_of(app)


def test_one_unreadable_model_is_listed_on_compare_and_the_others_work(own):
    (own / "flat" / "weights.safetensors").write_bytes(b"junk")
    app = show("compare.py")
    assert "flat is left out" in app.warning[0].value
    assert "flat" not in [s.value for s in app.subheader]
    assert len(app.subheader) == 3


def test_a_page_run_looks_at_each_checkpoint_once(kept, monkeypatch):
    looked_at: list[str] = []
    stamp = checkpoint_files.stamp

    def counted(folder: Path):
        looked_at.append(folder.name)
        return stamp(folder)

    app = show("compare.py")
    monkeypatch.setattr(checkpoint_files, "stamp", counted)
    app.run()
    assert sorted(looked_at) == sorted(library.folders())
