"""A visitor's runs: who they are, what they start, and where a run stands. The pages draw it."""

import hashlib
import re
import secrets
import time
from pathlib import Path

import streamlit as st

from latent_explorer.models import store
from latent_explorer.ui.page import show_errors
from vae_core.common.errors import BadInput
from vae_core.config import TrainConfig
from vae_core.runs import actions, job_queue
from vae_core.runs.run import Run, Status, all_runs, runs_root
from vae_core.runs.server_limits import ServerLimits

EVERY = 1.0  # seconds between two looks at a run that moves, while few look
FIRST = 1.0  # seconds that a click waits for the first picture
CROWD = 10  # visitors who can all look each second
MOVING = ("queued", "starting", "running")  # states in which a view keeps itself up to date
YEAR, HOUR = 31_536_000, 3600
WORDS = {  # the liveliest first
    "running": "training",
    "starting": "starting",
    "queued": "waiting in line",
    "paused": "paused",
    "failed": "ended early",
    "interrupted": "interrupted: its process ended",
    "stopped": "stopped",
    "finished": "finished",
}


def visitor() -> str:
    """Who asks: a hash of a random token that lives in a cookie of theirs, so that nobody learns another's from a run."""
    brought = st.context.cookies.get("visitor")
    if not (isinstance(brought, str) and re.fullmatch(r"[0-9a-f]{32}", brought)):
        brought = None
    token = st.session_state.setdefault("visitor", brought or secrets.token_hex(16))
    if brought != token:
        script = f"document.cookie = 'visitor={token}; path=/; max-age={YEAR}; SameSite=Strict'"
        st.html(f"<script>{script}</script>", unsafe_allow_javascript=True)
    return hashlib.sha256(token.encode()).hexdigest()[:16]


def mine(owner: str) -> list[Run]:
    """The visitor's own runs, the newest first; of a race the first lane only."""
    found = []
    for run in all_runs():
        try:
            about = run.metadata
        except BadInput:
            continue
        if about.get("owner") == owner and about.get("lane") == 0:
            found.append(run)
    return found


def policy() -> ServerLimits:
    with show_errors():
        return ServerLimits.from_environment()


def begin(configs: list[TrainConfig], owner: str, *, parent: str | None = None, changed: str = "") -> Run:
    """Start a job; the visitor's one that trains now is stopped first, with everything of it kept."""
    rules = policy()
    data = store.training_images(configs[0])
    for config in configs:
        actions.check_config(config, data, rules)
    clean_up(rules)
    make_way(owner)
    first, *_ = actions.create_runs(configs, owner=owner, limits=rules, parent=parent, changed=changed)
    resume(first)
    await_picture(first)
    return first


def await_picture(run: Run) -> None:
    """A warm worker has its first picture in half a second: worth waiting for, as the view's next look is a second later."""
    end = time.monotonic() + FIRST
    while run.frame() is None and run.status().state in ("starting", "running") and time.monotonic() < end:
        time.sleep(0.05)


def clean_up(rules: ServerLimits) -> None:
    """Thin and delete what is idle, once an hour at most."""
    mark = runs_root() / ".cleaned"
    if not mark.exists() or time.time() - mark.stat().st_mtime > HOUR:
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()
        rules.delete_idle_runs(runs_root())


def make_way(owner: str) -> None:
    """Stop what this visitor trains now: each has one job at a time, and nothing of it is lost."""
    for job in [*job_queue.training_jobs(runs_root()), *job_queue.waiting_jobs(runs_root())]:
        if job.owner == owner:
            actions.stop_run(Run(runs_root() / job.runs[0]))


def resume(run: Run) -> None:
    actions.play_run(run, policy(), store.warm_worker().launch)


def step(run: Run, n: int) -> None:
    actions.step_run(run, n, policy(), store.warm_worker().launch)


def state(job: list[Run]) -> str:
    """Of the runs of a race, that of the one that is furthest from rest."""
    return min((run.status().state for run in job), key=list(WORDS).index)


def tick(job: list[Run], now: str) -> None:
    """What every look at a job does besides: say that it is looked at, and move the line on."""
    for run in job:
        run.mark_watched()
    if now == "queued":
        job_queue.start_queued_jobs(job[0].path.parent, policy(), store.warm_worker().launch)
    if now not in MOVING:
        store.warm_worker().ensure_ready()  # the next click finds one ready; not while a run needs the cores


@st.cache_resource
def _lookers() -> dict[str, float]:
    """When each view of a moving run looked last; of the last ten seconds."""
    return {}


def pace() -> float:
    """Seconds until a view should look again: a class that watches leaves the server time for what its hands do."""
    view, now, lookers = st.session_state.setdefault("view", secrets.token_hex(8)), time.monotonic(), _lookers()
    lookers[view] = now
    for other, when in list(lookers.items()):
        if now - when > 10:
            lookers.pop(other, None)
    return EVERY * max(1, -(-len(lookers) // CROWD))


def said(run: Run, status: Status) -> str:
    """One line: where it stands, how fast, how long still."""
    text = f"{WORDS[status.state].capitalize()} · step {status.step:,} of {status.n_steps:,}"
    if status.state == "queued" and (place := job_queue.queue_position(run.path.parent, run.metadata["group"])):
        text += f" · place {place} in line"
    if status.state == "running" and status.images_per_second:
        text += f" · {status.images_per_second:,.0f} images/s"
    if status.seconds_left is not None:
        text += f" · {status.seconds_left:.0f} s left"
    return text + (f" · {status.device}" if status.device else "")


def current(*, race: bool = False) -> Run | None:
    """The run of the link, else the one this visitor looked at last; a link that leads nowhere is said to.

    A race and a single run each have a page of their own, and a memory of their own.
    """
    memory = "race run" if race else "run"
    name = st.query_params.get("run") or st.session_state.get(memory)
    if not name:
        return None
    try:
        if not re.fullmatch(r"[0-9a-f]{24}", name):
            raise BadInput(f"there is no run {name!r} here any more")
        run = Run.find(name)
        run.config()
    except BadInput as error:
        st.session_state.pop(memory, None)
        st.query_params.pop("run", None)
        st.warning(f"{str(error).capitalize()}.", icon=":material/help:")
        return None
    if is_race(run) != race:
        if "run" in st.query_params:  # a link to the other page's kind
            st.switch_page(page_of(run), query_params={"run": run.id})
        return None
    look_at(run)
    return run


def is_race(run: Run) -> bool:
    return run.metadata["group"] != run.id


def page_of(run: Run) -> str:
    """The page that shows it."""
    return "pages/race.py" if is_race(run) else "pages/train.py"


def look_at(run: Run) -> None:
    """Into the link, and into the session: a click in the navigation drops what the link holds."""
    st.session_state["race run" if is_race(run) else "run"] = run.id
    st.query_params["run"] = run.id


def keep(run: Run, name: str) -> None:
    """Make a checkpoint of it, on the thread that torch is warm on."""
    path: Path = store.checkpoint_path(name)
    store.on_thread(actions.make_checkpoint, run, path)
