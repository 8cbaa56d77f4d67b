"""User code that adds to the registries, from installed packages and from ``$LATENT_EXPLORER_PLUGINS``.

A plugin is a module that registers when it is imported, for example ``OBJECTIVES["mine"] = Mine``. The command line, the
training workers, the evaluation process and the app each load the same plugins, so that a model trained with one opens
everywhere.
"""

import importlib
import importlib.util
import os
import sys
from functools import lru_cache
from importlib.metadata import entry_points
from pathlib import Path

GROUP = "latent_explorer.plugins"  # entry points of installed packages; each names a module
VARIABLE = "LATENT_EXPLORER_PLUGINS"  # module names or paths of .py files, separated by commas


@lru_cache(maxsize=1)
def load_plugins() -> tuple[str, ...]:
    """Import every plugin once per process.

    A plugin that fails does not stop the others.

    Returns:
        One sentence per plugin that failed.
    """
    named = _from_environment()
    failures = [_load(word, f"${VARIABLE}") for word in named]
    failures += [_load(entry.value.partition(":")[0], f"the entry point {entry.name!r}") for entry in entry_points(group=GROUP)]
    return tuple(failure for failure in failures if failure)


def _from_environment() -> list[str]:
    """The plugins named in the environment; paths become absolute there, so that a process in another folder finds them."""
    words = [word.strip() for word in os.environ.get(VARIABLE, "").split(",")]
    words = [str(Path(word).expanduser().resolve()) if word.endswith(".py") else word for word in words if word]
    if words:
        os.environ[VARIABLE] = ",".join(words)
    return words


def _load(name: str, origin: str) -> str | None:
    """Import one plugin; the sentence on its failure, else None."""
    try:
        if name.endswith(".py"):
            _import_file(Path(name))
        else:
            importlib.import_module(name)
    except (Exception, SystemExit) as error:  # user code may raise anything, and the rest must go on
        reason = f"{type(error).__name__}: {error}".strip().splitlines()[0]
        return f"plugin {name!r} of {origin} was not loaded ({reason})"
    return None


def _import_file(path: Path) -> None:
    """Import a .py file under a name of its own; a failed import leaves nothing behind in ``sys.modules``."""
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}")
    name = f"latent_explorer_plugin_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is not a Python module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up while they are made
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
