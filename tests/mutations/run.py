"""Plant the faults of faults.toml in a copy of the code, one at a time, and report which of them the tests detect.

    python tests/mutations/run.py [--only ID] [--jobs N] [--json] [--markdown docs/mutation.md]

A fault is killed when one of its tests fails, and survives when all of them pass. Exit status 1: a fault's text no longer
occurs exactly once in its file, fewer than 90 % of the faults are killed, or a survivor has no reason in faults.toml.

Every fault runs in a process of its own. The processes are forked from a server that has imported the libraries once
(started from scratch on Windows), so that a fault costs the import of the project and its tests alone.
"""

import argparse
import json
import multiprocessing
import os
import queue
import shutil
import sys
import tempfile
import threading
import time
import tomllib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from multiprocessing.context import ForkServerContext, SpawnContext
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
FAULTS = Path(__file__).with_name("faults.toml")
LIBRARIES = [  # imported once, before the processes are forked
    "torch", "torch._dynamo", "scipy.stats", "sklearn.linear_model", "sklearn.svm", "sklearn.ensemble", "sklearn.manifold",
    "sklearn.mixture", "sklearn.datasets", "sklearn.pipeline", "zuko", "jaxtyping", "beartype", "safetensors.torch", "pytest",
]  # fmt: skip
REQUIRED = 0.9  # share of the faults that must be killed
Context = ForkServerContext | SpawnContext
TIMEOUT = 180.0  # seconds; a fault that makes a test run forever counts as killed


@dataclass(frozen=True)
class Fault:
    """One edit of one file: ``old`` occurs there exactly once and becomes ``new``."""

    id: str
    file: str
    old: str
    new: str
    what: str
    tests: tuple[str, ...]
    survives: str | None = None  # why no test can detect it


@dataclass(frozen=True)
class Outcome:
    """Report of the tests on one fault."""

    fault: Fault
    killed: bool
    by: str | None  # the first test that failed
    seconds: float
    error: str | None = None  # why the tests could not judge


def load_faults(path: Path = FAULTS) -> list[Fault]:
    """Read the list of faults."""
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["fault"]
    return [Fault(**{**entry, "tests": tuple(entry["tests"])}) for entry in entries]


def find_problems(faults: list[Fault], root: Path = ROOT) -> list[str]:
    """List the faults that can no longer be planted: a file, a test or the old text is missing or ambiguous."""
    problems, seen = [], set()
    for fault in faults:
        if fault.id in seen:
            problems.append(f"{fault.id}: the id occurs twice")
        seen.add(fault.id)
        file = root / fault.file
        if not file.is_file():
            problems.append(f"{fault.id}: {fault.file} does not exist")
            continue
        if (count := file.read_text(encoding="utf-8").count(fault.old)) != 1:
            problems.append(f"{fault.id}: the old text occurs {count} times in {fault.file}, expected once")
        if fault.old == fault.new:
            problems.append(f"{fault.id}: the new text equals the old one")
        problems += [f"{fault.id}: {test} does not exist" for test in fault.tests if not (root / test).is_file()]
    return problems


def copy_tree(target: Path) -> None:
    """Copy the core and its tests, without caches and browser tests."""
    ignored = shutil.ignore_patterns("__pycache__", "browser", "mutations")
    for name in ("vae_core", "tests"):
        shutil.copytree(ROOT / name, target / name, ignore=ignored)
    shutil.copy2(ROOT / "pyproject.toml", target / "pyproject.toml")


class FirstFailure:
    """A pytest plugin that keeps the name of the first failed test and gives torch one thread."""

    def __init__(self) -> None:
        self.test: str | None = None
        self.broken: str | None = None

    def pytest_collection_finish(self) -> None:
        import torch

        torch.set_num_threads(1)

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed and self.test is None:
            self.test = report.nodeid

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed and self.broken is None:
            self.broken = report.nodeid


