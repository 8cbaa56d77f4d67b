"""The app in a real Chromium: deep links on a fresh server, both themes, both widths, a run from click to picture."""

import re
from pathlib import Path

import pytest

from latent_explorer.course.lessons import LESSONS

ROOT = Path(__file__).parents[2]
PAGES = {
    "": "Gallery",
    "latent_map": "Latent map",
    "traverse": "Traverse",
    "reconstruct": "Reconstruct",
    "conditional": "Conditional",
    "compare": "Compare",
    "evaluate": "Evaluate",
    "train": "Train",
    "race": "β race",
    **{lesson.url_path: lesson.title for lesson in LESSONS},
    "learn_glossary": "Glossary",
    "learn_teach": "Teaching",
}
DONE = "[data-testid=stApp][data-test-script-state=notRunning]"

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def app(serve, tmp_path_factory) -> str:
    """Address of one server for all tests that do not need a fresh one."""
    return serve(ROOT / "app.py", LATENT_EXPLORER_RUNS=str(tmp_path_factory.mktemp("runs")))


@pytest.fixture
def visit(chromium):
    """``visit(address, dark=…, width=…, height=…)``: a fresh visitor's page, settled, with its figures drawn."""
    contexts = []

    def open_page(address: str, *, dark: bool = False, width: int = 1280, height: int = 720):
        scheme = "dark" if dark else "light"
        contexts.append(chromium.new_context(viewport={"width": width, "height": height}, color_scheme=scheme))
        page = contexts[-1].new_page()
        page.set_default_timeout(90_000)
        page.goto(address)
        settle(page)
        return page

    yield open_page
    for context in contexts:
        context.close()


def settle(page) -> None:
    page.wait_for_selector("h1")
    page.wait_for_selector(DONE)
    page.wait_for_function("!document.querySelector('[data-testid=stSkeleton]')")


UNREADABLE = """() => {  // texts that are cut off or smaller than 12 px, superscripts excepted
    const of = selector => [...document.querySelectorAll(`[data-testid=stMain] ${selector}`)];
    const wide = (element, slack) => element.scrollWidth > element.clientWidth + slack;
    const formulas = of('.katex-display').filter(e => wide(e, 2));
    const lines = of('*').filter(e => getComputedStyle(e).textOverflow === 'ellipsis' && wide(e, 1));
    const words = of('.js-plotly-plot .main-svg').flatMap(svg => {
        const frame = svg.getBoundingClientRect();
        return [...svg.querySelectorAll('text')].filter(text => {
            const at = text.getBoundingClientRect();
            return at.width && (at.left < frame.left - 3 || at.right > frame.right + 3);
        });
    });
    const small = of('*').filter(e => {
        const own = [...e.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
        if (!own || !e.checkVisibility() || e.closest('.katex') || e.matches('tspan, style, script')) return false;
        return parseFloat(getComputedStyle(e).fontSize) < 12;
    });
    return [...formulas, ...lines, ...words, ...small].map(e => e.textContent.trim()).filter(Boolean);
}"""


def check_healthy(page, title: str) -> None:
    assert page.locator("h1").first.inner_text() == title
    assert page.locator("[data-testid=stException]").count() == 0
    assert page.get_by_text("Page not found").count() == 0
    assert page.locator(".katex-error").all_inner_texts() == []
    assert page.locator("[data-testid=stAlertContentError]").count() == 0
    for image in page.locator("[data-testid=stImage] img").all():
        assert image.get_attribute("alt"), "an image without a description for screen readers"
        image.evaluate("img => img.decode()")  # rejects where the image did not load


# a fresh server each, since only its first visit is affected: two pages by default, the others among the slow tests
DEEP_LINKS = ["latent_map", LESSONS[0].url_path]
MORE_DEEP_LINKS = [path for path in [*list(PAGES)[:9], "learn_teach"] if path not in DEEP_LINKS]


@pytest.mark.parametrize("path", [*DEEP_LINKS, *(pytest.param(path, marks=pytest.mark.slow) for path in MORE_DEEP_LINKS)])
def test_a_deep_link_opens_its_page_on_a_fresh_server(fresh_app, visit, path):
    """Without the guard in page.start, the first visitor of a fresh server gets Streamlit's legacy pages instead."""
    page = visit(f"{fresh_app}/{path}")
    check_healthy(page, PAGES[path])
    names = page.locator("[data-testid=stSidebarNav] a").all_inner_texts()
    # Streamlit folds the last group if a page's own controls need the height of the side bar
    learn = {lesson.title for lesson in LESSONS} | {"Glossary", "Teaching"}
    assert set(PAGES.values()) - learn <= {name.split("\n")[-1] for name in names}
    assert page.title().startswith(PAGES[path]) or "Latent-space explorer" in page.title()


