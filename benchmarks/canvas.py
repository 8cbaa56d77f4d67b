"""Response times of the latent canvas: python benchmarks/canvas.py prints two tables; needs Chromium and the test extra.

Server and browser run on the same machine, with software rendering. Random weights decode as fast as trained ones, so nothing
is trained.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import bare  # noqa: E402
import torch  # noqa: E402
from browser.server import FLAGS, find_chromium, start  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

from vae_core.analysis.atlas import LatentAtlas  # noqa: E402
from vae_core.checkpoints.about import About  # noqa: E402
from vae_core.checkpoints.trained_vae import TrainedVAE  # noqa: E402
from vae_core.config import TrainConfig  # noqa: E402
from vae_core.vae import VAE  # noqa: E402

MODELS = {
    "mlp 28×28": ("mlp", (1, 28, 28)),
    "conv 28×28": ("conv", (1, 28, 28)),
    "patch 32×32": ("patch", (1, 32, 32)),
    "conv 32×32": ("conv", (1, 32, 32)),
    "burgess 64×64": ("burgess", (1, 64, 64)),
}
ABOUT = About("none", "train", 1, "test", (), (), (), "cpu", 0.0, torch.__version__, "3")
BUTTON = "[...document.querySelectorAll('button')].find((button) => button.innerText.includes('Show the map'))"
# from the click to the frame after the one in which SHOWN exists; a canvas is inside shadow trees
CLICK = """new Promise((done) => {
    const find = (root) => {
        let found = root.querySelector(SHOWN);
        for (const element of found ? [] : root.querySelectorAll('*'))
            if (element.shadowRoot && (found = find(element.shadowRoot))) break;
        return found;
    };
    const started = performance.now();
    const look = () => {
        if (!find(document)) setTimeout(look, 5);
        else requestAnimationFrame(() => requestAnimationFrame(() => done((performance.now() - started) / 1000)));
    };
    BUTTON.click();
    look();
})"""
MATRIX = """async (element) => {
    const sheet = element.querySelector('.image-grid'), slider = element.querySelector('input[type=range]'), times = [];
    for (let i = 0; i < 30; i++) {
        const painted = new Promise((done) => sheet.addEventListener('painted', done, { once: true }));
        const started = performance.now();
        slider.value = -2 + i / 8;
        slider.dispatchEvent(new Event('input'));
        await painted;
        times.push(performance.now() - started);
    }
    return times;
}"""
HOVER = """async (field) => {
    const over = field.querySelector('[tabindex]'), card = field.querySelector('.hover-preview'), times = [];
    const box = over.getBoundingClientRect();
    for (let i = 0; i < 60; i++) {
        const painted = new Promise((done) => card.addEventListener('painted', done, { once: true }));
        const started = performance.now();
        const [clientX, clientY] = [box.left + box.width * (0.2 + i / 100), box.top + box.height / 2];
        over.dispatchEvent(new PointerEvent('pointermove', { clientX, clientY, pointerType: 'mouse' }));
        await painted;
        times.push(performance.now() - started);
    }
    return times;
}"""


def write_models(folder: Path) -> None:
    """Write a checkpoint and 2,000 codes per network."""
    rng = np.random.default_rng(0)
    for name, (network, shape) in MODELS.items():
        torch.manual_seed(0)
        config = TrainConfig(network=network, latent_dim=10)
        vae = VAE(config, shape)
        vae.reset(torch.rand(shape), torch.rand(8, *shape))
        TrainedVAE(config, vae.requires_grad_(False), shape, step=0, history=[], about=ABOUT).save(folder / name)
        mean = rng.normal(size=(2000, 10)).astype(np.float32)
        atlas = LatentAtlas(np.arange(2000), mean, mean * 0 + 0.3, mean[:, 0], rng.integers(0, 3, 2000))
        atlas.save(folder / name / "atlas.npz")


def spread(times: list[float]) -> str:
    """Median and 95th percentile."""
    return f"{np.median(times):.1f} / {np.percentile(times, 95):.1f} ms"


def ready(page, address: str) -> None:
    """Open a page and wait for its canvas."""
    page.goto(address)
    page.wait_for_selector(".canvas[aria-busy=false]", timeout=60_000)
    page.wait_for_timeout(1500)


def drag(page, address: str) -> list[str]:
    """Drag through 60 positions in about a second.

    Returns the time to decode and paint an image, the number of images, and of messages before and after the release.
    """
    sent = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda payload: sent.append(payload)))
    ready(page, address)
    box = page.locator("input[type=range]").first.bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, middle)
    page.mouse.down()
    canvas = page.locator(".canvas")
    canvas.evaluate("(element) => { element.latentCanvas.frames.length = 0 }")
    sent.clear()
    for i in range(60):
        page.mouse.move(box["x"] + box["width"] * (0.5 + 0.4 * (i + 1) / 60), middle)
        page.wait_for_timeout(16)
    before, frames = len(sent), canvas.evaluate("(element) => element.latentCanvas.frames")
    page.mouse.up()
    page.wait_for_timeout(800)
    return [spread(frames), f"{len(frames)} of 60", f"{before}, then {len(sent) - before}"]


def matrix(page, address: str) -> str:
    """Time the 10 × 11 matrix from a new code to its pixels, 30 times."""
    ready(page, address)
    return spread(page.locator(".canvas").evaluate(MATRIX))


def click(browser: bare.Browser, address: str, shown: str) -> float:
    """Measure the seconds from the click to the points' pixels and an idle main thread."""
    with browser.tab(address) as tab:
        while not tab.evaluate(f"!!{BUTTON}"):
            time.sleep(0.1)
        time.sleep(1.5)
        return tab.evaluate(CLICK.replace("SHOWN", json.dumps(shown)).replace("BUTTON", BUTTON))


