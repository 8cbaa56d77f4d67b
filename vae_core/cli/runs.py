"""python -m vae_core runs"""

import argparse
import json
import time
from dataclasses import asdict
from pathlib import Path

from vae_core.common.errors import BadInput
from vae_core.runs import job_queue
from vae_core.runs.run import Run, all_runs, runs_root
from vae_core.runs.server_limits import ServerLimits

OWNER = "command line"
ACTIONS = {
    "list": "All runs, the newest first.",
    "show": "One run: what it is, where it stands, its last numbers.",
    "start": "Train in a process of its own; takes every flag of train.",
    "stop": "Write everything and stop; it can be resumed.",
    "resume": "Go on after any stop, crash or reboot, where it was left.",
    "rm": "Delete runs that do not train.",
    "keep": "Make a checkpoint of a run.",
    "clean": "Thin and delete idle runs as the limits says.",
}


def add_flags(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, purpose in ACTIONS.items():
        sub = actions.add_parser(name, help=purpose, description=purpose, allow_abbrev=False)
        sub.add_argument("--root", type=Path, metavar="DIR", help="where runs are (default: $LATENT_EXPLORER_RUNS, then runs/)")
        if name in ("show", "stop", "resume", "keep"):
            sub.add_argument("run", metavar="RUN", help="its id, or how it begins")
        if name == "rm":
            sub.add_argument("runs", nargs="+", metavar="RUN", help="ids, or how they begin")
        if name == "keep":
            sub.add_argument("--out", required=True, type=Path, metavar="DIR", help="the checkpoint folder to write")
        if name in ("list", "show", "start"):
            sub.add_argument("--json", action="store_true", help="print as JSON")
        if name in ("start", "resume"):
            sub.add_argument("--wait", action="store_true", help="return when it has ended")
        if name == "start":
            from vae_core.config_flags import add_config_flags

            add_config_flags(sub)


def run(args: argparse.Namespace) -> int:
    where = args.root or runs_root()
    return globals()[f"_{args.action}"](args, where)


def row(found: Run) -> dict:
    """What a list says of a run; one that cannot be read is said to be so."""
    try:
        about, status = found.metadata, found.status()
        config = about["config"]
        return {
            "run": found.id,
            "state": status.state,
            "step": status.step,
            "n_steps": status.n_steps,
            "dataset": config["dataset"],
            "objective": config["objective"],
            "created": about["created"],
            "place": job_queue.queue_position(found.path.parent, about["group"]),
            "reason": status.reason,
        }
    except (BadInput, KeyError, TypeError) as error:
        return {"run": found.id, "state": "unreadable", "reason": f"{error}"}


def _list(args: argparse.Namespace, where: Path) -> int:
    rows = [row(found) for found in all_runs(where)]
    if args.json:
        print(json.dumps(rows))
        return 0
    for entry in rows:
        print(words(entry))
    if not rows:
        print(f"no runs in {where}")
    return 0


def words(entry: dict) -> str:
    """One line of the list."""
    text = f"{entry['run']}  {entry['state']:<11}"
    if "step" in entry:
        settings = " ".join(f"{k} {v:g}" for k, v in entry["objective"].items() if type(v) in (int, float))
        text += (
            f"  {entry['step']:>7,}/{entry['n_steps']:,}  {entry['dataset']}  {entry['objective']['name']} {settings}".rstrip()
        )
    if entry.get("place"):
        text += f"  place {entry['place']} in line"
    return f"{text}  {entry['reason']}".rstrip() if entry["reason"] else text


def _show(args: argparse.Namespace, where: Path) -> int:
    found = Run.find(args.run, where)
    history, about = found.history(), found.metadata
    held_out = next((e["held_out"] for e in reversed(history) if "held_out" in e), None)
    everything = {
        **row(found),
        "status": asdict(found.status()),
        "config": about["config"],
        "parent": about["parent"],
        "changes": found.changes(),
        "held_out": held_out,
        "frames": len(found.frames()),
        "folder": str(found.path),
    }
    if args.json:
        print(json.dumps(everything))
        return 0
    print(words(row(found)))
    status = found.status()
    print(
        f"{status.seconds:.1f} s of training on {status.device or 'nothing yet'}, {status.images_per_second:,.0f} images/s last"
    )
    if held_out:
        print(
            f"held out: ELBO {held_out['elbo']:.2f} = −{held_out['reconstruction']:.2f} − {held_out['kl']:.2f} nats per image"
        )
    for change in found.changes():
        print(f"after step {change['step']:,}: " + ", ".join(f"{k} → {v:g}" for k, v in change["change"].items()))
    print(found.path)
    return 0


def _start(args: argparse.Namespace, where: Path) -> int:
    from vae_core.config_flags import config_from_args
    from vae_core.runs.actions import check_config, create_runs, play_run
    from vae_core.runs.splits import load_splits

    config, limits = config_from_args(args), ServerLimits.from_environment()
    check_config(config, load_splits(config)[0], limits)
    (begun,) = create_runs([config], owner=OWNER, root=where, limits=limits)
    play_run(begun, limits)
    return _follow(begun, args)


def _resume(args: argparse.Namespace, where: Path) -> int:
    from vae_core.runs.actions import play_run

    found = Run.find(args.run, where)
    if found.status().state == "finished":
        raise BadInput(f"run {found.id} has finished; duplicate it with more steps instead")
    play_run(found, ServerLimits.from_environment())
    return _follow(found, args)


def _follow(found: Run, args: argparse.Namespace) -> int:
    """Its state now, or with --wait at its end."""
    while args.wait and found.status().state in ("queued", "starting", "running"):
        time.sleep(0.2)
        job_queue.start_queued_jobs(found.path.parent, ServerLimits.from_environment())
    print(json.dumps(row(found)) if getattr(args, "json", False) else words(row(found)))
    return 1 if found.status().state == "failed" else 0


def _stop(args: argparse.Namespace, where: Path) -> int:
    from vae_core.runs.actions import stop_run

    found = Run.find(args.run, where)
    stop_run(found, wait=True)
    print(words(row(found)))
    return 0


def _rm(args: argparse.Namespace, where: Path) -> int:
    from vae_core.runs.actions import delete_run

    for name in args.runs:
        found = Run.find(name, where)
        delete_run(found)
        print(f"{found.id} deleted")
    return 0


def _keep(args: argparse.Namespace, where: Path) -> int:
    from vae_core.runs.actions import make_checkpoint

    values = make_checkpoint(Run.find(args.run, where), args.out)["elbo"].values
    print(f"{args.out}: ELBO {values['elbo']:.2f} nats per held-out image")
    return 0


def _clean(args: argparse.Namespace, where: Path) -> int:
    deleted = ServerLimits.from_environment().delete_idle_runs(where)
    print(f"{len(deleted)} runs deleted")
    return 0
