"""Build hook: the wheel carries the app, its pages, its settings and the shipped checkpoints in ``latent_explorer/_app``."""

from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PARTS = ("app.py", "pages", ".streamlit/config.toml", "checkpoints/shipped.txt", "checkpoints/classifiers")


class AppFiles(BuildHookInterface):
    """Copies the files that lie at the top level of a checkout; models made there stay out of the wheel."""

    def initialize(self, version: str, build_data: dict) -> None:
        if version == "editable":
            return  # a checkout is used in place
        root = Path(self.root)
        shipped = (root / "checkpoints" / "shipped.txt").read_text(encoding="utf-8").split()
        for part in (*PARTS, *(f"checkpoints/{name}" for name in shipped)):
            path = root / part
            files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
            if not files:
                raise FileNotFoundError(f"the wheel needs {part}, which is not in {root}")
            for file in files:
                if "__pycache__" not in file.parts and file.name != "training.safetensors":  # what only resuming needs
                    relative = file.relative_to(root).as_posix()
                    build_data["force_include"][str(file)] = f"latent_explorer/_app/{relative}"
