"""From the click on a page's name to its figure drawn, in Chromium, on a warm server.

    python benchmarks/pages.py [--of lessons] [--rounds 10] [--limit 1.0]

Every page is opened once before it is timed. A page is drawn when its script has run and its first figure is painted: an image
that has loaded, a chart with its marks, or the canvas' decoded picture. Prints the median and the 95th percentile per page, and
exits with 1 where one of them is above the limit.
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from browser.server import FLAGS, ROOT, find_chromium, start
from playwright.sync_api import sync_playwright

from latent_explorer.lessons import LESSONS

PAGES = ("Gallery", "Latent map", "Traverse", "Reconstruct", "Conditional", "Compare", "Evaluate", "Train")
TITLES = {"pages": PAGES, "lessons": tuple(lesson.title for lesson in LESSONS)}
DRAWN = """title => {
    // the canvas is in a shadow tree, which querySelector does not enter
    const find = (selector, root) => root.querySelector(selector)
        ?? [...root.querySelectorAll('*')].map(e => e.shadowRoot && find(selector, e.shadowRoot)).find(Boolean) ?? null;
    if (document.querySelector('h1')?.innerText !== title) return false;
    if (document.querySelector('[data-testid=stApp]').dataset.testScriptState !== 'notRunning') return false;
    const canvas = find('.canvas', document);
    if (canvas) {
        const picture = canvas.querySelector('.picture.main');
        return picture !== null && picture.getContext('2d').getImageData(0, 0, picture.width, picture.height).data.some(v => v);
    }
    const image = document.querySelector('[data-testid=stImage] img');
    if (image) return image.complete && image.naturalWidth > 0;
    return document.querySelector('.js-plotly-plot .plot, [data-testid=stAlert], [data-testid=stDataFrame] canvas') !== null;
}"""


def seconds_to(page, title: str) -> float:
    """A click on the page's name in the side bar, timed in the browser's own frames."""
    link = page.locator("[data-testid=stSidebarNav] a").get_by_text(title, exact=True).first
    if not link.is_visible():  # beside a page's own controls Streamlit folds the last links away
        page.get_by_test_id("stSidebarNavViewButton").click()
    started = time.perf_counter()
    link.click()
    page.wait_for_function(DRAWN, arg=title, polling="raf", timeout=120_000)
    return time.perf_counter() - started


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--of", choices=TITLES, help="time only these; without it all")
    parser.add_argument("--limit", type=float, default=1.0, help="seconds that the 95th percentile may take")
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
            page.wait_for_timeout(45_000)  # the projector compiles behind the first page; what follows is a warm server
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
