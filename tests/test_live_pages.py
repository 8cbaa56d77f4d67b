"""The pages of runs, in every state of a run, through Streamlit's own test runner."""

import io
import json
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from run_cases import Halfway, Here, alone, config, fold, last_state, lost, same, taken, to_end, to_step
from streamlit.testing.v1 import AppTest

from latent_explorer.course.lessons import LADDER
from latent_explorer.models import store
from latent_explorer.training import jobs, live_view, run_figures
from vae_core.runs import actions, job_queue
from vae_core.runs.run import Run, all_runs
from vae_core.runs.server_limits import ServerLimits

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def where(models):
    return models.parent / "runs"


def opened(page: str = "train.py", run: str | None = None) -> AppTest:
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


def pictured(app: AppTest) -> str:
    """What the view shows of images, as HTML."""
    return " ".join(h.proto.body for h in app.get("html") if "<img" in h.proto.body)


def labels(app: AppTest) -> set[str]:
    return {b.label for b in app.button}


def created(where: Path, *values: float, owner: str = "somebody", **fields) -> list[Run]:
    objectives = [{"name": "beta-vae", "beta": beta} for beta in values or (4.0,)]
    return actions.create_runs(
        [config(objective=o, **fields) for o in objectives], owner=owner, root=where, limits=ServerLimits()
    )


def quick(app: AppTest, key: str = "train") -> AppTest:
    app.selectbox(key=f"{key} data").select("digits").run()
    fold(app, key, unfolded=True)
    for name, value in {"n_steps": 8, "n_images": 100, "batch_size": 16, "latent_dim": 3}.items():
        app.number_input(key=f"{key} {name}").set_value(value)
    return app.run()


def test_from_the_button_to_the_gallery():
    app = press(quick(opened()), "Train")
    (run,) = all_runs()
    assert app.query_params["run"] == run.id
    assert len(app.get("plotly_chart")) == 3
    assert pictured(app)
    assert "Finished · step 8 of 8" in app.get("progress")[0].proto.text
    app.text_input[0].set_value("../escape")
    press(app, "Keep")
    assert "a model's name is made of letters" in app.error[0].value
    app.text_input[0].set_value("mine")
    press(app, "Keep")
    assert store.model_names() == ["mine"]
    press(app, "Keep")
    assert "exists already" in app.error[0].value
    app.switch_page("pages/gallery.py").run()
    shown = [m.value for kind in (app.markdown, app.subheader, app.caption) for m in kind]
    assert any("mine" in str(text) for text in shown)


def test_the_interface_trains_the_weights_of_train(where):
    press(quick(opened()), "Train")
    (run,) = all_runs()
    assert same(last_state(run), alone(run.config()))


def test_an_interrupted_run_says_so_and_goes_on(where, monkeypatch):
    monkeypatch.setattr(store, "warm_worker", Halfway)
    app = press(quick(opened()), "Train")
    assert "Interrupted: its process ended · step" in app.get("progress")[0].proto.text
    monkeypatch.setattr(store, "warm_worker", Here)
    app = press(app, "Play")
    assert "Finished · step 8 of 8" in app.get("progress")[0].proto.text
    assert same(last_state(all_runs()[0]), alone(all_runs()[0].config()))


def test_a_paused_run_is_stepped_steered_and_shown_with_its_marks(where):
    (run,) = created(where)
    writer = to_step(taken(run), 10)
    run.send_command("pause")
    writer.process_commands()
    app = opened(run=run.id)
    assert {"Play", "+1", "+10", "+100", "Stop", "Reset"} <= labels(app)
    app.number_input(key=f"weight {run.id} objective.beta").set_value(0.5)
    press(app, "Change")
    writer.process_commands()
    assert run.changes()[0]["change"] == {"objective.beta": 0.5}
    lost(writer)
    figure = run_figures.curves(run.history(), run.changes(), 40)
    assert "β → 0.5" in figure.layout.annotations[0].text


def test_the_scrubber_moves_everything_to_an_earlier_step(where):
    run = to_end(taken(created(where)[0]))
    app = opened(run=run.id)
    slider = app.select_slider[0]
    assert [int(s.replace(",", "")) for s in slider.options] == run.frames()
    slider.set_value(run.frames()[3]).run()
    assert not app.exception
    step = run.frames()[3]
    assert f"step {step}" in pictured(app)
    elbo = run_figures.held_out_at(run.history(), step)["elbo"]
    assert f"{elbo:.2f}".replace("-", "−") in " ".join(m.value for m in app.markdown)


def test_a_link_that_leads_nowhere_is_one_sentence():
    for name in ("0" * 24, "../../etc", "x"):
        app = opened(run=name)
        assert "no run" in app.warning[0].value


def test_a_waiting_run_says_its_place(where):
    runs = [created(where, owner=f"visitor {i}")[0] for i in range(3)]
    (where / "active").mkdir()
    from vae_core.runs.lock import identity

    (where / "active" / "busy.json").write_text(json.dumps({"owner": "x", "runs": [], "worker": identity()}))
    for run in runs:
        job_queue.enqueue_job(where, run.id, run.metadata["owner"], [run.id])
    app = opened(run=runs[2].id)
    assert "Waiting in line · step 0 of 40 · place 3 in line" in app.get("progress")[0].proto.text
    press(app, "Stop")
    assert [job.group for job in job_queue.waiting_jobs(where)] == [run.id for run in runs[:2]]


