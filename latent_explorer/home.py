"""Places of the application: its scripts, its settings, the shipped checkpoints and the folder for models made here.

A checkout has them at its top level. The wheel carries a copy in ``latent_explorer/_app`` (see ``hatch_build.py``). A package
may be read-only, so models, runs and data sets of an installed application go to a folder of the user.

No torch and no streamlit here: the launcher imports this module before it knows what to start.
"""

import os
import sys
from pathlib import Path

PACKAGE = Path(__file__).parent


def installed() -> bool:
    """True where the package was installed from a wheel, False in a checkout (also one installed with ``pip install -e``)."""
    return (PACKAGE / "_app" / "app.py").is_file()


def root() -> Path:
    """Folder of app.py, pages/, checkpoints/ and .streamlit/: the checkout, or the copy inside the installed package."""
    return PACKAGE / "_app" if installed() else PACKAGE.parent


def app_script() -> Path:
    """Script that ``streamlit run`` starts."""
    return root() / "app.py"


def streamlit_config() -> Path:
    """Streamlit's settings file. Streamlit itself looks for it only under the working directory."""
    return root() / ".streamlit" / "config.toml"


def shipped_checkpoints() -> Path:
    """Folder of the checkpoints that come with the program; it may be read-only."""
    return root() / "checkpoints"


def shipped_list() -> Path:
    """File with the names of the shipped checkpoints, one per line."""
    return shipped_checkpoints() / "shipped.txt"


def checkpoints() -> Path:
    """Writable folder for new models: ``$LATENT_EXPLORER_CHECKPOINTS``, else that of the checkout, else that of the user."""
    if chosen := os.environ.get("LATENT_EXPLORER_CHECKPOINTS"):
        return Path(chosen)
    return user_folder() / "checkpoints" if installed() else root() / "checkpoints"


def model_folders() -> tuple[Path, ...]:
    """Folders in which models are looked up, the writable one first.

    There are two only in an installed application: the user's and the package's. ``$LATENT_EXPLORER_CHECKPOINTS`` replaces
    both, so that a class server can show its own models alone.
    """
    folders = (checkpoints(),)
    if installed() and not os.environ.get("LATENT_EXPLORER_CHECKPOINTS"):
        folders += (shipped_checkpoints(),)
    return folders


def runs() -> Path:
    """Folder of the training runs: ``$LATENT_EXPLORER_RUNS``, else runs/ of the checkout, else that of the user."""
    if chosen := os.environ.get("LATENT_EXPLORER_RUNS"):
        return Path(chosen)
    return (user_folder() if installed() else root()) / "runs"


def user_folder() -> Path:
    """The user's folder for data of this program, by the custom of the platform; it need not exist yet."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "latent-explorer"
