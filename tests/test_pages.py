"""Every page, in every state, through Streamlit's own test runner."""

import shutil
from pathlib import Path

import pytest
from small import finished, padded_digits
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

from latent_explorer import session
from vae_core.publish import publish

ROOT = Path(__file__).parents[1]
PAGES = sorted(p.name for p in (ROOT / "pages").glob("*.py"))
SHIPPED = [p.parent.name for p in (ROOT / "checkpoints").glob("*/config.json")]


@pytest.fixture(autouse=True)
def warm_server(monkeypatch):
    """AppTest forgets before each run that st.navigation was ever called, as a fresh server does once in its life.

    A page then starts anew (``page.start``) and a button's press would be lost; tests/browser has the fresh server.
    """
    create = PagesManager.__init__

    def warm(self, *args, **kwargs):
        create(self, *args, **kwargs)
        PagesManager.uses_pages_directory = False

    monkeypatch.setattr(PagesManager, "__init__", warm)


@pytest.fixture
def models(tmp_path, monkeypatch):
    """A folder of checkpoints of its own, empty at first."""
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    monkeypatch.setattr(session, "CHECKPOINTS", folder)
    return folder


@pytest.fixture(scope="module")
def two_kept(tmp_path_factory):
    """Two small models of the same data, one flat, one of three units and with a UMAP."""
    folder = tmp_path_factory.mktemp("kept")
    for name, latent_dim, umap in (("flat", 2, False), ("deep", 3, True)):
        run = finished(latent_dim=latent_dim, n_steps=30)
        publish(run.model, run.dataset.subset(120), run.dataset.subset(60), folder / name, umap=umap)
    return folder


@pytest.fixture
def kept(models, two_kept):
    shutil.copytree(two_kept, models, dirs_exist_ok=True)
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
    if page != "train.py":
        assert "no trained model yet" in app.info[0].value


@pytest.mark.parametrize("page", PAGES)
def test_with_models_a_page_opens_on_a_figure(kept, page):
    app = show(page)
    assert not app.error
    assert has_figure(app)


@pytest.mark.parametrize("model", SHIPPED)
@pytest.mark.parametrize("page", ["latent_map.py", "traverse.py", "compare.py"])
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
    assert sorted(app.multiselect[0].value) == ["deep", "flat"]
    app.multiselect[0].set_value(["flat"]).run()
    assert [s.value for s in app.subheader] == ["flat"]
    app.multiselect[0].set_value([]).run()
    assert "Choose one or more" in app.info[0].value


def test_train_runs_to_its_end_and_is_kept(models):
    app = show("train.py")
    app.number_input(key="train steps").set_value(20).run()
    next(b for b in app.button if b.label == "Train").click().run()
    assert not app.exception
    assert app.session_state["training"].step == 20
    app.text_input[0].set_value("../escape")
    next(b for b in app.button if b.label == "Keep").click().run()
    assert "a model's name is made of letters" in app.error[0].value
    app.text_input[0].set_value("mine")
    next(b for b in app.button if b.label == "Keep").click().run()
    assert "Kept as mine" in app.success[0].value
    assert session.model_names() == ["mine"]
    next(b for b in app.button if b.label == "Keep").click().run()
    assert "exists already" in app.error[0].value


def test_train_refuses_what_does_not_fit_with_a_sentence(models):
    app = show("train.py")
    app.selectbox(key="train network").select("patch").run()
    app.selectbox(key="train data").select("digits").run()
    app.selectbox(key="train network").select("conv").run()
    next(b for b in app.button if b.label == "Train").click()
    app.number_input(key="train steps").set_value(10)
    app.run()
    assert not app.exception


@pytest.mark.parametrize("page", PAGES)
def test_a_broken_model_is_one_sentence(kept, page):
    (kept / "flat" / "weights.safetensors").write_bytes(b"junk")
    (kept / "deep" / "config.json").write_text("{")
    app = show(page, model="flat")
    if page != "train.py":
        assert app.error
        assert all("\n" not in e.value for e in app.error)


def test_a_model_that_has_gone_is_said_and_another_shown(kept):
    app = show("traverse.py", model="deleted")
    assert "no model named 'deleted'" in app.warning[0].value
    assert has_figure(app)


def test_images_that_are_not_here_are_said_not_raised(models):
    run = finished(padded_digits(28), dataset="kmnist", n_steps=3, latent_dim=2)
    publish(run.model, run.dataset, run.dataset, models / "away")
    app = show("compare.py")
    assert "not on this machine" in " ".join(c.value for c in app.caption)
    assert not app.error