@pytest.mark.parametrize("path", PAGES)
def test_every_page_in_both_themes_at_both_widths(app, visit, path):
    asked = path in {lesson.url_path for lesson in LESSONS}  # a lesson shows all its figures after the answer
    page = visit(f"{app}/{path}{'?guess=show+me' * asked}", width=390, height=844)
    if asked:
        page.wait_for_selector("[data-testid=stMain] [data-testid=stAlertContentInfo]")
    page.wait_for_selector(
        "[data-testid=stImage] img, .js-plotly-plot, .picture.main, [data-testid=stAlert], [data-testid=stPageLink]"
    )
    for width, height in ((390, 844), (1280, 720)):
        page.set_viewport_size({"width": width, "height": height})
        for scheme, lightness in (("light", "> 200"), ("dark", "< 60")):
            page.emulate_media(color_scheme=scheme)
            ground = "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
            page.wait_for_function(f"/rgb\\((\\d+)/.exec({ground})[1] {lightness}")
            settle(page)
            check_healthy(page, PAGES[path])
            wider = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth - window.innerWidth")
            assert wider <= 0, f"the page is {wider} px wider than the screen of {width} px, {scheme}"
            assert page.evaluate(UNREADABLE) == [], f"cut or small at {width} px"


def test_the_address_gallery_opens_the_gallery(app, visit):
    page = visit(f"{app}/gallery?q=vae")
    page.wait_for_selector("h1:has-text('Gallery')")
    settle(page)
    check_healthy(page, "Gallery")
    assert page.url == f"{app}/?q=vae"
    assert page.locator("[data-testid=stSidebarNav] a").all_inner_texts().count("Gallery") <= 1


def test_the_model_stays_in_the_url_between_pages(app, visit):
    page = visit(f"{app}/traverse?model=mnist-10")
    page.wait_for_selector("text=mnist-10 · step")
    page.get_by_role("link", name="Latent map").click()
    page.wait_for_selector("h1:has-text('Latent map')")
    settle(page)
    assert "10,000 images" in page.locator("[data-testid=stMain]").inner_text()
    assert "model=mnist-10" in page.url


def test_from_the_gallery_to_the_map(app, visit):
    page = visit(app)
    page.get_by_role("button", name="Map").last.click()
    page.wait_for_selector("h1:has-text('Latent map')")
    settle(page)
    check_healthy(page, "Latent map")


def test_a_slider_changes_the_image(app, visit):
    page = visit(f"{app}/traverse?model=digits-2")
    picture = page.locator(".picture.main")
    pixels = "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.join()"
    page.wait_for_selector("text=digits-2 · step")
    page.wait_for_timeout(1000)  # the decoder is loaded, and the first image is drawn
    before = picture.evaluate(pixels)
    page.locator("input[type=range]").first.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.wait_for_timeout(300)
    assert picture.evaluate(pixels) != before
    check_healthy(page, "Traverse")


def step_shown(page) -> int:
    return int(re.search(r"step ([\d,]+) of 1,500", page.inner_text("[data-testid=stProgress]"))[1].replace(",", ""))


def test_a_run_continues_through_reload_and_page_change_and_can_be_controlled(app, visit):
    page = visit(f"{app}/train")
    page.get_by_role("button", name="Train", exact=True).click()
    page.wait_for_selector("img[alt^='held-out images']")
    page.wait_for_selector(".js-plotly-plot")
    page.evaluate("document.querySelector('h1').dataset.kept = 'yes'")
    first = step_shown(page)
    line = "document.querySelector('[data-testid=stProgress]').innerText"
    page.wait_for_function(f"Number(/step ([\\d,]+) of/.exec({line})[1].replace(',', '')) > {first}")
    assert page.evaluate("document.querySelector('h1').dataset.kept") == "yes", "the live view redraws itself alone"
    page.get_by_role("button", name="Pause").click()
    page.wait_for_selector("text=/Paused · step/")
    paused = step_shown(page)
    assert 0 < paused < 1500
    check_healthy(page, "Train")

    page.reload()
    settle(page)
    page.wait_for_selector("text=/Paused · step/")
    assert step_shown(page) == paused
    page.get_by_role("button", name="+10", exact=True).click()
    page.wait_for_function(f"document.body.innerText.includes('Paused · step {paused + 10:,} of')")

    page.get_by_role("link", name="Gallery").click()
    page.wait_for_selector("h1:has-text('Gallery')")
    page.get_by_role("link", name="Train").click()
    page.wait_for_selector("text=/Paused · step/")
    assert step_shown(page) == paused + 10
    # the header has a Stop button of its own while a script runs
    page.get_by_test_id("stMainBlockContainer").get_by_role("button", name="Stop").click()
    page.wait_for_selector("text=/Stopped · step/")

    other_visitor = visit(f"{app}/train")
    assert "Your runs" not in other_visitor.inner_text("[data-testid=stMain]")
    again = visit(page.url)
    again.wait_for_selector("text=/Stopped · step/")
    assert step_shown(again) == paused + 10
