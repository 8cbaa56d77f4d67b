"""Draw the imports between packages as docs/imports.svg: ``python docs/import_graph.py [ROOT] [--out FILE]``.

Uses grimp (the graph of import-linter) and Graphviz' ``dot``. A node is a package or a module of ``vae_core`` or
``latent_explorer``; red edges belong to a circle of imports.
"""

import argparse
import ast
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import grimp

PACKAGES = ("latent_explorer", "vae_core")
COLOURS = {"app": "#f6d6a8", "latent_explorer": "#cfe3f7", "vae_core": "#d5efd5"}
PAGES = "app.py, pages"
Edges = dict[str, set[str]]


def node_of(module: str) -> str:
    """The package or module directly below one of PACKAGES, e.g. ``vae_core.parts``."""
    return ".".join(module.split(".")[:2])


def page_imports(root: Path) -> set[str]:
    """Nodes that app.py and the scripts in pages/ import; they are no package, so grimp does not see them."""
    found = set()
    for path in [root / "app.py", *sorted((root / "pages").glob("*.py"))]:
        for statement in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(statement, ast.Import):
                found |= {node_of(alias.name) for alias in statement.names}
            elif isinstance(statement, ast.ImportFrom) and statement.module:
                # ``from latent_explorer import session`` names a module, ``from vae_core.config import PARTS`` does not
                deep = "." in statement.module
                found |= {node_of(statement.module if deep else f"{statement.module}.{a.name}") for a in statement.names}
    return {name for name in found if name.split(".")[0] in PACKAGES}


def import_edges(root: Path) -> Edges:
    """Edges between nodes of the tree at ``root``."""
    sys.path.insert(0, str(root))
    graph = grimp.build_graph(*PACKAGES, exclude_type_checking_imports=True, cache_dir=None)
    edges: Edges = defaultdict(set)
    for module in graph.modules:
        source = node_of(module)
        edges[source] |= {node_of(target) for target in graph.find_modules_directly_imported_by(module)} - {source}
    nodes = set(edges)
    edges[PAGES] = page_imports(root) & nodes
    for package in PACKAGES:  # its __init__ holds lazy imports only
        edges.pop(package, None)
    return {source: {target for target in targets if target in edges} for source, targets in edges.items()}


def reachable(edges: Edges, start: str) -> set[str]:
    """Nodes that ``start`` leads to over one or more edges."""
    seen, waiting = set(), list(edges[start])
    while waiting:
        if (node := waiting.pop()) not in seen:
            seen.add(node)
            waiting += edges[node]
    return seen


def circles(edges: Edges) -> set[tuple[str, str]]:
    """Edges whose target leads back to their source."""
    leads_to = {node: reachable(edges, node) for node in edges}
    return {(source, target) for source, targets in edges.items() for target in targets if source in leads_to[target]}


def reduced(edges: Edges, kept: set[tuple[str, str]]) -> Edges:
    """Edges that no longer path outside a circle implies: fewer lines, the same order from top to bottom."""
    leads_to = {node: reachable(edges, node) for node in edges}

    def implied(source: str, target: str) -> bool:
        others = (other for other in edges[source] - {target} if source not in leads_to[other])
        return (source, target) not in kept and any(target in leads_to[other] for other in others)

    return {source: {target for target in targets if not implied(source, target)} for source, targets in edges.items()}


def to_dot(edges: Edges) -> str:
    """The drawing in Graphviz' language, a box per package."""
    red = circles(edges)
    lines = ["digraph imports {", 'graph [rankdir=TB, ranksep=0.35, nodesep=0.15, fontname="Helvetica", bgcolor="white"];']
    lines += ['node [shape=box, style="filled,rounded", fontname="Helvetica", fontsize=11, height=0.3, color="#888888"];']
    lines += ['edge [color="#999999", arrowsize=0.5];']
    lines.append(f'"{PAGES}" [fillcolor="{COLOURS["app"]}"];')
    for package in PACKAGES:
        nodes = sorted(name for name in edges if name.split(".")[0] == package)
        lines.append(f'subgraph "cluster_{package}" {{ label="{package}"; color="#bbbbbb";')
        lines += [f'"{name}" [label="{name.partition(".")[2]}", fillcolor="{COLOURS[package]}"];' for name in nodes]
        lines.append("}")
    for source, targets in sorted(reduced(edges, red).items()):
        for target in sorted(targets):
            style = ' [color="#cc0000", penwidth=1.5]' if (source, target) in red else ""
            lines.append(f'"{source}" -> "{target}"{style};')
    return "\n".join([*lines, "}"])


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("root", nargs="?", type=Path, default=Path(__file__).parents[1], help="the tree to draw")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("imports.svg"), metavar="FILE")
    args = parser.parse_args()
    edges = import_edges(args.root.resolve())
    drawing = subprocess.run(["dot", "-Tsvg"], input=to_dot(edges), capture_output=True, text=True, check=True).stdout
    args.out.write_text(drawing, encoding="utf-8")
    count = sum(map(len, edges.values()))
    print(f"{args.out}: {len(edges)} packages and modules, {count} edges, {len(circles(edges))} of them in circles")


if __name__ == "__main__":
    main()
