"""Tests of the canvas in a browser: it decodes during a gesture, sends little, and computes the same numbers as PyTorch."""

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from browser.server import ROOT

from vae_core.checkpoints.trained_vae import TrainedVAE

HERE = Path(__file__).parent
pytestmark = pytest.mark.browser


class Traffic:
    """The sizes of the messages over the page's web socket, each way."""

    def __init__(self, page):
        self.sent: list[int] = []
        self.received: list[int] = []
        page.on("websocket", self._watch)

    def _watch(self, socket) -> None:
        socket.on("framesent", lambda payload: self.sent.append(len(payload)))
        socket.on("framereceived", lambda payload: self.received.append(len(payload)))

    def clear(self) -> None:
        self.sent.clear()
        self.received.clear()


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    for name, *recipe in (("two", "2", "mlp", "300"), ("ten", "10", "mlp", "300"), ("conv", "4", "conv", "5")):
        # in a process of its own: the shape checks of these tests make training several times slower
        subprocess.run([sys.executable, str(HERE / "shapes.py"), str(folder / name), *recipe], check=True, cwd=ROOT)
    return folder


@pytest.fixture(scope="session")
def app(models, serve) -> str:
    return serve(HERE / "canvas_app.py", CANVAS_MODELS=str(models))


def open_canvas(page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector(".canvas[aria-busy=false]", timeout=30_000)
    settle(page)


def settle(page) -> None:
    """Wait until the script has run and an image is painted."""
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    page.wait_for_function("() => document.querySelector('[data-testid=stApp]') !== null")
    page.wait_for_timeout(400)


def on_canvas(page, script: str):
    """Evaluate ``script``, in which ``canvas`` is the running canvas."""
    return page.locator(".canvas").first.evaluate(f"async (element) => {{ const canvas = element.latentCanvas; {script} }}")


def image(page) -> bytes:
    """The pixels of the large image."""
    return bytes(
        page.locator(".picture.main").evaluate("c => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]")
    )


def shown_code(page) -> list[float]:
    """The code that Python received, as the page prints it."""
    return json.loads(page.locator("[data-testid=stText]", has_text="z [").inner_text()[2:])


def test_a_drag_decodes_in_the_browser_and_reports_once(page, app):
    traffic = Traffic(page)
    open_canvas(page, f"{app}/?model=ten&modes=sliders")
    slider = page.locator("input[type=range]").first
    box = slider.bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, middle)
    page.mouse.down()
    traffic.clear()
    images = set()
    for i in range(60):
        page.mouse.move(box["x"] + box["width"] * (0.5 + 0.4 * (i + 1) / 60), middle)
        page.wait_for_timeout(16)
        if i % 10 == 9:
            images.add(image(page))
    assert traffic.sent == []
    assert len(images) == 6
    page.mouse.up()
    settle(page)
    assert len(traffic.sent) == 1
    assert max(shown_code(page)) == pytest.approx(2.4, abs=0.15)


@pytest.mark.parametrize("name", ["two", "ten", "conv"])
def test_same_numbers_as_torch(page, app, models, name):
    open_canvas(page, f"{app}/?model={name}&modes=sliders")
    model = TrainedVAE.load(models / name)
    codes = np.random.default_rng(0).normal(size=(100, model.latent_dim)).astype(np.float32)
    script = f"return [...await canvas.decoder.decode(Float32Array.from({codes.ravel().tolist()}), 100)]"
    found = np.array(on_canvas(page, script)).reshape(100, *model.shape)
    assert np.abs(found - model.decode(codes)).max() <= 1e-4


def test_weights_are_sent_once(page, app):
    traffic = Traffic(page)
    open_canvas(page, f"{app}/?model=ten&modes=sliders,map")
    assert sum(traffic.received) > 100_000
    traffic.clear()
    page.get_by_role("button", name="Rerun").click()
    settle(page)
    canvas = [size for size in traffic.received if size > 1000]
    assert canvas == [], f"a message of {max(canvas, default=0)} bytes on a rerun that changed nothing"


