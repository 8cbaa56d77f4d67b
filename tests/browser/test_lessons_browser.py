"""Every lesson's main interaction, by hand: what it says afterwards, and that its link says it again in another browser."""

from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from latent_explorer.course.lessons import LESSONS

ROOT = Path(__file__).parents[2]
DONE = "[data-testid=stApp][data-test-script-state=notRunning]"

pytestmark = pytest.mark.browser


def slide(label: str, key: str):
    """Press a key on a slider of the page: Home and End are its ends."""

    def move(page):
        page.locator("[data-testid=stSlider]", has_text=label).get_by_role("slider").focus()
        page.keyboard.press(key)

    return move


def press(label: str):
    return lambda page: (
        page.get_by_role("button", name=label, exact=True).or_(page.get_by_role("radio", name=label)).first.click()
    )


def switch(label: str):
    return lambda page: page.locator("[data-testid=stCheckbox]", has_text=label).click()


def drag_beta(page):
    """The canvas' own β to its end, as a hand drags it."""
    handle = page.locator(".canvas input[type=range]").first
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 2, box["y"] + box["height"] / 2, steps=10)
    page.mouse.up()


# per lesson: (what is moved, what is read then); closed forms and the extremes of a scale are known beforehand
MOVES = {
    "autoencoder": [(press("a Gaussian fitted to the codes"), "24 draws (diamonds) from a Gaussian fitted to the codes")],
    "encoder": [(slide("Draw 12 codes", "Home"), "z = μ + 0 · σ · ε")],
    "reparameterization": [(press("1,000 times and more"), "times, so that it needs")],
    "kl": [
        (slide("Mean μ", "End"), "Away from 0 costs 4.50 nats"),
        (slide("Images in the sum", "Home"), "With 1 image an image"),
    ],
    "elbo": [(slide("Samples k in the bound", "End"), "With 500 codes the bound says")],
    "beta": [(drag_beta, "what is left of them at β = 10"), (press("sums"), "is β = 4 in sums")],
    "disentanglement": [
        (press("β = 1"), "sprites32-beta1, step"),
        (slide("Turn a perfect code", "Home"), "At 0° the KL is"),
    ],
    "collapse": [(slide("β", "End"), "At β = 16:")],
    "blur": [(slide("the more images share a code", "Home"), "sprites32-beta1, step")],
    "holes": [(slide("A hole is where", "End"), "fall into holes of 4 nats")],
    "conditional": [(press("mnist-2"), "of mnist-2's codes")],
    "families": [(slide("Steps of the diffusion", "End"), "50 passes")],
    "umap": [(switch("A second UMAP"), "Neighbours")],
}


@pytest.fixture(scope="module")
def app(serve, tmp_path_factory) -> str:
    return serve(ROOT / "app.py", LATENT_EXPLORER_CACHE=str(tmp_path_factory.mktemp("cache")))


@pytest.fixture(scope="module")
def context(chromium):
    """One browser for all: each visit is a session of its own, but the canvas' runtime is fetched once."""
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


CASES = [(lesson, move, said) for lesson in LESSONS for move, said in MOVES[lesson.slug]]


@pytest.mark.parametrize(("lesson", "move", "said"), CASES, ids=[f"{lesson.slug}: {said[:24]}" for lesson, _, said in CASES])
def test_a_lesson_answers_the_hand_and_its_link_says_the_same(app, visit, lesson, move, said):
    page = visit(f"{app}/{lesson.address}")
    main = page.locator("[data-testid=stMain]")
    main.get_by_text(lesson.question, exact=False).wait_for()
    assert said not in main.inner_text(), "it says so before anything was moved"
    move(page)
    page.wait_for_function("said => document.querySelector('[data-testid=stMain]').innerText.includes(said)", arg=said)
    page.wait_for_selector(DONE)
    assert page.locator("[data-testid=stException], [data-testid=stAlertContentError]").count() == 0
    again = visit(page.url)
    again.wait_for_function("said => document.querySelector('[data-testid=stMain]').innerText.includes(said)", arg=said)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
def test_where_a_lesson_leads_is_in_the_state_that_its_link_names(app, visit, lesson):
    page = visit(f"{app}/{lesson.address}")
    page.get_by_text("Try it yourself").wait_for()
    links = page.locator("[data-testid=stMain] a[href*='?']").evaluate_all("links => links.map(link => link.href)")
    states = [(link, dict(parse_qsl(urlsplit(link).query))) for link in links if link.startswith(app)]
    assert states
    for link, state in states:
        there = visit(link)
        for value in state.values():  # a value that no widget knows is dropped without a word
            chosen = there.get_by_role("radio", name=value, exact=True, checked=True)
            listed = there.get_by_role("combobox").and_(there.locator(f"[value='{value}']"))
            chosen.or_(listed).or_(there.get_by_test_id("stSelectbox").get_by_text(value, exact=True)).first.wait_for()
