"""The Train page and the β race page in every state of a run, through Streamlit's own test runner."""

import io
import json
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from run_cases import (
    WorkerGoneHalfway,
    WorkerInThisProcess,
    config,
    last_state,
    lose_worker,
    prepare_run,
    same_tensors,
    set_form_groups,
    train_to_end,
    train_to_step,
    train_undisturbed,
)
from streamlit.testing.v1 import AppTest

from latent_explorer.background import shared
from latent_explorer.course.lessons import BETA_MODELS
from latent_explorer.models import library
from latent_explorer.training import jobs, live_view, run_figures
from latent_explorer.training.film import run_film
from latent_explorer.training.loss_table import loss_rows
from latent_explorer.ui.figures import training_curves
from vae_core.checkpoints.trained_vae import TrainedVAE
from vae_core.common.process_identity import identity
from vae_core.runs import actions, job_queue
from vae_core.runs.run import Run, all_runs
from vae_core.runs.server_limits import ServerLimits

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def root(models) -> Path:
    return models.parent / "runs"


def open_page(page: str = "train.py", run: str | None = None) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    if run:
        app.query_params["run"] = run
    app.run()
    app.switch_page(f"pages/{page}").run()
    assert not app.exception, app.exception
    return app


def press(app: AppTest, label: str) -> AppTest:
    app = next(b for b in app.button if b.label == label).click().run()
    assert not app.exception, app.exception
    return app


def image_html(app: AppTest) -> str:
    """Return the HTML of all images in the live view."""
    return " ".join(h.proto.body for h in app.get("html") if "<img" in h.proto.body)


def progress_text(app: AppTest) -> str:
    return app.get("progress")[0].proto.text


def button_labels(app: AppTest) -> set[str]:
    return {b.label for b in app.button}


def create_runs(root: Path, *betas: float, owner: str = "visitor", **fields) -> list[Run]:
    objectives = [{"name": "beta-vae", "beta": beta} for beta in betas or (4.0,)]
    return actions.create_runs(
        [config(objective=o, **fields) for o in objectives], owner=owner, root=root, limits=ServerLimits()
    )


def fill_small_settings(app: AppTest, key: str = "train") -> AppTest:
    app.selectbox(key=f"{key} data").select("digits").run()
    set_form_groups(app, key, unfolded=True)
    for name, value in {"n_steps": 8, "n_images": 100, "batch_size": 16, "latent_dim": 3}.items():
        app.number_input(key=f"{key} {name}").set_value(value)
    return app.run()


def test_train_keep_and_find_in_the_gallery():
    app = press(fill_small_settings(open_page()), "Train")
    (run,) = all_runs()
    assert app.query_params["run"] == run.id
    assert len(app.get("plotly_chart")) == 3
    assert image_html(app)
    assert "Finished · step 8 of 8" in progress_text(app)
    app.text_input[0].set_value("../escape")
    press(app, "Keep")
    assert "a model's name is made of letters" in app.error[0].value
    app.text_input[0].set_value("mine")
    press(app, "Keep")
    assert list(library.folders()) == ["mine"]
    press(app, "Keep")
    assert "exists already" in app.error[0].value
    app.switch_page("pages/gallery.py").run()
    texts = [m.value for kind in (app.markdown, app.subheader, app.caption) for m in kind]
    assert any("mine" in str(text) for text in texts)


def test_the_page_trains_the_same_weights_as_train():
    press(fill_small_settings(open_page()), "Train")
    (run,) = all_runs()
    assert same_tensors(last_state(run), train_undisturbed(run.config()))


def test_an_interrupted_run_is_reported_and_continues_to_the_same_weights(monkeypatch):
    monkeypatch.setattr(shared, "warm_worker", WorkerGoneHalfway)
    app = press(fill_small_settings(open_page()), "Train")
    assert "Interrupted · step" in progress_text(app)
    assert "process has ended" in app.warning[0].value
    monkeypatch.setattr(shared, "warm_worker", WorkerInThisProcess)
    app = press(app, "Play")
    assert "Finished · step 8 of 8" in progress_text(app)
    assert same_tensors(last_state(all_runs()[0]), train_undisturbed(all_runs()[0].config()))