def run_tests(tree: str, tests: tuple[str, ...], keep_bytecode: bool, report: str) -> None:
    """Run ``tests`` on the code of ``tree`` and write the result as JSON to ``report``: the target of a process."""
    # bytecode is that of the unchanged code: a changed file of the same size and second would otherwise be taken for it
    sys.dont_write_bytecode = not keep_bytecode
    os.chdir(tree)
    sys.path.insert(0, tree)
    with open(f"{report}.log", "w") as log:
        for stream in (1, 2):
            os.dup2(log.fileno(), stream)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # none is needed, and jaxtyping's must not be imported before pytest
    import pytest

    plugin = FirstFailure()
    options = ["-x", "-q", "-p", "no:cacheprovider", "-o", "addopts=--import-mode=importlib"]
    code = int(pytest.main([*options, "--rootdir", tree, "-c", str(Path(tree, "pyproject.toml")), *tests], plugins=[plugin]))
    core = sys.modules.get("vae_core")
    home = Path(core.__file__).resolve().parent.parent if core and core.__file__ else None
    found = {"code": code, "test": plugin.test, "broken": plugin.broken, "home": str(home)}
    Path(report).write_text(json.dumps(found))


class Bench:
    """A copy of the tree in which one fault at a time is planted."""

    def __init__(self, folder: Path, context: Context, source: "Bench | None" = None) -> None:
        """``source`` is a bench to copy, with the bytecode of its first run."""
        self.tree, self.report, self.context = folder / "tree", folder / "report.json", context
        folder.mkdir()
        if source is None:
            copy_tree(self.tree)
        else:
            shutil.copytree(source.tree, self.tree)

    def test(self, tests: tuple[str, ...], *, keep_bytecode: bool = False) -> tuple[bool, str | None, str | None]:
        """Run tests on the copy as it is: (whether one failed, its name, why nothing can be concluded)."""
        self.report.unlink(missing_ok=True)
        arguments = (str(self.tree.resolve()), tests, keep_bytecode, str(self.report.resolve()))
        process = self.context.Process(target=run_tests, args=arguments)
        process.start()
        process.join(TIMEOUT)
        if process.is_alive():
            process.kill()
            process.join()
            return True, f"no end after {TIMEOUT:.0f} seconds", None
        if not self.report.is_file():
            return False, None, f"the test process ended with exit code {process.exitcode}"
        found = json.loads(self.report.read_text())
        if Path(found["home"]) != self.tree.resolve():
            return False, None, f"the tests imported vae_core from {found['home']}, not from the copy"
        if found["broken"]:
            return False, None, f"{found['broken']} cannot be imported"
        if found["code"] not in (0, 1):
            return False, None, f"pytest ended with exit code {found['code']}"
        return found["code"] == 1, found["test"], None

    def judge(self, fault: Fault) -> Outcome:
        """Plant the fault, run its tests, and restore the file."""
        file, started = self.tree / fault.file, time.perf_counter()
        text, times = file.read_text(encoding="utf-8"), file.stat()
        file.write_text(text.replace(fault.old, fault.new), encoding="utf-8")
        os.utime(file, (times.st_atime, times.st_mtime + 3600))  # never the time of the unchanged file's bytecode
        try:
            killed, by, error = self.test(fault.tests)
        finally:
            file.write_text(text, encoding="utf-8")
            os.utime(file, (times.st_atime, times.st_mtime))
        return Outcome(fault, killed, by, time.perf_counter() - started, error)


def check(faults: list[Fault], jobs: int, watch: Callable[[Outcome], None]) -> list[Outcome]:
    """Judge every fault, ``jobs`` at a time; ``watch`` gets each outcome as it arrives.

    Raises:
        SystemExit: the tests already fail on the unchanged code.
    """
    if "forkserver" in multiprocessing.get_all_start_methods():
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(LIBRARIES)
    else:
        context = multiprocessing.get_context("spawn")
    waiting: queue.Queue[int] = queue.Queue()
    outcomes: dict[int, Outcome] = {}
    with tempfile.TemporaryDirectory(prefix="mutations-") as folder:
        first = Bench(Path(folder, "0"), context)
        every_test = tuple(sorted({test for fault in faults for test in fault.tests}))
        failed, by, error = first.test(every_test, keep_bytecode=True)
        if failed or error:
            log = Path(f"{first.report}.log").read_text(errors="replace")
            raise SystemExit(f"{log[-4000:]}\nthe tests fail on the unchanged code: {by or error}")
        benches = [first, *(Bench(Path(folder, str(i)), context, first) for i in range(1, min(jobs, len(faults))))]
        for i in range(len(faults)):
            waiting.put(i)

        def work(bench: Bench) -> None:
            while True:
                try:
                    i = waiting.get_nowait()
                except queue.Empty:
                    return
                outcomes[i] = bench.judge(faults[i])
                watch(outcomes[i])

        threads = [threading.Thread(target=work, args=(bench,)) for bench in benches]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return [outcomes[i] for i in range(len(faults))]


