"""Actions on pages: changes of the library, an evaluation, a projection that takes time."""

import time

import numpy as np
import pytest
from page_cases import has_figure, press, show_page, text_of

from latent_explorer.background.projection_files import REFINED, SKETCH
from latent_explorer.background.shared import evaluations
from latent_explorer.background.umap_client import ProjectionJob
from latent_explorer.models import library, projection_cache
from vae_core import LatentAtlas
from vae_core.latent.projection import Projection

pytestmark = pytest.mark.usefixtures("warm_server")


def test_the_gallery_finds_by_words_and_data(small_models):
    app = show_page("gallery.py")
    assert [s.value for s in app.subheader] == ["deep", "flat", "labelled", "plain", "rates", "twin"]
    app.text_input(key="q").set_value("multi").run()
    assert [s.value for s in app.subheader] == ["rates"]
    app.text_input(key="q").set_value("no such model").run()
    assert "No model matches; there are 6 in all" in app.info[0].value


def test_the_gallery_duplicates_and_deletes(own_models):
    app = show_page("gallery.py")
    press(app, "Duplicate")
    assert "deep-copy" in library.folders()
    assert "deep-copy was added" in app.success[0].value
    press(app, "Duplicate")
    assert "already" in app.error[0].value
    app.checkbox(key="sure deep-copy").check().run()
    next(b for b in app.button if b.key == "delete deep-copy").click().run()
    assert "deep-copy" not in library.folders()
    assert "deleted" in app.success[0].value


def test_one_broken_model_leaves_the_others_in_the_gallery(own_models):
    (own_models / "flat" / "config.json").write_text("[]")
    app = show_page("gallery.py")
    assert len(app.error) == 1
    assert len(app.subheader) == 6
    assert has_figure(app)


def test_other_folders_beside_the_models_are_ignored(own_models):
    (own_models / "classifiers").mkdir()
    (own_models / "gan").mkdir()
    (own_models / "gan" / "baseline.json").write_text("{}")
    app = show_page("gallery.py")
    assert not app.error
    assert "gan" not in [s.value for s in app.subheader]


def test_a_metric_is_measured_and_shown(own_models, monkeypatch):
    app = show_page("evaluate.py", model="deep", show="Measure")
    app.multiselect(key="metrics of deep").set_value(["sap"]).run()
    press(app, "Measure")
    job = evaluations().of(own_models / "deep")
    for _ in range(1200):
        if job.finished:
            break
        time.sleep(0.1)
    assert job.state == "done", job.failure
    app = show_page("evaluate.py", model="deep")
    assert "SAP" in app.dataframe[0].value["number"].tolist()


def test_a_waiting_projection_can_be_cancelled(small_models, monkeypatch):
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
    app = show_page("latent_map.py", model="deep", projection="umap", neighbours=7)
    assert not has_figure(app)
    press(app, "Cancel")
    assert stuck.cancelled == 1
    app.run()
    assert app.session_state["projection"] == "pca"
    assert has_figure(app)


def test_a_sketch_is_shown_until_the_map_is_refined(small_models, monkeypatch):
    xy = np.random.default_rng(0).normal(size=(len(LatentAtlas.load(small_models / "deep" / "atlas.npz")), 2))
    job = ProjectionJob("key", xy, {}, sketch=Projection("UMAP", xy, 0.8, epochs=SKETCH))

    class Drawing:
        def request(self, codes, settings):
            return job

    monkeypatch.setattr(projection_cache, "projector", Drawing)
    app = show_page("latent_map.py", model="deep", projection="umap", neighbours=8)
    assert has_figure(app)
    assert "A sketch after 40 epochs" in text_of(app)
    refined = Projection("UMAP", 2 * xy, 0.9, epochs=SKETCH + REFINED)
    monkeypatch.setattr(projection_cache, "umap", lambda files, settings: refined)
    job.done.set()
    app.run()
    assert has_figure(app)
    assert "A sketch after" not in text_of(app)
    assert "Trustworthiness 0.900" in text_of(app)
