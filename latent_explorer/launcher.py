"""The ``latent-explorer`` command: without a command it opens the app, with one it is ``python -m vae_core``.

Imports neither torch nor streamlit before it knows what to start, so that ``--help`` answers at once.
"""

import os
import runpy
import sys

from latent_explorer import home

PROGRAM = "latent-explorer"
SHORT_FLAGS = {"--port": "--server.port", "--address": "--server.address", "--headless": "--server.headless"}
EXIT_BAD_INPUT = 2


def main(argv: list[str] | None = None) -> int:
    """Run ``latent-explorer [COMMAND] [FLAGS]``.

    Args:
        argv: the words after the program's name; those of this process by default.

    Returns:
        The exit status: 0 on success, 2 on bad input.
    """
    from vae_core.cli.main import COMMANDS
    from vae_core.cli.main import main as run_command

    words = sys.argv[1:] if argv is None else argv
    if words[:1] in (["-h"], ["--help"]):
        print(help_text())
        return 0
    if words[:1] == ["--version"]:
        from importlib.metadata import version

        print(f"{PROGRAM} {version(PROGRAM)}")
        return 0
    use_home_folders()
    if words and words[0] in COMMANDS:
        return run_command(words, program=PROGRAM)
    if words and not words[0].startswith("-"):
        print(f"{PROGRAM}: unknown command {words[0]!r}; choose from {', '.join(COMMANDS)}", file=sys.stderr)
        return EXIT_BAD_INPUT
    return open_app(words)


def help_text() -> str:
    """Text of ``latent-explorer --help``: the app's flags, and the commands with a line each."""
    from vae_core.cli.main import COMMANDS

    width = max(map(len, COMMANDS))
    lines = [
        f"usage: {PROGRAM} [--port PORT] [--address ADDRESS] [--headless true] [STREAMLIT FLAGS]",
        f"       {PROGRAM} COMMAND [FLAGS]",
        "",
        "Without a command: open the latent-space explorer in the browser. Any flag of `streamlit run` may follow.",
        "",
        "commands (each with --help):",
        *(f"  {name:<{width}}  {purpose}" for name, purpose in COMMANDS.items()),
        "",
        "folders:",
        f"  models  {home.checkpoints()}  ($LATENT_EXPLORER_CHECKPOINTS)",
        f"  runs    {home.runs()}  ($LATENT_EXPLORER_RUNS)",
    ]
    return "\n".join(lines)


def use_home_folders() -> None:
    """Name the folder of the runs in the environment: the app, its workers and the commands then share it from any folder."""
    os.environ.setdefault("LATENT_EXPLORER_RUNS", str(home.runs()))


def open_app(flags: list[str]) -> int:
    """Start ``streamlit run`` in this process; it reads .streamlit/config.toml beside the script.

    Args:
        flags: flags of ``streamlit run``; --port, --address and --headless are short for --server.port and so on.

    Returns:
        The exit status of Streamlit.
    """
    sys.argv = ["streamlit", "run", str(home.app_script()), *map(_full_flag, flags)]
    try:
        runpy.run_module("streamlit", run_name="__main__", alter_sys=True)
    except SystemExit as stopped:
        return stopped.code if isinstance(stopped.code, int) else int(stopped.code is not None)
    return 0


def _full_flag(flag: str) -> str:
    name, separator, value = flag.partition("=")
    return SHORT_FLAGS.get(name, name) + separator + value


if __name__ == "__main__":
    sys.exit(main())
