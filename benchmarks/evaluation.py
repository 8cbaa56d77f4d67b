"""Time and memory of each metric at its default size, and of the full-data decomposition of 10,000 × 10 codes.

    OMP_NUM_THREADS=2 python benchmarks/evaluation.py [DIR] [--metrics a,b]

DIR is a checkpoint; without one, a small model of sprites32 is trained for a few seconds, with the sizes of the presets (its
scores are meaningless). Each row runs in a new process and reports wall-clock seconds, processor seconds (they differ if the
machine was busy with something else), and the peak memory above that before the metric began.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from vae_core import TrainConfig, TrainedVAE, load_dataset, train
from vae_core.evaluation import METRICS, evaluate
from vae_core.evaluation.context import EvaluationContext
from vae_core.evaluation.latent.decomposition import decompose
from vae_core.evaluation.run import refusal_reason


def peak() -> float:
    """The largest resident size so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure_cost(work: Callable[[], object]) -> dict[str, float]:
    """Run ``work`` and return its time and memory."""
    before, clock, processor = peak(), time.perf_counter(), time.process_time()
    work()
    return {
        "seconds": time.perf_counter() - clock,
        "processor": time.process_time() - processor,
        "peak": peak(),
        "extra": peak() - before,
    }


def measure_decompose() -> dict[str, float]:
    """Measure decompose() alone, on codes of 10,000 images and 10 units."""
    draw = np.random.default_rng(0)
    mean, std = draw.standard_normal((10_000, 10)), np.full((10_000, 10), 0.2)
    return measure_cost(lambda: decompose(mean, std))


def measure_row(name: str, folder: str) -> Mapping[str, float | str]:
    """Measure one metric, or return the reason why it does not apply."""
    if name == "decompose":
        return measure_decompose()
    model = TrainedVAE.load(folder)
    dataset = load_dataset(model.config.dataset, split="test")
    train_set = load_dataset(model.config.dataset, split="train") if METRICS[name].trains_classifier else None
    if reason := refusal_reason(METRICS[name](), EvaluationContext(model, dataset, train_set)):
        return {"refused": reason}
    return measure_cost(lambda: evaluate(model, dataset, [name], train_set=train_set))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("checkpoint", nargs="?")
    parser.add_argument("--metrics", default=",".join(["decompose", *METRICS]))
    parser.add_argument("--row", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.row:
        print(json.dumps(measure_row(args.row, args.checkpoint)))
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = args.checkpoint or str(Path(scratch) / "model")
        if not args.checkpoint:
            run = train(TrainConfig(network="patch", n_steps=300), load_dataset("sprites32", n_images=10_000), device="cpu")
            list(run)
            run.model.save(folder)
        print("| metric | seconds | processor seconds | peak MB | over the start MB |\n|---|---|---|---|---|", flush=True)
        for name in args.metrics.split(","):
            command = [sys.executable, __file__, folder, "--row", name]
            found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            if "refused" in found:
                print(f"| {name} | does not apply: {found['refused']} | | | |", flush=True)
                continue
            numbers = f"{found['seconds']:.1f} | {found['processor']:.1f} | {found['peak']:.0f} | {found['extra']:.0f}"
            print(f"| {name} | {numbers} |", flush=True)


if __name__ == "__main__":
    main()
