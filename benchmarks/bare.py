"""A browser tab that nobody listens to: Playwright has every message of the network encoded for its debugger, in the page's
own thread, which doubles the time of what arrives as megabytes. Here only expressions are evaluated."""

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
    """One end of the DevTools protocol."""

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
        """The value of a JavaScript expression, awaited where it is a promise."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"]["text"])
        return answer["result"].get("value")

    def close(self) -> None:
        self._socket.close()


class Browser:
    def __init__(self, port: int):
        self._port = port
        about = json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}/json/version"))
        self._browser = Connection(about["webSocketDebuggerUrl"])

    @contextmanager
    def tab(self, address: str) -> Iterator[Connection]:
        """``address`` in a profile of its own, so that nothing is left over from the last one."""
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
    """Chromium with an empty profile under ``folder``."""
    flags = [*FLAGS, "--remote-debugging-port=0", f"--user-data-dir={folder}", "--window-size=1280,900"]
    process = subprocess.Popen([find_chromium() or "chromium", *flags, "about:blank"], stderr=subprocess.DEVNULL)
    told = folder / "DevToolsActivePort"
    try:
        for _ in range(300):
            if told.exists() and told.read_text().strip():
                break
            time.sleep(0.1)
        yield Browser(int(told.read_text().split()[0]))
    finally:
        process.terminate()
        process.wait(10)
