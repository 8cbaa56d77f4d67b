"""The main journeys of a visitor through the pages, with assertions on what is on the screen."""

import io
import re
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vae_core.publishing.archive import pack_checkpoint

ROOT = Path(__file__).parents[2]
DONE = "[data-testid=stApp][data-test-script-state=notRunning]"
MODELS = ("mnist-2", "mnist-10", "digits-2")

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Shipped models, copied: journeys delete and import."""
    checkpoints = tmp_path_factory.mktemp("journeys") / "checkpoints"
    for name in MODELS:
        shutil.copytree(ROOT / "checkpoints" / name, checkpoints / name)
    return checkpoints


@pytest.fixture(scope="module")
def app(serve, folder, tmp_path_factory) -> str:
    return serve(
        ROOT / "app.py", LATENT_EXPLORER_CHECKPOINTS=str(folder), LATENT_EXPLORER_CACHE=str(tmp_path_factory.mktemp("cache"))
    )


@pytest.fixture
def visitor(chromium):
    """``visitor(address)`` opens an address as a new visitor and returns the page."""
    contexts = []

    def visit(address: str):
        contexts.append(chromium.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True))
        page = contexts[-1].new_page()
        page.set_default_timeout(90_000)
        page.goto(address)
        settle(page)
        return page

    yield visit
    for context in contexts:
        context.close()


def settle(page) -> None:
    page.wait_for_selector("h1")
    page.wait_for_timeout(300)
    page.wait_for_selector(DONE)


def canvas(page) -> None:
    page.wait_for_selector(".canvas[aria-busy=false]")
    settle(page)


def lasso(page) -> None:
    page.get_by_role("button", name="Lasso").click()
    field = page.locator(".field canvas[tabindex]")
    field.scroll_into_view_if_needed()
    box = field.bounding_box()
    corners = [(0.35, 0.3), (0.6, 0.3), (0.6, 0.6), (0.35, 0.6)]
    spots = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in corners]
    page.mouse.move(*spots[0])
    page.mouse.down()
    for spot in spots[1:]:
        page.mouse.move(*spot, steps=5)
    page.mouse.up()
    page.wait_for_selector("text=/of 10,000 images selected/")
    settle(page)


def test_open_hover_select_and_download(app, visitor):
    page = visitor(app)
    page.get_by_role("button", name="Map", exact=False).first.wait_for()
    page.goto(f"{app}/latent_map?model=mnist-2")
    canvas(page)
    box = page.locator(".field canvas[tabindex]").bounding_box()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    page.wait_for_selector(".hover-preview:visible")
    lasso(page)
    text = page.locator("text=/of 10,000 images selected/").first.inner_text()
    count = int(re.match(r"([\d,]+) of", text)[1].replace(",", ""))
    with page.expect_download() as csv:
        page.locator("[data-testid=stDownloadButton] button", has_text="CSV").click()
    lines = Path(csv.value.path()).read_text().splitlines()
    assert lines[0].startswith("image,class,")
    assert len(lines) == count + 1
    with page.expect_download() as npz:
        page.locator("[data-testid=stDownloadButton] button", has_text="NPZ").click()
    with np.load(io.BytesIO(Path(npz.value.path()).read_bytes())) as arrays:
        assert arrays["mean"].shape == (count, 2)
    with page.expect_download() as png:
        page.locator("[data-testid=stDownloadButton] button", has_text="PNG").click()
    with Image.open(png.value.path()) as picture:
        assert picture.format == "PNG"


def test_a_copied_link_reopens_the_same_view(app, visitor):
    page = visitor(f"{app}/latent_map?model=mnist-10")
    canvas(page)
    lasso(page)
    text = page.locator("text=/of 10,000 images selected/").first.inner_text()
    assert "sel=" in page.url
    other = visitor(page.url)
    canvas(other)
    other.wait_for_selector(f"text={text}")
    assert other.locator(".chosen").inner_text() == page.locator(".chosen").inner_text() != ""
    assert other.url == page.url


def wait_for_slider(page, place: float) -> None:
    """Wait until the first slider has this value, within a step; by its locator, since the canvas is in a shadow tree."""
    slider = page.locator("input[type=range]").first
    for _ in range(300):
        if abs(float(slider.input_value()) - place) < 0.02:
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"the slider is at {slider.input_value()}, not at {place}")


def test_back_undoes_a_move_and_then_leaves(app, visitor):
    page = visitor(f"{app}/traverse?model=mnist-10")
    canvas(page)
    page.wait_for_timeout(1500)
    slider = page.locator("input[type=range]").first
    start = float(slider.input_value())
    places, addresses = [], []
    for _ in range(2):
        before = page.url
        slider.focus()
        page.keyboard.press("ArrowRight")
        page.wait_for_function("before => location.href !== before", arg=before)
        settle(page)
        places.append(float(slider.input_value()))
        addresses.append(page.url)
    assert start < places[0] < places[1]
    fresh = visitor(addresses[1])
    canvas(fresh)
    wait_for_slider(fresh, places[1])
    page.go_back()
    wait_for_slider(page, places[0])
    assert page.url == addresses[0]
    page.go_back()
    wait_for_slider(page, start)
    assert "z=" not in page.url


def test_compare_opens_a_model_from_its_point(app, visitor):
    page = visitor(f"{app}/compare?of=mnist&by=Rate+and+distortion")
    page.wait_for_selector(".js-plotly-plot .scatterlayer .point")
    point = page.locator(".js-plotly-plot .scatterlayer .point").last
    box = point.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_selector("h1:has-text('Traverse')")
    page.wait_for_selector("text=/mnist-\\d+ · step/")


def import_zip(page, name: str, content: bytes) -> None:
    page.get_by_role("button", name="Import").click()
    page.locator("input[type=file]").set_input_files([{"name": name, "mimeType": "application/zip", "buffer": content}])
    page.get_by_role("button", name="Import model").click()
    settle(page)


def test_import_a_zip_and_lose_the_model_again(app, visitor, folder):
    page = visitor(app)
    import_zip(page, "visitor.zip", pack_checkpoint(folder / "digits-2"))
    page.wait_for_selector("text=visitor was imported")
    assert (folder / "visitor" / "weights.safetensors").exists()
    page.wait_for_selector("img[alt*='samples of visitor']")
    page.goto(f"{app}/traverse?model=visitor")
    page.wait_for_selector("text=visitor · step")
    shutil.rmtree(folder / "visitor")
    page.goto(f"{app}/traverse?model=visitor")
    page.wait_for_selector("text=no model named 'visitor' here any more")
    canvas(page)


def test_a_hostile_zip_is_refused_in_one_sentence(app, visitor, folder):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("../../escape.txt", "x")
        archive.writestr("m/config.json", "{}")
        archive.writestr("m/weights.safetensors", "x")
    page = visitor(app)
    import_zip(page, "hostile.zip", buffer.getvalue())
    text = page.locator("[data-testid=stAlert]").first.inner_text()
    assert "points outside the archive" in text
    assert sorted(p.name for p in folder.iterdir() if not p.name.startswith(".")) == sorted(MODELS)
    assert not list(folder.parents[1].glob("escape.txt"))