def verdict(outcome: Outcome) -> str:
    """Name the outcome in one word."""
    if outcome.error:
        return "error"
    return "killed" if outcome.killed else "survived"


def text_row(outcome: Outcome) -> str:
    """Format one line of the printed table."""
    detail = outcome.error or outcome.by or outcome.fault.survives or "no reason given in faults.toml"
    return f"{verdict(outcome):9}{outcome.seconds:6.1f} s  {outcome.fault.id:38} {detail.removeprefix('tests/')}"


def summarize(outcomes: list[Outcome]) -> str:
    """Count the killed faults in one sentence."""
    killed = sum(outcome.killed for outcome in outcomes)
    return f"{killed} of {len(outcomes)} faults killed ({killed / len(outcomes):.1%}); {REQUIRED:.0%} are required"


def markdown(outcomes: list[Outcome]) -> str:
    """Format the run as a document with one table of killed faults and one of survivors."""

    def cell(text: str) -> str:
        return text.replace("|", "\\|")

    rows = ["| fault | file | killed by |", "|---|---|---|"]
    for outcome in outcomes:
        if outcome.killed:
            test = (outcome.by or "").removeprefix("tests/").replace("maths/", "").split("[")[0]
            rows.append(f"| {cell(outcome.fault.what)} | `{outcome.fault.file.removeprefix('vae_core/')}` | `{test}` |")
    survivors = ["| fault | file | reason |", "|---|---|---|"]
    for outcome in outcomes:
        if not outcome.killed:
            reason = outcome.error or outcome.fault.survives or "none given"
            name = outcome.fault.file.removeprefix("vae_core/")
            survivors.append(f"| {cell(outcome.fault.what)} | `{name}` | {cell(reason)} |")
    return "\n".join(
        [
            "# Mutation check",
            "",
            "Small faults are planted in the mathematics one at a time: a sign, an axis, a missing constant, a swapped",
            "argument, a missing detach. For each of them the tests named beside it in `tests/mutations/faults.toml` run on",
            "a copy of the code. A fault is *killed* when one of these tests fails; a fault that survives shows a formula",
            "that no test holds.",
            "",
            "This page is written by `python tests/mutations/run.py --markdown docs/mutation.md`.",
            "",
            f"**{summarize(outcomes)}.**",
            "",
            "## Killed",
            "",
            *rows,
            "",
            "## Survivors",
            "",
            *(survivors if len(survivors) > 2 else ["None."]),
            "",
        ]
    )


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", metavar="ID", help="run this fault alone; may be given several times")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="faults at a time (default: cores)")
    parser.add_argument("--json", action="store_true", help="print the outcomes as JSON")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the outcomes to a document")
    options = parser.parse_args(arguments)
    os.environ["OMP_NUM_THREADS"] = "1"
    faults = load_faults()
    if unknown := set(options.only or ()) - {fault.id for fault in faults}:
        parser.error(f"unknown fault {', '.join(sorted(unknown))}; the ids are in {FAULTS.name}")
    if options.jobs < 1:
        parser.error(f"--jobs must be at least 1, got {options.jobs}")
    if problems := find_problems(faults):
        print("\n".join(problems), file=sys.stderr)
        return 1
    chosen = [fault for fault in faults if not options.only or fault.id in options.only]
    watch = (lambda outcome: None) if options.json else (lambda outcome: print(text_row(outcome), flush=True))
    started = time.perf_counter()
    outcomes = check(chosen, options.jobs, watch)
    if options.json:
        print(json.dumps([asdict(outcome) | {"verdict": verdict(outcome)} for outcome in outcomes], indent=1))
    else:
        print(f"{summarize(outcomes)}; {time.perf_counter() - started:.0f} s")
    if options.markdown:
        options.markdown.write_text(markdown(outcomes), encoding="utf-8")
    unexplained = [outcome for outcome in outcomes if not outcome.killed and (outcome.error or not outcome.fault.survives)]
    enough = sum(outcome.killed for outcome in outcomes) >= REQUIRED * len(outcomes)
    # a single fault that may survive is no failure of the whole list
    return 0 if not unexplained and (enough or bool(options.only)) else 1


if __name__ == "__main__":
    sys.exit(main())
