"""The main interaction of every lesson: the text that follows it, and the same text in another browser that opens the URL."""

from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from latent_explorer.course.lessons import LESSONS

ROOT = Path(__file__).parents[2]
DONE = "[data-testid=stApp][data-test-script-state=notRunning]"

pytestmark = pytest.mark.browser


def slide(label: str, key: str):
    """Return an action that presses a key on a slider of the page: Home and End are its ends."""

    def move(page):
        page.locator("[data-testid=stSlider]", has_text=label).get_by_role("slider").focus()
        page.keyboard.press(key)

    return move


def press(label: str):
    """Return an action that clicks a button or an option."""
    return lambda page: (
        page.get_by_role("button", name=label, exact=True).or_(page.get_by_role("radio", name=label)).first.click()
    )


def switch(label: str):
    """Return an action that clicks a switch."""
    return lambda page: page.locator("[data-testid=stCheckbox]", has_text=label).click()


def drag_beta(page):
    """Drag the β slider of the canvas to its end."""
    handle = page.locator(".canvas input[type=range]").first
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 2, box["y"] + box["height"] / 2, steps=10)
    page.mouse.up()


# per lesson: (action, text that appears then); closed forms and the ends of a scale are known beforehand
MOVES = {
    "autoencoder": [(press("a Gaussian fitted to the codes"), "24 draws (diamonds) from a Gaussian fitted to the codes")],
    "encoder": [(slide("Draw 12 latent codes", "Home"), "z = μ + 0 · σ · ε")],
    "reparameterization": [(press("1,000 times or more"), "times, so the score function needs")],
    "kl": [
        (slide("Mean μ", "End"), "The distance of μ from 0 costs 4.50 nats"),
        (slide("Images in the aggregate posterior", "Home"), "With 1 image, the mean KL"),
    ],
    "elbo": [(slide("Samples k in the bound", "End"), "With 500 samples the bound")],
    "beta": [(drag_beta, "their reconstructions at β = 10"), (press("sums"), "is β = 4 in sums")],
    "disentanglement": [
        (press("β = 1"), "sprites32-beta1, step"),
        (slide("Rotate an ideal latent code", "Home"), "At 0° the KL is"),
    ],
    "collapse": [(slide("β", "End"), "At β = 16:")],
    "blur": [(slide("the more images share a latent code", "Home"), "sprites32-beta1, step")],
    "holes": [(slide("A hole is where", "End"), "fall into holes of 4 nats")],
    "conditional": [(press("mnist-2"), "of mnist-2's latent codes")],
    "families": [(slide("Steps of the diffusion", "End"), "50 network evaluations")],
    "umap": [(switch("A second UMAP"), "Neighbours")],
}


@pytest.fixture(scope="module")
def app(serve, tmp_path_factory) -> str:
    return serve(ROOT / "app.py", LATENT_EXPLORER_CACHE=str(tmp_path_factory.mktemp("cache")))


@pytest.fixture(scope="module")
def context(chromium):
    """One browser context for all: each visit is a session of its own, but the canvas' runtime is fetched once."""
    context = chromium.new_context(viewport={"width": 1280, "height": 720})
    yield context
    context.close()


@pytest.fixture
def visit(context):
    pages = []

    def open_page(address: str):
        page = context.new_page()
        pages.append(page)
        page.set_default_timeout(60_000)
        page.goto(address)
        page.wait_for_selector("h1")
        page.wait_for_selector(DONE)
        return page

    yield open_page
    for page in pages:
        page.close()


# by default the first control of every other lesson, the others among the slow tests
CASES = [
    pytest.param(lesson, move, text, marks=pytest.mark.slow if i or number % 2 else (), id=f"{lesson.slug}: {text[:24]}")
    for number, lesson in enumerate(LESSONS)
    for i, (move, text) in enumerate(MOVES[lesson.slug])
]


@pytest.mark.parametrize(("lesson", "move", "text"), CASES)
def test_a_lesson_follows_its_control_and_its_url_restores_it(app, visit, lesson, move, text):
    page = visit(f"{app}/{lesson.url_path}")
    main = page.locator("[data-testid=stMain]")
    main.get_by_text(lesson.question, exact=False).wait_for()
    assert text not in main.inner_text(), "the text is there before the action"
    move(page)
    page.wait_for_function("text => document.querySelector('[data-testid=stMain]').innerText.includes(text)", arg=text)
    page.wait_for_selector(DONE)
    assert page.locator("[data-testid=stException], [data-testid=stAlertContentError]").count() == 0
    again = visit(page.url)
    again.wait_for_function("text => document.querySelector('[data-testid=stMain]').innerText.includes(text)", arg=text)


# by default every fourth lesson, all among the slow tests
@pytest.mark.parametrize(
    "lesson",
    [pytest.param(lesson, marks=() if i % 4 == 0 else pytest.mark.slow, id=lesson.slug) for i, lesson in enumerate(LESSONS)],
)
def test_the_page_behind_a_lessons_link_is_in_the_state_of_the_link(app, visit, lesson):
    page = visit(f"{app}/{lesson.url_path}")
    page.get_by_text("Try it yourself").wait_for()
    links = page.locator("[data-testid=stMain] a[href*='?']").evaluate_all("links => links.map(link => link.href)")
    states = [(link, dict(parse_qsl(urlsplit(link).query))) for link in links if link.startswith(app)]
    assert states
    for link, state in states:
        there = visit(link)
        for value in state.values():  # a value that no widget knows is dropped
            chosen = there.get_by_role("radio", name=value, exact=True, checked=True)
            listed = there.get_by_role("combobox").and_(there.locator(f"[value='{value}']"))
            chosen.or_(listed).or_(there.get_by_test_id("stSelectbox").get_by_text(value, exact=True)).first.wait_for()
