"""The app in a real Chromium: deep links on a fresh server, both themes, both widths, a training from press to picture."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = {
    "": "Gallery",
    "latent_map": "Latent map",
    "traverse": "Traverse",
    "compare": "Compare",
    "train": "Train",
}
DONE = "[data-testid=stApp][data-test-script-state=notRunning]"

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def app(serve) -> str:
    """The address of one server for all tests that do not need a fresh one."""
    return serve(ROOT / "app.py")


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


def check_healthy(page, title: str) -> None:
    assert page.locator("h1").first.inner_text() == title
    assert page.locator("[data-testid=stException]").count() == 0
    assert page.locator("[data-testid=stAlertContentError]").count() == 0
    for image in page.locator("[data-testid=stImage] img").all():
        assert image.get_attribute("alt"), "an image without a name for screen readers"
        image.evaluate("img => img.decode()")  # rejects where the image did not load


@pytest.mark.parametrize("path", PAGES)
def test_a_deep_link_opens_its_page_on_a_fresh_server(serve, visit, path):
    """Without the guard in page.start, the first visitor of a fresh server got Streamlit's legacy pages instead."""
    page = visit(f"{serve(ROOT / 'app.py')}/{path}")
    check_healthy(page, PAGES[path])
    names = page.locator("[data-testid=stSidebarNav] a").all_inner_texts()
    assert set(PAGES.values()) <= {name.split("\n")[-1] for name in names}
    assert page.title().startswith(PAGES[path]) or "Latent-space explorer" in page.title()


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(("width", "height"), [(1280, 720), (390, 844)])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_page_in_both_themes_at_both_widths(app, visit, path, width, height, dark):
    page = visit(f"{app}/{path}", dark=dark, width=width, height=height)
    check_healthy(page, PAGES[path])
    page.wait_for_selector("[data-testid=stImage] img, .js-plotly-plot, .picture.main")
    wider = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth - window.innerWidth")
    assert wider <= 0, f"the page is {wider} px wider than the screen"


def test_the_link_holds_the_model(app, visit):
    page = visit(f"{app}/traverse?model=mnist-2")
    page.wait_for_selector("text=mnist-2 · step")
    page.get_by_role("link", name="Latent map").click()
    page.wait_for_selector("h1:has-text('Latent map')")
    settle(page)
    assert "10,000 images" in page.locator("[data-testid=stMain]").inner_text()
    assert "model=mnist-2" in page.url


def test_from_the_gallery_to_the_map(app, visit):
    page = visit(app)
    page.get_by_role("button", name="Map").last.click()
    page.wait_for_selector("h1:has-text('Latent map')")
    settle(page)
    check_healthy(page, "Latent map")


def test_a_slider_moves_the_picture(app, visit):
    page = visit(f"{app}/traverse?model=digits-2")
    picture = page.locator(".picture.main")
    pixels = "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.join()"
    page.wait_for_selector("text=digits-2 · step")
    page.wait_for_timeout(1000)  # the decoder arrives, and the first image is drawn
    before = picture.evaluate(pixels)
    page.locator("input[type=range]").first.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.wait_for_timeout(300)
    assert picture.evaluate(pixels) != before
    check_healthy(page, "Traverse")


def test_training_from_press_to_picture_with_a_pause(app, visit):
    page = visit(f"{app}/train")
    page.get_by_role("button", name="Train", exact=True).click()
    page.wait_for_selector("text=/of 1,500 steps/")
    page.wait_for_selector("img[alt='samples from the prior']")
    page.get_by_role("button", name="Pause").click()
    page.wait_for_function("document.body.innerText.includes('Go on')")
    settle(page)
    reached = int(re.search(r"([\d,]+) of 1,500 steps", page.inner_text("[data-testid=stMain]"))[1].replace(",", ""))
    assert 0 < reached < 1500
    page.get_by_role("button", name="Go on").click()
    page.wait_for_selector("text=1,500 of 1,500 steps")
    page.wait_for_selector("text=Keep this model?")
    check_healthy(page, "Train")