def test_python_sets_the_code_and_the_user_changes_it_again(page, app):
    open_canvas(page, f"{app}/?model=two&modes=sliders")
    page.get_by_role("button", name="To a corner").click()
    settle(page)
    assert page.locator("output", has_text="1.00").count() == 2
    page.get_by_role("button", name="Reset").click()
    settle(page)
    assert shown_code(page) == [0, 0]
    page.get_by_role("button", name="Rerun").click()
    settle(page)
    assert shown_code(page) == [0, 0]
    assert page.locator("output", has_text="1.00").count() == 0


def test_a_canvas_that_is_shown_again_keeps_its_code(page, app):
    open_canvas(page, f"{app}/?model=two&modes=sliders&hide=1")
    page.get_by_role("button", name="Real image").click()
    settle(page)
    before, code = image(page), shown_code(page)
    page.get_by_text("Hide").click()
    page.wait_for_selector(".canvas", state="detached")
    page.get_by_text("Hide").click()
    page.wait_for_selector(".canvas[aria-busy=false]")
    settle(page)
    assert image(page) == before
    assert page.locator("input[type=range]").first.input_value() in {str(round(min(max(z, -3), 3), 2)) for z in code}


def test_keyboard_locks_and_reset(page, app):
    open_canvas(page, f"{app}/?model=two&modes=sliders")
    slider = page.get_by_role("slider", name="Unit z1")
    slider.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    settle(page)
    assert shown_code(page) == [0.5, 0]
    page.get_by_role("button", name="Lock z1").click()
    page.get_by_role("button", name="Resample").click()
    settle(page)
    code = shown_code(page)
    assert code[0] == 0.5
    assert code[1] != 0
    page.get_by_role("slider", name="Unit z2").dblclick()
    settle(page)
    assert shown_code(page) == [0.5, 0]


def test_a_lasso_selects_and_escape_clears(page, app):
    open_canvas(page, f"{app}/?model=two&modes=map")
    page.get_by_role("button", name="Lasso").click()
    field = page.locator(".field canvas[tabindex]")
    box = field.bounding_box()
    corners = [(0.1, 0.1), (0.9, 0.1), (0.9, 0.6), (0.1, 0.6)]
    spots = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in corners]
    page.mouse.move(*spots[0])
    page.mouse.down()
    for spot in spots[1:]:
        page.mouse.move(*spot, steps=4)
    page.mouse.up()
    settle(page)
    count = int(page.locator("[data-testid=stText]", has_text="selected").inner_text().split()[1])
    assert 0 < count < 1800
    assert page.get_by_text(re.compile(f"{count:,} of .* selected")).is_visible()
    field.press("Escape")
    settle(page)
    assert page.get_by_text("selected None").is_visible()


def test_a_plane_decodes_anywhere_and_other_maps_use_real_encodings(page, app):
    open_canvas(page, f"{app}/?model=two&modes=map")
    field = page.locator(".field canvas[tabindex]")
    box = field.bounding_box()
    page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 0.4 * box["height"])
    page.wait_for_selector(".hover-preview:visible")
    assert "z = (" in page.locator(".hover-preview").inner_text()
    page.mouse.down()
    page.mouse.up()
    settle(page)
    assert any(shown_code(page))
    open_canvas(page, f"{app}/?model=two&modes=map&map=umap")
    box = field.bounding_box()
    page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 0.4 * box["height"])
    page.wait_for_selector(".hover-preview:visible")
    assert "nearest real encoding" in page.locator(".hover-preview").inner_text()


