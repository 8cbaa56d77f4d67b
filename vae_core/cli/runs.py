"""The command ``runs``: start, list, watch, stop and resume trainings that run in processes of their own."""

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from vae_core.common.errors import BadInput
from vae_core.runs import job_queue
from vae_core.runs.run import Run, all_runs, runs_root
from vae_core.runs.server_limits import ServerLimits

OWNER = "command line"
Action = Callable[[argparse.Namespace, Path], int]  # (flags, folder of all runs) → exit status


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add one subcommand per action."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")

    def add(name: str, action: Action, purpose: str, *flags: str) -> argparse.ArgumentParser:
        sub = actions.add_parser(name, help=purpose, description=purpose, allow_abbrev=False)
        sub.set_defaults(run_action=action)
        sub.add_argument(
            "--root", type=Path, metavar="DIR", help="the folder of all runs (default: $LATENT_EXPLORER_RUNS, then runs/)"
        )
        if "run" in flags:
            sub.add_argument("run", metavar="RUN", help="the id of a run, or its beginning")
        if "json" in flags:
            sub.add_argument("--json", action="store_true", help="print as JSON")
        if "wait" in flags:
            sub.add_argument("--wait", action="store_true", help="return when the run has ended")
        return sub

    add("list", list_runs, "List all runs, the newest first.", "json")
    add("show", show_run, "Show one run: configuration, state, last numbers.", "run", "json")
    start = add("start", start_run, "Train in a process of its own; takes every flag of train.", "json", "wait")
    add("stop", stop_run, "Save everything and stop a run; it can be resumed.", "run")
    add("resume", resume_run, "Continue a run after any stop, crash or reboot.", "run", "wait")
    delete = add("rm", delete_runs, "Delete runs that are not training.")
    delete.add_argument("runs", nargs="+", metavar="RUN", help="ids, or their beginnings")
    keep = add("keep", make_checkpoint, "Save a run as a checkpoint.", "run")
    keep.add_argument("--out", required=True, type=Path, metavar="DIR", help="the checkpoint folder to write")
    add("clean", delete_idle_runs, "Delete runs that were not opened lately, by the limits of the server.")

    from vae_core.config_flags import add_config_flags  # imports torch

    add_config_flags(start)


def run(args: argparse.Namespace) -> int:
    """Run the chosen action and return its exit status."""
    return args.run_action(args, args.root or runs_root())


def summarize(run: Run) -> dict[str, Any]:
    """Return the entry of a run in the list; its state is "unreadable" if its files cannot be read."""
    try:
        metadata, status = run.metadata, run.status()
        config = metadata["config"]
        return {
            "run": run.id,
            "state": status.state,
            "step": status.step,
            "n_steps": status.n_steps,
            "dataset": config["dataset"],
            "objective": config["objective"],
            "created": metadata["created"],
            "place": job_queue.queue_position(run.path.parent, run.job_id),
            "reason": status.reason,
        }
    except (BadInput, KeyError, TypeError) as error:
        return {"run": run.id, "state": "unreadable", "reason": f"{error}"}


def format_entry(entry: dict[str, Any]) -> str:
    """Return an entry of the list as one line of text."""
    text = f"{entry['run']}  {entry['state']:<11}"
    if "step" in entry:
        objective = entry["objective"]
        settings = " ".join(f"{k} {v:g}" for k, v in objective.items() if type(v) in (int, float))
        text += f"  {entry['step']:>7,}/{entry['n_steps']:,}  {entry['dataset']}  {objective['name']} {settings}".rstrip()
    if entry.get("place"):
        text += f"  place {entry['place']} in the job queue"
    return f"{text}  {entry['reason']}".rstrip() if entry["reason"] else text


def list_runs(args: argparse.Namespace, root: Path) -> int:
    entries = [summarize(run) for run in all_runs(root)]
    if args.json:
        print(json.dumps(entries))
        return 0
    for entry in entries:
        print(format_entry(entry))
    if not entries:
        print(f"no runs in {root}")
    return 0


def show_run(args: argparse.Namespace, root: Path) -> int:
    run = Run.find(args.run, root)
    history, metadata, status = run.history(), run.metadata, run.status()
    held_out = next((e["held_out"] for e in reversed(history) if "held_out" in e), None)
    if args.json:
        everything = {
            **summarize(run),
            "status": asdict(status),
            "config": metadata["config"],
            "parent": metadata["parent"],
            "changes": run.changes(),
            "held_out": held_out,
            "frames": len(run.frames()),
            "folder": str(run.path),
        }
        print(json.dumps(everything))
        return 0
    print(format_entry(summarize(run)))
    device = status.device or "no device yet"
    print(f"{status.seconds:.1f} s of training on {device}, last {status.images_per_second:,.0f} images/s")
    if held_out:
        elbo, reconstruction, kl = (held_out[name] for name in ("elbo", "reconstruction", "kl"))
        print(f"held out: ELBO {elbo:.2f} = −{reconstruction:.2f} − {kl:.2f} nats per image")
    for change in run.changes():
        print(f"after step {change['step']:,}: " + ", ".join(f"{k} → {v:g}" for k, v in change["change"].items()))
    print(run.path)
    return 0


def start_run(args: argparse.Namespace, root: Path) -> int:
    from vae_core.config_flags import config_from_args
    from vae_core.runs import actions
    from vae_core.runs.splits import load_splits

    config, limits = config_from_args(args), ServerLimits.from_environment()
    actions.check_config(config, load_splits(config)[0], limits)
    (run,) = actions.create_runs([config], owner=OWNER, root=root, limits=limits)
    actions.play_run(run, limits)
    return report(run, wait=args.wait, as_json=args.json)


def resume_run(args: argparse.Namespace, root: Path) -> int:
    from vae_core.runs import actions

    run = Run.find(args.run, root)
    if run.status().state == "finished":
        raise BadInput(f"run {run.id} has finished; to train it longer, start a new run with more steps")
    actions.play_run(run, ServerLimits.from_environment())
    return report(run, wait=args.wait)


def stop_run(args: argparse.Namespace, root: Path) -> int:
    from vae_core.runs import actions

    run = Run.find(args.run, root)
    actions.stop_run(run, wait=True)
    print(format_entry(summarize(run)))
    return 0


def delete_runs(args: argparse.Namespace, root: Path) -> int:
    from vae_core.runs import actions

    for name in args.runs:
        run = Run.find(name, root)
        actions.delete_run(run)
        print(f"{run.id} deleted")
    return 0


def make_checkpoint(args: argparse.Namespace, root: Path) -> int:
    from vae_core.runs import actions

    values = actions.make_checkpoint(Run.find(args.run, root), args.out)["elbo"].values
    print(f"{args.out}: ELBO {values['elbo']:.2f} nats per held-out image")
    return 0


def delete_idle_runs(args: argparse.Namespace, root: Path) -> int:
    deleted = ServerLimits.from_environment().delete_idle_runs(root)
    print(f"{len(deleted)} runs deleted")
    return 0


def report(run: Run, *, wait: bool = False, as_json: bool = False) -> int:
    """Print the entry of a run, now or when it has ended; return 1 if it failed, else 0."""
    while wait and run.status().state in ("queued", "starting", "running"):
        time.sleep(0.2)
        job_queue.start_queued_jobs(run.path.parent, ServerLimits.from_environment())
    entry = summarize(run)
    print(json.dumps(entry) if as_json else format_entry(entry))
    return 1 if entry["state"] == "failed" else 0
