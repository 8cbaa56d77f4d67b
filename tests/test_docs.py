"""Documents: links lead to files, named paths and environment variables exist, README.md stays short."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
CODE = [path for top in ("vae_core", "latent_explorer", "pages") for path in (ROOT / top).rglob("*.py")]


def test_readme_is_short():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_to_files(page):
    targets = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    local = [target for target in targets if "://" not in target]
    assert [target for target in local if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_named_paths_exist(page):
    """Paths in backquotes that begin with a folder of the repository; patterns such as ``<slug>`` are left out."""
    tops = "vae_core|latent_explorer|pages|tests|docs|benchmarks|checkpoints"
    names = re.findall(rf"`((?:{tops})/[\w./-]+)`", page.read_text(encoding="utf-8"))
    made_later = {"checkpoints/mine", "latent_explorer/_app", "tests/mutations/"}
    assert [name for name in names if name not in made_later and not (ROOT / name).exists()] == []


def test_documented_environment_variables_are_read_by_the_code():
    documented = set(re.findall(r"LATENT_EXPLORER_[A-Z_]+", "\n".join(page.read_text(encoding="utf-8") for page in PAGES)))
    code = "\n".join(path.read_text(encoding="utf-8") for path in CODE)
    from vae_core.runs.server_limits import ServerLimits

    limits = {f"LATENT_EXPLORER_{field.upper()}" for field in ServerLimits.__dataclass_fields__}
    unknown = [name for name in documented - limits if name not in code]
    assert unknown == []


def test_every_page_is_in_the_navigation():
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:")[2]
    listed = set(re.findall(r"[\w/-]+\.md", navigation))
    assert listed == {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
