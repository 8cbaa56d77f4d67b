"""A browser tab without network inspection. Playwright has every network message encoded for its debugger in the page's own
thread, which doubles the loading time of megabytes. This client only evaluates expressions."""

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from websockets.sync.client import connect

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from browser.server import FLAGS, find_chromium


class Connection:
    """A client of the DevTools protocol."""

    def __init__(self, address: str):
        self._socket = connect(address, max_size=None)
        self._sent = 0

    def call(self, method: str, **arguments) -> dict:
        self._sent += 1
        self._socket.send(json.dumps({"id": self._sent, "method": method, "params": arguments}))
        while (answer := json.loads(self._socket.recv())).get("id") != self._sent:
            pass
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def evaluate(self, expression: str):
        """Evaluate a JavaScript expression; a promise is awaited."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"]["text"])
        return answer["result"].get("value")

    def close(self) -> None:
        self._socket.close()


class Browser:
    """A running Chromium, by the port of its DevTools."""

    def __init__(self, port: int):
        self._port = port
        about = json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}/json/version"))
        self._browser = Connection(about["webSocketDebuggerUrl"])

    @contextmanager
    def tab(self, address: str) -> Iterator[Connection]:
        """Open ``address`` in a new browser profile."""
        profile = self._browser.call("Target.createBrowserContext")["browserContextId"]
        target = self._browser.call("Target.createTarget", url=address, browserContextId=profile)["targetId"]
        tab = Connection(f"ws://127.0.0.1:{self._port}/devtools/page/{target}")
        try:
            yield tab
        finally:
            tab.close()
            self._browser.call("Target.disposeBrowserContext", browserContextId=profile)


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """Start Chromium with an empty profile under ``folder``."""
    flags = [*FLAGS, "--remote-debugging-port=0", f"--user-data-dir={folder}", "--window-size=1280,900"]
    process = subprocess.Popen([find_chromium() or "chromium", *flags, "about:blank"], stderr=subprocess.DEVNULL)
    port_file = folder / "DevToolsActivePort"
    try:
        for _ in range(300):
            if port_file.exists() and port_file.read_text().strip():
                break
            time.sleep(0.1)
        yield Browser(int(port_file.read_text().split()[0]))
    finally:
        process.terminate()
        process.wait(10)
