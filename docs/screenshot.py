"""Take the README's pictures from the running app: ``python docs/screenshot.py [NAME ...]``.

Needs Chromium; set $CHROMIUM where it is not on the path. The moving picture is a drag of a slider, a screenshot per step.
"""

import argparse
import io
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[1]
SIZE = {"width": 1280, "height": 800}
VIEWS = {  # file: (address below the server's, dark theme)
    "app": ("traverse?model=mnist-10", False),
    "gallery": ("", False),
    "map": ("latent_map?model=mnist-10&projection=UMAP", True),
    "compare": ("compare?of=sprites32", False),
    "lesson": ("learn_holes", False),
    "conditional": ("conditional?ask=Transfer+a+style", True),
}
DRAG = "traverse?model=mnist-10"
FRAMES, WIDTH = 24, 760


def settled(page: Page) -> None:
    """Wait until the script is done and the browser has decoded its images."""
    page.wait_for_selector("h1", timeout=120_000)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=120_000)
    page.wait_for_selector(".picture.main, [data-testid=stImage] img", timeout=120_000)
    page.wait_for_timeout(5000)  # the browser decodes after the script is done


def picture(browser: Browser, address: str, name: str) -> None:
    """Write docs/NAME.png."""
    view, dark = VIEWS[name]
    page = browser.new_page(viewport=SIZE, color_scheme="dark" if dark else "light")
    page.goto(f"{address}/{view}")
    settled(page)
    shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    shot.quantize(128).save(ROOT / "docs" / f"{name}.png", optimize=True)
    page.close()


def drag(browser: Browser, address: str) -> None:
    """Write docs/drag.gif: one slider from left to right and back; the browser decodes every image."""
    page = browser.new_page(viewport=SIZE)
    page.goto(f"{address}/{DRAG}")
    settled(page)
    box = page.locator(".canvas").bounding_box()
    clip = {"x": box["x"], "y": box["y"], "width": box["width"], "height": min(box["height"], SIZE["height"] - box["y"])}
    slider = page.locator("input[type=range]").first.bounding_box()
    middle = slider["y"] + slider["height"] / 2
    frames = []
    page.mouse.move(slider["x"] + slider["width"] / 2, middle)
    page.mouse.down()
    for i in range(FRAMES):
        share = 0.1 + 0.8 * abs(2 * ((i / FRAMES + 0.25) % 1) - 1)
        page.mouse.move(slider["x"] + share * slider["width"], middle)
        page.wait_for_timeout(250)
        shot = Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB")
        frames.append(shot.resize((WIDTH, round(WIDTH * shot.height / shot.width))).quantize(48))
    page.mouse.up()
    frames[0].save(ROOT / "docs" / "drag.gif", save_all=True, append_images=frames[1:], duration=90, loop=0, optimize=True)
    page.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which (default: all): {', '.join([*VIEWS, 'drag'])}")
    names = parser.parse_args().names or [*VIEWS, "drag"]
    if unknown := sorted(set(names) - {*VIEWS, "drag"}):
        parser.error(f"there is no view {', '.join(unknown)}; there are {', '.join([*VIEWS, 'drag'])}")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true", f"--server.port={port}"]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(400):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        with sync_playwright() as playwright:
            found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
            browser = playwright.chromium.launch(executable_path=found, args=["--headless", "--no-sandbox", "--disable-gpu"])
            for name in names:
                if name == "drag":
                    drag(browser, f"http://127.0.0.1:{port}")
                else:
                    picture(browser, f"http://127.0.0.1:{port}", name)
            browser.close()
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