def test_a_paused_run_has_step_buttons_and_marks_a_changed_weight(root):
    (run,) = create_runs(root)
    writer = train_to_step(prepare_run(run), 10)
    run.send_command("pause")
    writer.process_commands()
    app = open_page(run=run.id)
    assert {"Play", "+1", "+10", "+100", "Stop", "Reset"} <= button_labels(app)
    app.number_input(key=f"weight {run.id} objective.beta").set_value(0.5)
    press(app, "Change")
    writer.process_commands()
    assert run.changes()[0]["change"] == {"objective.beta": 0.5}
    lose_worker(writer)
    figure = training_curves(run.history(), changes=run.changes(), n_steps=40)
    assert "β → 0.5" in figure.layout.annotations[0].text


def test_the_step_slider_moves_all_figures_to_an_earlier_step(root):
    run = train_to_end(prepare_run(create_runs(root)[0]))
    app = open_page(run=run.id)
    slider = app.select_slider[0]
    assert [int(s.replace(",", "")) for s in slider.options] == run.frames()
    step = run.frames()[3]
    slider.set_value(step).run()
    assert not app.exception
    assert f"step {step}" in image_html(app)
    held_out = run_figures.held_out_at(run.history(), step)
    assert held_out is not None
    assert f"{held_out['elbo']:.2f}".replace("-", "−") in " ".join(m.value for m in app.markdown)


@pytest.mark.parametrize("name", ["0" * 24, "../../etc", "x"])
def test_a_link_to_a_missing_run_is_one_sentence(name):
    assert "no run" in open_page(run=name).warning[0].value


def test_a_queued_run_shows_its_position(root):
    runs = [create_runs(root, owner=f"visitor {i}")[0] for i in range(3)]
    (root / "active").mkdir()
    (root / "active" / "busy.json").write_text(json.dumps({"owner": "x", "runs": [], "worker": identity()}))
    for run in runs:
        job_queue.enqueue_job(root, run.id, run.metadata["owner"], [run.id])
    app = open_page(run=runs[2].id)
    assert "Queued · step 0 of 40 · position 3 in the queue" in progress_text(app)
    press(app, "Stop")
    assert [job.id for job in job_queue.waiting_jobs(root)] == [run.id for run in runs[:2]]


def test_a_run_is_listed_for_its_owner_only_and_opens_by_its_link():
    press(fill_small_settings(open_page()), "Train")
    (run,) = all_runs()
    app = open_page()
    assert not [b for b in app.button if b.key == f"open {run.id}"]
    assert "run" not in app.query_params
    assert "Finished" in progress_text(open_page(run=run.id))


def test_a_visitor_trains_one_job_at_a_time(root, monkeypatch):
    app = fill_small_settings(open_page())
    owner = "me"
    monkeypatch.setattr("latent_explorer.training.visitor.visitor_id", lambda: owner)
    (first,) = create_runs(root, owner=owner)
    job_queue.enqueue_job(root, first.id, owner, [first.id])
    monkeypatch.setattr(job_queue, "start_queued_jobs", lambda *args: [])
    press(app, "Train")
    assert [job.owner for job in job_queue.waiting_jobs(root)] == [owner]
    assert job_queue.queue_position(root, first.id) is None


def test_a_run_beyond_the_limits_is_refused_before_anything_is_written(monkeypatch):
    monkeypatch.setenv("LATENT_EXPLORER_MAX_STEPS", "5")
    app = press(fill_small_settings(open_page()), "Train")
    assert "a run here has at most 5 steps, got 8" in app.error[0].value
    assert all_runs() == []


def test_duplicate_and_reset(root):
    run = train_to_end(prepare_run(create_runs(root)[0]))
    app = open_page(run=run.id)
    app.selectbox(key=f"duplicate {run.id}").select("objective.beta").run()
    app.number_input(key=f"duplicate {run.id} objective.beta").set_value(1.0)
    press(app, "Start")
    copy = next(r for r in all_runs() if r.id != run.id)
    assert copy.config().objective.beta == 1.0
    assert copy.status().state == "finished"
    app = press(open_page(run=run.id), "Reset")
    assert "Stopped · step 0 of 40" in progress_text(app)
    assert "Nothing has been trained yet" in app.info[0].value


def test_a_race_is_trained_and_shown_side_by_side():
    app = fill_small_settings(open_page("race.py"), "race")
    app.multiselect(key="race betas").set_value([0.5, 4.0, 16.0]).run()
    press(app, "Start")
    runs = actions.runs_of_job(all_runs()[0])
    assert [r.config().objective.beta for r in runs] == [0.5, 4.0, 16.0]
    assert all(r.status().state == "finished" for r in runs)
    assert len(app.get("plotly_chart")) == 2 * 3 + 1
    assert "β = 0.5" in image_html(app)
    app = open_page("race.py", runs[1].id)
    assert len(app.get("plotly_chart")) == 7
    app.select_slider[0].set_value(runs[0].frames()[2]).run()
    assert not app.exception


