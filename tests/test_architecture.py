"""Imports go one way: app, pages → latent_explorer → vae_core."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PARTS = {
    "vae_core": sorted((ROOT / "vae_core").rglob("*.py")),
    "latent_explorer": sorted((ROOT / "latent_explorer").rglob("*.py")),
    "pages": [ROOT / "app.py", *sorted((ROOT / "pages").rglob("*.py"))],
}
FORBIDDEN = {
    "vae_core": {"streamlit", "plotly", "latent_explorer", "pages", "app"},
    "latent_explorer": {"torch", "torchvision", "pages", "app"},
    "pages": {"torch", "torchvision", "app"},
}


def imports(path: Path) -> set[str]:
    """The top-level packages that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("part", PARTS)
def test_one_way(part):
    assert PARTS[part]
    wrong = {str(p.relative_to(ROOT)): bad for p in PARTS[part] if (bad := imports(p) & FORBIDDEN[part])}
    assert not wrong


def test_caches_are_shared_and_bounded():
    """A page caches nothing of its own; what depends on an argument is kept a limited number of times."""
    assert not [p for p in PARTS["pages"] if "st.cache_" in p.read_text()]
    kept = 0
    for path in PARTS["latent_explorer"]:
        for node in ast.walk(ast.parse(path.read_text())):
            marks = [ast.unparse(mark) for mark in getattr(node, "decorator_list", ())]
            for mark in marks:
                if mark.startswith("st.cache_"):
                    kept += 1
                    assert "max_entries" in mark or "ttl" in mark or not node.args.args, f"{path.name}: {node.name} grows"
    assert kept > 10


def test_nobody_reads_pickles():
    for path in PARTS["vae_core"] + PARTS["latent_explorer"]:
        text = path.read_text()
        assert not imports(path) & {"pickle", "joblib", "dill"}, path
        assert "torch.load(" not in text, path
        assert "allow_pickle=True" not in text, path
