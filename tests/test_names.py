"""One public name, one meaning: no class and no public function stands in two modules."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("jobs", "pipeline", "model", "manifests")

SHARED = {
    "cells": "each format of a manifest reads its rows by it (manifests/formats)",
    "columns": "each format of a manifest tells its columns by it",
    "write": "each format of a manifest is written by it",
    "main": "each program begins there",
}
"""Names of one protocol that several modules carry out."""

STORED = (
    "looks", "take", "segmentfile", "reel", "captions", "master", "delivered", "deliveredpart",
    "cutlist", "keptsound", "networkfigures", "signed", "finishedsegment",
)  # fmt: skip


def public_names(module: Path) -> Iterator[str]:
    for node in ast.parse(module.read_text()).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            overload = any("overload" in ast.unparse(each) for each in node.decorator_list)
            if not node.name.startswith("_") and not overload:
                yield node.name


def modules() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def test_no_public_name_is_defined_twice() -> None:
    homes: defaultdict[str, list[str]] = defaultdict(list)
    for module in modules():
        for name in public_names(module):
            homes[name].append(str(module.relative_to(ROOT)))
    assert len(homes) > 1000  # they are still found
    twice = {name: found for name, found in homes.items() if len(found) > 1}
    assert {name: found for name, found in twice.items() if name not in SHARED} == {}
    assert set(SHARED) <= set(twice)


def test_no_folder_holds_more_modules_than_a_reader_can_see() -> None:
    sizes: defaultdict[str, int] = defaultdict(int)
    for module in modules():
        sizes[str(module.parent.relative_to(ROOT))] += module.name != "__init__.py"  # the sign
    assert {folder: size for folder, size in sizes.items() if size > 20} == {}


def test_records_of_finished_work_keep_their_names() -> None:
    """What is stored in output folders of earlier versions is found under these."""
    stored = {
        node.value.value
        for module in modules()
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and node.target.id == "stored_as"
        and isinstance(node.value, ast.Constant)
    }
    assert stored == set(STORED)
