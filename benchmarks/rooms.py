"""How the house is built, in numbers: folders, names, sizes, arrows, and what one row passes.

    python benchmarks/rooms.py [--tree PATH] [--walk] [--out FILE]

The figures are read from the source of `--tree`; this same program measures another checkout.
`--walk` renders one row with `animatic` in this process and counts the modules and rooms of ours
that were called from its first task to its result. Prints JSON.
"""

from __future__ import annotations

import argparse
import ast
import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median

PACKAGES = ("jobs", "pipeline", "model", "manifests")
SLIVER_LINES = 60
"""A module below this with one reader may as well stand there."""

WALK = """
import json, sys, tempfile, threading
from pathlib import Path
import skimage.data
from PIL import Image
root = Path(sys.argv[1]).resolve()
sys.path.insert(0, str(root))
from jobs import RunConfig, run
from manifests import Job, write_jobs
try:
    from jobs.engine.executor import InProcess
except ImportError:
    from jobs.executor import InProcess
seen = set()
def watch(frame, event, _):
    if event == "call":
        seen.add(frame.f_code.co_filename)
with tempfile.TemporaryDirectory() as folder:
    home = Path(folder)
    portrait, manifest = str(home / "portrait.png"), str(home / "m.parquet")
    Image.fromarray(skimage.data.astronaut()).save(portrait)
    write_jobs([Job(job_id="a", portrait_uri=portrait, script="Good morning.")], manifest)
    sys.setprofile(watch)
    threading.setprofile(watch)
    settings = RunConfig(scratch=home / "scratch")
    run([manifest], str(home / "out"), settings, executor=InProcess)
    sys.setprofile(None)
ours = [Path(f).relative_to(root) for f in seen if Path(f).is_relative_to(root)]
packages = ("jobs", "pipeline", "model", "manifests")
print(json.dumps(sorted(str(f) for f in ours if f.parts[0] in packages)))
"""


def modules_of(tree: Path) -> dict[str, Path]:
    return {
        ".".join(path.relative_to(tree).with_suffix("").parts).removesuffix(".__init__"): path
        for package in PACKAGES
        for path in sorted((tree / package).rglob("*.py"))
    }


def imports_of(modules: Mapping[str, Path]) -> dict[str, set[str]]:
    """Which of our modules each one imports, wherever in its text."""
    return {name: set(_imported(path, modules)) - {name} for name, path in modules.items()}


def _imported(path: Path, modules: Mapping[str, Path]) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            for each in node.names:
                below = f"{node.module}.{each.name}"
                yield from (name for name in (below, node.module) if name in modules)
        elif isinstance(node, ast.Import):
            yield from (each.name for each in node.names if each.name in modules)


def circles_of(imports: Mapping[str, set[str]]) -> int:
    """Groups of modules that import each other, by Tarjan's algorithm."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found = 0

    def visit(name: str) -> None:
        nonlocal found
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in sorted(imports[name]):
            if other not in index:
                visit(other)
            if other in stack:
                low[name] = min(low[name], low[other])
        if low[name] == index[name]:
            group = stack[stack.index(name) :]
            del stack[stack.index(name) :]
            found += len(group) > 1

    sys.setrecursionlimit(10_000)
    for name in imports:
        if name not in index:
            visit(name)
    return found


def names_twice(modules: Mapping[str, Path]) -> list[str]:
    homes: defaultdict[str, set[str]] = defaultdict(set)
    for module, path in modules.items():
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name[0] != "_":
                homes[node.name].add(module)
    return sorted(name for name, found in homes.items() if len(found) > 1)


def figures_of(tree: Path) -> dict[str, object]:
    modules = modules_of(tree)
    trees = {name: ast.parse(path.read_text()) for name, path in modules.items()}
    lines = {name: len(path.read_text().splitlines()) for name, path in modules.items()}
    full = {n: count for n, count in lines.items() if modules[n].name != "__init__.py"}
    imports = imports_of(modules)
    readers = {name: [n for n, used in imports.items() if name in used] for name in modules}
    functions = [
        (node.end_lineno or 0) - node.lineno + 1
        for parsed in trees.values()
        for node in ast.walk(parsed)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    folders: defaultdict[str, int] = defaultdict(int)
    for path in modules.values():
        folders[str(path.parent.relative_to(tree))] += 1
    largest = max(folders, key=lambda name: folders[name])
    slivers = [n for n, c in full.items() if c < SLIVER_LINES and len(readers[n]) == 1]
    return {
        "modules": len(full),
        "folders": len(folders),
        "largest_folder": [largest, folders[largest]],
        "names_defined_twice": names_twice(modules),
        "slivers_with_one_reader": len(slivers),
        "slivers": sorted(slivers),
        "median_module_lines": median(full.values()),
        "median_function_lines": median(functions),
        "longest_module": max(full.values()),
        "circles": circles_of(imports),
        "statements": sum(isinstance(n, ast.stmt) for t in trees.values() for n in ast.walk(t)),
    }


def walk_of(tree: Path) -> dict[str, int]:
    """Modules and rooms that one row passes, from its manifest to its result."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", WALK, str(tree.resolve())]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    passed = json.loads(done.stdout.splitlines()[-1])
    return {
        "modules_passed": len(passed),
        "folders_passed": len({str(Path(each).parent) for each in passed}),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tree", type=Path, default=Path(__file__).parents[1])
    parser.add_argument("--walk", action="store_true")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    found = figures_of(given.tree) | (walk_of(given.tree) if given.walk else {})
    text = json.dumps(found, indent=1)
    print(text)
    if given.out:
        given.out.write_text(f"{text}\n")


if __name__ == "__main__":
    main()
