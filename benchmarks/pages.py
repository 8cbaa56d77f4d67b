"""Time the pages: from the click on a page's name to its figure drawn, in Chromium, on a warm server.

    python benchmarks/pages.py [--of lessons] [--rounds 10] [--limit 1.0]

Every page is opened once before it is timed. A page counts as drawn when its first figure is painted: a loaded image, a chart
with its marks, or the decoded picture of the canvas; parts further down may follow. Prints the median and the 95th
percentile per page, and exits with 1 if a percentile is above the limit.
"""

import argparse
import re
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from browser.server import FLAGS, ROOT, find_chromium, start
from playwright.sync_api import sync_playwright

from latent_explorer.course.lessons import LESSONS

PAGES = ("Gallery", "Latent map", "Traverse", "Reconstruct", "Conditional", "Compare", "Evaluate", "Train", "β race")
TITLES = {"pages": PAGES, "lessons": tuple(lesson.title for lesson in LESSONS)}
DRAWN = """title => {
    if (document.querySelector('h1')?.innerText !== title) return false;
    // elements of the page before are stale until the new script has passed their place
    const fresh = element => element.closest('[data-stale]')?.dataset.stale !== 'true';
    // a canvas is in a shadow tree, which querySelector does not enter
    const hosts = [...document.querySelectorAll('[data-testid=stMain] *')].filter(e => e.shadowRoot && fresh(e));
    const canvas = hosts.map(e => e.shadowRoot.querySelector('.canvas')).find(Boolean);
    const seen = '[data-testid=stImage] img, .js-plotly-plot, [data-testid=stAlert], [data-testid=stDataFrame] canvas';
    const first = [...document.querySelectorAll(`[data-testid=stMain] :is(${seen})`)].find(fresh);
    const host = canvas?.getRootNode().host;
    if (canvas && !(first && first.compareDocumentPosition(host) & Node.DOCUMENT_POSITION_FOLLOWING)) {
        const picture = canvas.querySelector('.picture.main');
        return picture !== null && picture.getContext('2d').getImageData(0, 0, picture.width, picture.height).data.some(v => v);
    }
    if (!first) return false;
    if (first.matches('img')) return first.complete && first.naturalWidth > 0;
    return !first.matches('.js-plotly-plot') || first.querySelector('.trace, .hm, .gl-canvas') !== null;
}"""
FINISHED = "document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'"


def seconds_to(page, title: str) -> float:
    """Click the page's name in the side bar and return the seconds until its figure is drawn, by the browser's own frames."""
    name = re.compile(rf"^(\d+\. )?{re.escape(title)}$")  # lessons are numbered
    link = page.locator("[data-testid=stSidebarNav] a").get_by_text(name).first
    if not link.is_visible():  # above a page's own controls Streamlit hides the last links
        page.get_by_test_id("stSidebarNavViewButton").click()
    started = time.perf_counter()
    link.click()
    page.wait_for_function(DRAWN, arg=title, polling="raf", timeout=120_000)
    taken = time.perf_counter() - started
    page.wait_for_function(FINISHED)  # so that the next click meets a page that has finished
    return taken


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--of", choices=TITLES, help="time only these; by default all")
    parser.add_argument("--limit", type=float, default=1.0, help="largest 95th percentile that is allowed, in seconds")
    args = parser.parse_args()
    slow = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server, address = start(ROOT / "app.py", Path(folder) / "log.txt", LATENT_EXPLORER_WARM="1")
        try:
            browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            page.goto(address)
            page.wait_for_selector("[data-testid=stSidebarNav] a", timeout=120_000)
            page.wait_for_function(DRAWN, arg="Gallery", timeout=120_000)
            page.wait_for_timeout(45_000)  # the UMAP worker compiles in the background; after that the server is warm
            titles = TITLES[args.of] if args.of else PAGES + TITLES["lessons"]
            times: dict[str, list[float]] = {title: [] for title in titles}
            for turn in range(args.rounds + 1):
                for title in (*titles[1:], titles[0]):
                    taken = seconds_to(page, title)
                    if turn:
                        times[title].append(taken)
            browser.close()
        finally:
            server.terminate()
            server.wait(10)
    print("| click on a page → its figure drawn | median, s | p95, s |\n|---|---|---|")
    for title, taken in times.items():
        p95 = statistics.quantiles(taken, n=20)[-1] if len(taken) > 1 else taken[0]
        print(f"| {title} | {statistics.median(taken):.2f} | {p95:.2f} |")
        if p95 > args.limit:
            slow.append(title)
    if slow:
        print(f"above {args.limit:g} s: {', '.join(slow)}", file=sys.stderr)
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
