"""Time how long a visitor waits: for the first picture of a training, and for a UMAP that is not in the cache.

    python benchmarks/waits.py [--of training] [--rounds 3] [--picture FILE]

In Chromium, from the click to the pixels. Each round has a new server. "just started" clicks as soon as the page is there,
"warm" after the worker and the projector have had time to get ready. ``--picture`` saves a screenshot ten seconds after the
click.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "browser"))
from server import FLAGS, ROOT, find_chromium, start

from vae_core.runs.run import all_runs

KINDS = ["training", "warm", "just started"]
READY = 45_000  # milliseconds: the projector compiles behind the first page, the worker imports torch
PICTURE = "img[alt^='held-out images']"


def umap(page, address: str, kind: str) -> tuple[float, float]:
    """Return the seconds from the click to the sketch of a new UMAP of mnist-10's 10,000 codes, and to its final map."""
    page.goto(f"{address}/latent_map?model=mnist-10&tab=Projection")
    toggle = page.locator("[data-testid=stCheckbox]", has_text="Draw a second UMAP")
    toggle.wait_for()
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    if kind == "warm":
        page.wait_for_selector(".canvas[aria-busy=false]")  # the map above it is drawn
        page.wait_for_timeout(1000)
    started = time.perf_counter()
    toggle.click()
    page.wait_for_function("document.querySelector(\"img[alt='UMAP, second']\")?.naturalWidth > 0", timeout=180_000)
    sketched = time.perf_counter() - started
    page.wait_for_function("!document.body.innerText.includes('A sketch after')", timeout=180_000)
    return sketched, time.perf_counter() - started


def training(page, address: str, where: Path, picture: str | None) -> tuple[float, float, float, int]:
    """Train the preset; return seconds to the first and the second picture, and ELBO in nats and step after ten seconds."""
    page.goto(f"{address}/train")
    button = page.get_by_role("button", name="Train", exact=True)
    button.wait_for()
    page.wait_for_timeout(READY / 3)
    started = time.perf_counter()
    button.click()
    page.wait_for_function(f'document.querySelector("{PICTURE}")?.naturalWidth > 0', polling="raf")
    first, before = time.perf_counter() - started, page.get_attribute(PICTURE, "src")
    page.wait_for_function(
        f'old => ![old, undefined].includes(document.querySelector("{PICTURE}")?.src)', arg=before, polling="raf"
    )
    second = time.perf_counter() - started
    page.wait_for_timeout(max(0.0, 10 - second) * 1000)
    (run,) = all_runs(where)
    reached = [h for h in run.history() if "held_out" in h][-1]
    if picture:
        page.screenshot(path=picture)
    return first, second, reached["held_out"]["elbo"], reached["step"]


def round_of(kind: str, browser, picture: str | None):
    """Do one measurement on a new server."""
    with tempfile.TemporaryDirectory() as folder:
        where = Path(folder) / "runs"
        server, address = start(
            ROOT / "app.py", Path(folder) / "log.txt", LATENT_EXPLORER_CACHE=folder, LATENT_EXPLORER_WARM="1",
            LATENT_EXPLORER_RUNS=str(where), OMP_NUM_THREADS=str(os.cpu_count()),
        )  # fmt: skip
        page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        page.set_default_timeout(120_000)
        try:
            if kind == "training":
                return training(page, address, where, picture)
            page.goto(address)
            page.wait_for_selector("[data-testid=stImage] img")
            if kind == "warm":
                page.wait_for_timeout(READY)
            return umap(page, address, kind)
        finally:
            page.context.close()
            for run in all_runs(where):
                run.send_command("stop")
            server.terminate()
            server.wait(20)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--of", nargs="+", choices=KINDS, default=KINDS, help="what to measure (default all)")
    parser.add_argument("--picture", metavar="FILE")
    args = parser.parse_args()
    print("| from the click | median, s | all |\n|---|---|---|")
    reached = ""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        for kind in args.of:
            found = [round_of(kind, browser, args.picture) for _ in range(args.rounds)]
            if kind == "training":
                first, second, elbo, step = zip(*found)
                rows = {"Train, to the first picture": first, "Train, to the first that moved": second}
                reached = f"held-out ELBO {statistics.median(elbo):.1f} nats at step {statistics.median(step):,.0f}"
            else:
                sketched, refined = zip(*found)
                what = f"a UMAP of 10,000 codes, server {kind}"
                rows = {f"{what}, to its sketch": sketched, f"{what}, to the refined map": refined}
            for what, values in rows.items():
                print(f"| {what} | {statistics.median(values):.2f} | {', '.join(f'{v:.2f}' for v in values)} |", flush=True)
        browser.close()
    if reached:
        print(f"\nTen seconds after the click on Train: {reached}")


if __name__ == "__main__":
    main()
