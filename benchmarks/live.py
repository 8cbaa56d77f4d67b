"""Time a server with a class: thirty visitors watch a training and move controls.

    python benchmarks/live.py [--visitors 30] [--seconds 30] [--polls 10000]

The visitors are simulated: they use Streamlit's own protocol over loopback, without a browser. The time is that of the server,
from a message to the end of the script run that it causes. The run and its folder are deleted at the end.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

import psutil
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from vae_core.runs import actions
from vae_core.runs.run import Run
from vae_core.runs.server_limits import ServerLimits
from vae_core.training.presets import live_preset

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "browser"))

from server import start  # noqa: E402 (beside the browser tests)

WARM_UP = 3.0  # seconds before anything is counted
ARRIVAL = 10.0  # seconds in which the visitors arrive; the measurement begins as many seconds later
STEPS = 10**6  # more than the measurement takes


class Visitor:
    """One connection: open the page of a run, poll its live view, and move a control."""

    def __init__(self, address: str, run: Run):
        self.address = address.replace("http", "ws") + "/_stcore/stream"
        self.query = f"run={run.id}"
        self.page, self.fragment, self.form, self.control = "", "", "", ""
        self.every = 1.0  # seconds until the next poll, as the page asks for

    async def __aenter__(self) -> "Visitor":
        self.socket = await websockets.connect(self.address, subprotocols=["streamlit"], max_size=None)
        await self.ask()
        return self

    async def __aexit__(self, *_) -> None:
        await self.socket.close()

    async def ask(self, *, fragment: str = "", value: float | None = None) -> float:
        """Rerun the page or one fragment, with or without a moved control; return the seconds until the script has finished."""
        message = BackMsg()
        message.rerun_script.query_string = self.query
        message.rerun_script.page_name = "" if self.page else "train"
        message.rerun_script.page_script_hash = self.page
        message.rerun_script.fragment_id = fragment
        message.rerun_script.is_auto_rerun = bool(fragment) and value is None
        if value is not None:
            message.rerun_script.widget_states.widgets.add(id=self.control, double_value=value)
        began = time.perf_counter()
        await self.socket.send(message.SerializeToString())
        while True:
            answer = ForwardMsg()
            answer.ParseFromString(await self.socket.recv())
            kind = answer.WhichOneof("type")
            if kind == "auto_rerun":
                self.fragment, self.every = answer.auto_rerun.fragment_id, answer.auto_rerun.interval
            elif kind == "navigation":
                self.page = answer.navigation.page_script_hash
            elif kind == "delta" and answer.delta.new_element.WhichOneof("type") == "number_input":
                if answer.delta.new_element.number_input.label == "Latent units":
                    self.control, self.form = answer.delta.new_element.number_input.id, answer.delta.fragment_id
            elif kind == "script_finished" and answer.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                return time.perf_counter() - began


async def visit(address: str, run: Run, comes: float, counts: float, ends: float, polls: list, moves: list) -> None:
    """Poll as often as the page asks for, and move a control every three seconds; append the times."""
    await asyncio.sleep(comes - time.monotonic())
    async with Visitor(address, run) as visitor:
        look, move, value = time.monotonic() + visitor.every, time.monotonic() + 3, 2
        while (now := time.monotonic()) < ends:
            if now < min(look, move):
                await asyncio.sleep(min(look, move) - now)
                continue
            if move < look:
                value = 2 + (value + 1) % 20
                took, into, move = await visitor.ask(fragment=visitor.form, value=value), moves, now + 3
            else:
                took, into, look = await visitor.ask(fragment=visitor.fragment), polls, now + visitor.every
            if now > counts:
                into.append(took)


async def crowd(address: str, run: Run, visitors: int, seconds: float) -> tuple[list[float], list[float]]:
    """Run all visitors, who arrive one after the other; return their times of polls and moves after the arrival."""
    polls, moves, now = [], [], time.monotonic()
    counts = now + (2 * ARRIVAL if visitors > 1 else 0)
    comes = [now + ARRIVAL * i / visitors for i in range(visitors)]
    await asyncio.gather(*(visit(address, run, at, counts, counts + seconds, polls, moves) for at in comes))
    return polls, moves


async def hammer(address: str, run: Run, pid: int, polls: int) -> list[tuple[int, float]]:
    """Poll the server many times; return (number of polls, MiB of memory) eleven times."""
    sizes = []
    async with Visitor(address, run) as visitor:
        for i in range(polls + 1):
            if i % max(1, polls // 10) == 0:
                sizes.append((i, resident(pid)))
            await visitor.ask(fragment=visitor.fragment)
    return sizes


def resident(pid: int) -> float:
    """Return the resident memory of a process in MiB."""
    return psutil.Process(pid).memory_info().rss / (1 << 20)


def pace(run: Run, seconds: float) -> float:
    """Measure the steps per second from the status that the worker reports."""
    first = run.reported_status()
    time.sleep(seconds)
    last = run.reported_status()
    return (last.step - first.step) / (last.updated - first.updated)


async def pace_watched(address: str, run: Run, seconds: float) -> float:
    """Measure the steps per second while one page shows the run."""
    looking = asyncio.create_task(crowd(address, run, 1, seconds + 1))
    await asyncio.sleep(1)
    found = await asyncio.to_thread(pace, run, seconds - 1)
    await looking
    return found


def percentile(values: list[float], q: int) -> float:
    """Return a percentile in milliseconds."""
    return 1000 * sorted(values)[min(len(values) - 1, len(values) * q // 100)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--visitors", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=30.0, help="of each part")
    parser.add_argument("--polls", type=int, default=10_000, help="of the part on memory")
    parser.add_argument("--dataset", default="digits")
    args = parser.parse_args()
    from vae_core.data import DATASETS

    with tempfile.TemporaryDirectory() as folder:
        where = Path(folder) / "runs"
        config = live_preset(args.dataset, DATASETS[args.dataset].shape, n_images=10_000, n_steps=STEPS, decay="constant")
        (run,) = actions.create_runs([config], owner="benchmark", root=where, limits=ServerLimits(max_steps=STEPS))
        server, address = start(ROOT / "app.py", Path(folder) / "log.txt", LATENT_EXPLORER_RUNS=str(where))
        try:
            actions.play_run(run, ServerLimits())
            while run.status().state != "running":
                time.sleep(0.1)
            asyncio.run(crowd(address, run, 1, WARM_UP))
            alone, watched = [], []
            for _ in range(3):  # in turns, so that what else the machine does falls on both
                alone.append(pace(run, args.seconds / 3))
                watched.append(asyncio.run(pace_watched(address, run, args.seconds / 3)))
            ratio = statistics.median(watched) / statistics.median(alone)
            print(f"training alone {statistics.median(alone):,.0f} steps/s, with its view open {ratio:.0%} of that")
            polls, moves = asyncio.run(crowd(address, run, args.visitors, args.seconds))
            for what, values in (("polls of the live view", polls), ("moves of a control", moves)):
                p50, p95 = percentile(values, 50), percentile(values, 95)
                print(f"{args.visitors} visitors, {len(values):,} {what}: median {p50:.0f} ms, p95 {p95:.0f} ms")
            sizes = asyncio.run(hammer(address, run, server.pid, args.polls))
            print("server's memory over polls, MiB: " + ", ".join(f"{n:,}: {mib:.0f}" for n, mib in sizes))
        finally:
            actions.stop_run(run, wait=True)
            server.kill()
            server.wait()


if __name__ == "__main__":
    main()