def test_visitors_see_their_own_runs_only(where):
    press(quick(opened()), "Train")
    (theirs,) = all_runs()
    app = opened()
    assert not [b for b in app.button if b.key == f"open {theirs.id}"]
    assert "run" not in app.query_params
    assert "Finished" in opened(run=theirs.id).get("progress")[0].proto.text, "who has the link sees it"


def test_one_job_at_a_time_for_a_visitor(where, monkeypatch):
    app = quick(opened())
    owner = "me"
    monkeypatch.setattr("latent_explorer.training.jobs.visitor", lambda: owner)
    (first,) = created(where, owner=owner)
    job_queue.enqueue_job(where, first.id, owner, [first.id])
    monkeypatch.setattr(job_queue, "start_queued_jobs", lambda *args: [])
    press(app, "Train")
    assert [job.owner for job in job_queue.waiting_jobs(where)] == [owner]
    assert job_queue.queue_position(where, first.id) is None


def test_a_budget_is_refused_before_anything_is_written(where, monkeypatch):
    monkeypatch.setenv("LATENT_EXPLORER_MAX_STEPS", "5")
    app = press(quick(opened()), "Train")
    assert "a run here has at most 5 steps, got 8" in app.error[0].value
    assert all_runs() == []


def test_reset_and_duplicate(where):
    run = to_end(taken(created(where)[0]))
    app = opened(run=run.id)
    app.selectbox(key=f"duplicate {run.id}").select("objective.beta").run()
    app.number_input(key=f"duplicate {run.id} objective.beta").set_value(1.0)
    press(app, "Start")
    twin = next(r for r in all_runs() if r.id != run.id)
    assert twin.config().objective.beta == 1.0
    assert twin.status().state == "finished"
    app = press(opened(run=run.id), "Reset")
    assert "Stopped · step 0 of 40" in app.get("progress")[0].proto.text
    assert "Nothing has been trained yet" in app.info[0].value


def test_a_race_is_trained_and_shown_side_by_side(where):
    app = quick(opened("race.py"), "race")
    app.multiselect(key="race betas").set_value([0.5, 4.0, 16.0]).run()
    press(app, "Start")
    runs = actions.runs_of_job(all_runs()[0])
    assert [r.config().objective.beta for r in runs] == [0.5, 4.0, 16.0]
    assert all(r.status().state == "finished" for r in runs)
    assert len(app.get("plotly_chart")) == 2 * 3 + 1
    assert "β = 0.5" in pictured(app)
    app = opened("race.py", runs[1].id)
    assert len(app.get("plotly_chart")) == 7
    app.select_slider[0].set_value(runs[0].frames()[2]).run()
    assert not app.exception


def test_a_lanes_way_ends_at_the_step_that_is_looked_at():
    history = [{"step": s, "held_out": {"kl": s, "reconstruction": -s}} for s in (0, 10, 20)] + [{"step": 30}]
    assert run_figures.way(history, 0) == []
    assert run_figures.way(history, 10) == [(10, -10)]
    assert run_figures.way(history) == [(10, -10), (20, -20)]


def test_a_race_opens_on_an_earlier_one_where_it_is_shipped(models):
    assert not opened("race.py").get("plotly_chart")
    for name in LADDER.values():
        (models / name).symlink_to(ROOT / "checkpoints" / name)
    (plane,) = opened("race.py").get("plotly_chart")
    named = [trace["name"] for trace in json.loads(plane.proto.spec)["data"] if trace.get("name")]
    assert named == ["β = 1", "β = 2", "β = 4", "β = 8", "β = 16"]
    ends = [run_figures.way(store.load_model(name).history)[-1] for name in LADDER.values()]
    assert ends == sorted(ends, reverse=True)  # less code for a higher β, as the page says
    assert [distortion for _, distortion in ends] == sorted(distortion for _, distortion in ends)


@pytest.mark.parametrize("values", [[], [1.0]])
def test_a_race_needs_two(values):
    app = opened("race.py")
    app.multiselect(key="race betas").set_value(values).run()
    assert "a race has 2 to 6 values" in app.error[0].value


def test_a_film_shows_each_frame(where):
    run = to_end(taken(created(where)[0]))
    picture = Image.open(io.BytesIO(live_view.film(run)))
    assert picture.format == "GIF"
    assert picture.n_frames >= len(run.frames()) // 2  # equal neighbours are merged by the format
    first, last = (np.asarray((picture.seek(i), picture.convert("RGB"))[1]).astype(int) for i in (0, picture.n_frames - 1))
    assert np.abs(first - last).max() > 100


def test_the_ledger_adds_up(where):
    run = to_end(taken(created(where)[0]))
    rows = {name: train for name, train, _ in run_figures.ledger(run.config(), run.history(), 40)}
    values = {k: float(v.replace("−", "-")) for k, v in rows.items() if v}
    assert values["**ELBO**"] == pytest.approx(-values["reconstruction"] - values["KL"], abs=0.02)
    assert values["KL × 4"] == pytest.approx(4 * values["KL"], abs=0.05)
    assert values["**loss**"] == pytest.approx(values["reconstruction"] + values["KL × 4"], abs=0.02)


@pytest.mark.parametrize(("others", "seconds"), [(0, 1), (9, 1), (10, 2), (29, 3)])
def test_a_class_that_watches_looks_less_often(monkeypatch, others, seconds):
    now = time.monotonic()
    lookers = {str(i): now for i in range(others)} | {f"gone {i}": now - 60 for i in range(50)}
    monkeypatch.setattr(jobs, "_lookers", lambda: lookers)
    assert jobs.pace() == seconds
    assert jobs.pace() == seconds
    assert len(lookers) == others + 1