def hovering(page, address: str, shown: str) -> str:
    """Time from a move of the pointer to the decoded image beside it, 60 times."""
    page.goto(address)
    page.get_by_role("button", name="Show the map").click(timeout=60_000)
    page.wait_for_selector(shown, timeout=60_000)
    page.wait_for_selector(".canvas[aria-busy=false]")
    return spread(page.locator(".field").evaluate(HOVER))


def main() -> None:
    parser = argparse.ArgumentParser(description="Time the latent canvas in Chromium.")
    parser.add_argument("--rounds", type=int, default=3, help="repetitions of each map (default 3)")
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, sync_playwright() as playwright:
        write_models(Path(folder))
        server, address = start(ROOT / "tests" / "browser" / "canvas_app.py", Path(folder) / "log", CANVAS_MODELS=folder)
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)

        def fresh(work, *arguments):
            """Run ``work`` on a new page in a new browser profile."""
            context = browser.new_context(viewport={"width": 1280, "height": 900})
            try:
                return work(context.new_page(), *arguments)
            finally:
                context.close()

        try:
            print("| network | decode and paint, p50 / p95 | images in a drag | messages | 10 × 11 matrix, p50 / p95 |")
            print("|---|---|---|---|---|")
            for name in MODELS:
                cells = fresh(drag, f"{address}/?model={name}&modes=sliders")
                cells.append(fresh(matrix, f"{address}/?model={name}&modes=sliders,matrix"))
                print(f"| {name} | {' | '.join(cells)} |", flush=True)
            print("\n| points | from click to pixels | the first time | hover to image, p50 / p95 |\n|---|---|---|---|")
            plans = [("canvas", 60_000), ("Plotly's scattergl", 60_000), ("canvas", 1_000_000)]
            for renderer, n in plans:
                ours = renderer == "canvas"
                shown = ".canvas .field[data-painted]" if ours else ".js-plotly-plot .gl-canvas"
                query = f"{address}/?model={quote('mlp 28×28')}&modes=map&click=1&n={n}{'' if ours else '&plotly=1'}"
                with bare.browser(Path(folder) / f"{renderer} {n}") as plain:
                    first, *times = [click(plain, query, shown) for _ in range(rounds + 1)]  # the first fills the caches
                hover = fresh(hovering, query, shown) if ours else ""
                print(f"| {n:,} in {renderer} | {np.median(times):.2f} s | {first:.2f} s | {hover} |", flush=True)
        finally:
            browser.close()
            server.terminate()


if __name__ == "__main__":
    main()