def test_a_picked_image_is_encoded_in_the_browser(page, app):
    open_canvas(page, f"{app}/?model=ten&modes=draw")
    before = image(page)
    page.get_by_role("button", name="Encode real image 1", exact=True).click()
    settle(page)
    assert image(page) != before
    assert "±" in page.locator(".spread").inner_text()
    mean = shown_code(page)
    page.get_by_role("button", name="Resample z").click()
    settle(page)
    assert shown_code(page) != mean


def test_a_conditional_decoder_uses_the_chosen_label(page, app):
    open_canvas(page, f"{app}/?model=conditional")
    before = image(page)
    page.get_by_role("button", name="Condition on bottom").or_(page.get_by_role("button", name="bottom")).first.click()
    settle(page)
    assert image(page) != before
    assert page.get_by_text("condition [0. 0. 1.]").is_visible()


def test_without_webassembly_the_server_decodes(page, app, chromium):
    context = chromium.new_context()
    bare = context.new_page()
    bare.add_init_script("delete window.WebAssembly")
    bare.goto(f"{app}/?model=two&modes=sliders,matrix")
    bare.wait_for_selector(".canvas[aria-busy=false]", timeout=30_000)
    bare.get_by_role("slider", name="Unit z1").focus()
    bare.keyboard.press("ArrowRight")
    time.sleep(2)
    assert "the server decodes" in bare.locator(".notice").inner_text()
    assert max(image(bare)[::4]) > 0
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_no_element_is_wider_than_the_page(page, app, width, scheme):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 844})
    open_canvas(page, f"{app}/?model=ten&modes=sliders,matrix,map,pad,path,draw")
    over = on_canvas(
        page,
        """const right = element.getBoundingClientRect().right;
        return [...element.querySelectorAll('*')].filter((e) => !e.closest('.field, .slide, .track')
            && e.getBoundingClientRect().right > right + 1).map((e) => e.outerHTML.slice(0, 80))""",
    )
    assert over == []


def test_one_finger_moves_the_code_and_two_zoom_the_map(app, chromium):
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    open_canvas(page, f"{app}/?model=two&modes=map")
    field = page.locator(".field canvas[tabindex]")
    field.scroll_into_view_if_needed()
    box, touch = field.bounding_box(), context.new_cdp_session(page)

    def put(kind: str, *spots: tuple[float, float]) -> None:
        points = [
            {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"], "id": i} for i, (x, y) in enumerate(spots)
        ]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    put("touchStart", (0.3, 0.5))
    for i in range(8):
        put("touchMove", (0.3 + 0.05 * i, 0.5))
    put("touchEnd")
    settle(page)
    assert any(shown_code(page))
    before, code = field.screenshot(), shown_code(page)
    put("touchStart", (0.4, 0.5), (0.6, 0.5))
    for i in range(8):
        put("touchMove", (0.4 - 0.03 * i, 0.5), (0.6 + 0.03 * i, 0.5))
    put("touchEnd")
    settle(page)
    assert field.screenshot() != before
    assert shown_code(page) == code, "two fingers move the map, not the code"
    context.close()


@pytest.mark.parametrize(("motion", "moves"), [("reduce", False), ("no-preference", True)])
def test_transitions_are_off_with_reduced_motion(page, app, motion, moves):
    page.emulate_media(reduced_motion=motion)
    open_canvas(page, f"{app}/?model=two&modes=sliders")
    durations = page.locator(".canvas button").evaluate_all("all => all.map((b) => getComputedStyle(b).transitionDuration)")
    assert any(float(duration.split("s")[0]) > 0 for duration in durations) == moves


def test_a_mean_of_the_nearest_encodings_is_labelled(page, app):
    open_canvas(page, f"{app}/?model=two&modes=map&map=umap")
    page.get_by_role("button", name="Mean of nearest").click()
    box = page.locator(".field canvas[tabindex]").bounding_box()
    page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 0.4 * box["height"])
    page.wait_for_selector(".hover-preview:visible")
    assert "mean of the 5 nearest encodings on the map" in page.locator(".hover-preview").inner_text()
