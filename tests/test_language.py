"""Plain language: first lines of docstrings, and words that a reader of English as a second language would have to decode."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PYTHON = ("app.py", "hatch_build.py", "vae_core", "latent_explorer", "pages", "tests", "benchmarks", "docs", "checkpoints")
TEXTS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs")
CANVAS = ROOT / "latent_explorer" / "canvas"
SKIPPED = {"node_modules", "dist", "__pycache__", "build", ".venv"}

# A first line begins with a verb or with a noun of the field; these begin a riddle or a clause. A lesson's question may.
NOT_FIRST = {"as", "how", "nobody", "somebody", "those", "what", "whatever", "where", "who", "whoever", "whom", "whose"}

# Words and turns of phrase that the project's texts used in place of terms. Each is unambiguous as it is written here.
BANNED = (
    r"under the hand", r"in one hand", r"the hand has", r"in the hands? of", r"whoever", r"(?<!~)nobody", r"somebody",
    r"strangers?", r"stands? still", r"the truth:", r"too dear", r"is dear", r"dear tests?", r"ha(?:s|ve) not got",
    r"(?:code|one|it|which|that) has not\b(?! (?:been|yet|arrived|changed|moved|met|seen|run))", r"the shelf", r"a shelf",
    r"take it in", r"takes? in a zip", r"the eyes?", r"under the eye", r"is told", r"are told", r"to be told", r"told of",
    r"obey(?:s|ed)?",
    r"pays? the price", r"the price of", r"has a price", r"the bill", r"waits? in line", r"next in line", r"in the line\b",
    r"the line of a", r"as it stands", r"what stands", r"whom", r"gone for good", r"hands? it out", r"says nothing of",
    r"comes and goes?", r"come and go", r"for who\b", r"who would rather",
)  # fmt: skip
BAN = re.compile(r"\b(?:" + "|".join(BANNED) + r")(?!\w)", re.IGNORECASE)


def files(places: tuple[str, ...], *suffixes: str) -> list[Path]:
    """Files with one of these suffixes below the places, without generated ones."""
    found = []
    for place in places:
        path = ROOT / place
        found += [path] if path.is_file() else [file for file in sorted(path.rglob("*")) if file.suffix in suffixes]
    return [path for path in found if not SKIPPED & set(path.relative_to(ROOT).parts)]


def docstrings(path: Path) -> Iterator[tuple[int, str]]:
    """(line, first line of the docstring) of the module, its classes and its functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node)
            if text:
                yield getattr(node, "lineno", 1), text.splitlines()[0]


def test_first_lines_of_docstrings_begin_with_a_verb_or_a_noun():
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: {text}"
        for path in files(PYTHON, ".py")
        for line, text in docstrings(path)
        if re.split(r"[^\w]", text.lower(), maxsplit=1)[0] in NOT_FIRST and not text.endswith("?")
    ]
    assert not wrong, "\n".join([f"{len(wrong)} docstrings:", *wrong])


def code_files() -> list[Path]:
    paths = files(PYTHON, ".py") + files(TEXTS, ".md")
    paths += [path for part in ("src", "test") for path in sorted((CANVAS / part).rglob("*.ts"))]
    return [path for path in paths if path != Path(__file__)]


def test_coinages_do_not_occur_in_code_documents_or_the_interface():
    found = [
        f"{path.relative_to(ROOT)}:{number}: {match.group()!r} in {line.strip()[:120]}"
        for path in code_files()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        for match in BAN.finditer(line)
    ]
    assert not found, "\n".join([f"{len(found)} places:", *found])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a decoder under the hand", True),
        ("What a model is told beside the image", True),
        ("Nobody meets a half-written folder", True),
        ("the server has not been started", False),
        ("a line of text, the first line of the file", False),
        ("a handle of the slider", False),
        ("price lists", False),
        ("a line of the history", False),
    ],
)
def test_the_list_finds_coinages_and_leaves_usual_english(text, found):
    assert bool(BAN.search(text)) == found