def test_the_path_of_a_lane_ends_at_the_chosen_step():
    history = [{"step": s, "held_out": {"kl": s, "reconstruction": -s}} for s in (0, 10, 20)] + [{"step": 30}]
    assert run_figures.rate_distortion_path(history, 0) == []
    assert run_figures.rate_distortion_path(history, 10) == [(10, -10)]
    assert run_figures.rate_distortion_path(history) == [(10, -10), (20, -20)]


def test_the_race_page_opens_on_the_shipped_models(models):
    assert not open_page("race.py").get("plotly_chart")
    for name in BETA_MODELS.values():
        (models / name).symlink_to(ROOT / "checkpoints" / name)
    (plane,) = open_page("race.py").get("plotly_chart")
    names = [trace["name"] for trace in json.loads(plane.proto.spec)["data"] if trace.get("name")]
    assert names == ["β = 1", "β = 2", "β = 4", "β = 8", "β = 16"]
    ends = [run_figures.rate_distortion_path(TrainedVAE.load(models / name).history)[-1] for name in BETA_MODELS.values()]
    assert ends == sorted(ends, reverse=True)  # the higher β, the lower the rate, as the page says
    assert [distortion for _, distortion in ends] == sorted(distortion for _, distortion in ends)


@pytest.mark.parametrize("values", [[], [1.0]])
def test_a_race_needs_two_values_of_beta(values):
    app = open_page("race.py")
    app.multiselect(key="race betas").set_value(values).run()
    assert "a race has 2 to 6 values" in app.error[0].value


def test_a_film_shows_each_frame(root):
    run = train_to_end(prepare_run(create_runs(root)[0]))
    film = Image.open(io.BytesIO(run_film(run)))
    n_frames = getattr(film, "n_frames", 1)
    assert film.format == "GIF"
    assert n_frames >= len(run.frames()) // 2  # the format merges equal neighbours
    first, last = (np.asarray((film.seek(i), film.convert("RGB"))[1]).astype(int) for i in (0, n_frames - 1))
    assert np.abs(first - last).max() > 100


def test_the_terms_of_the_loss_table_add_up(root):
    run = train_to_end(prepare_run(create_runs(root)[0]))
    rows = {name: train for name, train, _ in loss_rows(run.history(), 40)}
    values = {name: float(text.replace("−", "-")) for name, text in rows.items() if text}
    assert values["**ELBO**"] == pytest.approx(-values["reconstruction"] - values["KL"], abs=0.02)
    assert values["KL × 4"] == pytest.approx(4 * values["KL"], abs=0.05)
    assert values["**loss**"] == pytest.approx(values["reconstruction"] + values["KL × 4"], abs=0.02)


def draw_view() -> None:
    import streamlit as st

    from latent_explorer.training import live_view

    st.session_state["page runs"] = st.session_state.get("page runs", 0) + 1
    live_view.refresh_while_changing([], lambda: st.write("view"))


@pytest.mark.parametrize(
    ("states", "page_runs"),
    [
        (["queued", "queued"], 1),
        (["queued", "running", "running", "running"], 2),  # the page's buttons must change from those of a queued run
        (["starting", "running"], 1),
        (["running", "finished", "finished", "finished"], 2),
        (["finished", "finished"], 1),
    ],
)
def test_the_page_runs_again_when_its_buttons_change(monkeypatch, states, page_runs):
    remaining = iter(states)
    monkeypatch.setattr(jobs, "job_state", lambda runs: next(remaining))
    monkeypatch.setattr(jobs, "maintain_job", lambda runs, state: None)
    app = AppTest.from_function(draw_view, default_timeout=60).run()
    assert not app.exception
    assert app.session_state["page runs"] == page_runs
    assert next(remaining, None) is None


@pytest.mark.parametrize(("others", "seconds"), [(0, 1), (9, 1), (10, 2), (29, 3)])
def test_the_refresh_interval_grows_with_the_number_of_views(monkeypatch, others, seconds):
    now = time.monotonic()
    views = {str(i): now for i in range(others)} | {f"closed {i}": now - 60 for i in range(50)}
    monkeypatch.setattr(live_view, "_last_refreshes", lambda: views)
    assert live_view.refresh_interval() == seconds
    assert live_view.refresh_interval() == seconds
    assert len(views) == others + 1
