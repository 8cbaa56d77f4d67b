"""Time the opening: the import of the core, and the first page of a fresh server with a figure in Chromium.

    python benchmarks/opening.py

Each number is the median of five fresh processes. Needs Chromium; set $CHROMIUM where it is not on the path.
"""

import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from browser.server import FLAGS, ROOT, find_chromium
from playwright.sync_api import Browser, sync_playwright

RUNS = 5


def seconds_to_run(code: str) -> float:
    """Return the seconds that a fresh Python takes to run some code."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
    return time.perf_counter() - started


def first_picture(browser: Browser) -> tuple[float, float]:
    """Return (seconds from launch to the server's answer, seconds from a visitor's request to the gallery's first picture)."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true", f"--server.port={port}"]
    started = time.perf_counter()
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while True:
            try:
                urllib.request.urlopen(f"{address}/_stcore/health", timeout=1).close()
                break
            except OSError:
                time.sleep(0.02)
        up = time.perf_counter() - started
        page = browser.new_page()
        started = time.perf_counter()
        page.goto(address)
        page.wait_for_selector("[data-testid=stImage] img", timeout=120_000)
        seen = time.perf_counter() - started
        page.close()
        return up, seen
    finally:
        server.terminate()
        server.wait()


def main() -> None:
    imports = {
        "an empty Python": "pass",
        "import vae_core": "import vae_core",
        "import vae_core.checkpoints.trained_vae (with torch)": "import vae_core.checkpoints.trained_vae",
    }
    print("| | median of 5, s |\n|---|---|")
    for name, code in imports.items():
        print(f"| {name} | {statistics.median(seconds_to_run(code) for _ in range(RUNS)):.2f} |", flush=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        up, seen = zip(*(first_picture(browser) for _ in range(RUNS)))
    print(f"| fresh server, until it answers | {statistics.median(up):.2f} |")
    print(f"| first visit of a fresh server, until the gallery's first picture | {statistics.median(seen):.2f} |")


if __name__ == "__main__":
    main()
