"""Calls that the sources must not contain: unbounded caches, and readers that unpickle."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]
CORE = sorted((ROOT / "vae_core").rglob("*.py"))
INTERFACE = sorted((ROOT / "latent_explorer").rglob("*.py"))
PAGES = [ROOT / "app.py", *sorted((ROOT / "pages").rglob("*.py"))]
UNPICKLING_MODULES = {"pickle", "joblib", "dill"}


def imported_packages(path: Path) -> set[str]:
    """Return the top-level packages that a file imports, also inside functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.module and node.level == 0, f"{path} has a relative import"
            found.add(node.module.split(".")[0])
    return found


def test_caches_are_shared_and_bounded():
    """No page has a cache of its own, and a cache whose key has an argument has a size or time limit."""
    assert not [path for path in PAGES if "st.cache_" in path.read_text(encoding="utf-8")]
    n_caches = 0
    for path in INTERFACE:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.FunctionDef):
                continue
            for decorator in map(ast.unparse, node.decorator_list):
                if decorator.startswith("st.cache_"):
                    n_caches += 1
                    bounded = "max_entries" in decorator or "ttl" in decorator or not node.args.args
                    assert bounded, f"{path.name}: the cache of {node.name} has no limit"
    assert n_caches > 10


def test_no_file_is_unpickled():
    for path in CORE + INTERFACE:
        text = path.read_text(encoding="utf-8")
        assert not imported_packages(path) & UNPICKLING_MODULES, path
        assert "torch.load(" not in text, path
        assert "allow_pickle=True" not in text, path
