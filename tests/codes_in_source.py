"""Reads from the source which codes the program can say: those of errors and of warnings."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from manifests.errors import FailureKind

ROOT = Path(__file__).parents[1]
PACKAGES = ("manifests", "model", "pipeline", "jobs")

CODE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
WARNING = re.compile(r"([a-z][a-z0-9]*(?:_[a-z0-9]+)+|late|unsigned): ")
"""How a warning begins. Of its names only `late` and `unsigned` are single words."""

NO_WARNINGS = frozenset({"caption_fonts"})
"""Names of settings that stand before a sentence in the same way."""

KINDS = {f"FailureKind.{kind.name}": kind.value for kind in FailureKind}

HANDED_ON = frozenset(
    {
        "None",
        "answer['code']",
        "code",
        "error.code",
        "failure.code",
        "fault.code",
        "gate.code",
        "last.error_code if last else ''",
        "refused.code",
        "result.error_code or ''",
        "row.problems[0].code",
    }
)
"""Codes that come from elsewhere, where they are found as they are written."""


@dataclass(frozen=True, kw_only=True)
class Codes:
    """Each code with the classes that bear it; warnings; and what could not be followed."""

    errors: dict[str, set[str]] = field(default_factory=dict)
    warnings: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)


def codes_in_source() -> Codes:
    trees = [
        ast.parse(file.read_text())
        for package in PACKAGES
        for file in sorted((ROOT / package).rglob("*.py"))
    ]
    constants = dict(pair for tree in trees for pair in _constants(tree))
    modules = [list(ast.walk(tree)) for tree in trees]
    bearers = {"RushesError": 0} | {name: 0 for nodes in modules for name in _errors(nodes)}
    found = Codes()
    for nodes in modules:
        here = bearers | dict(_bearers(nodes))
        for node in nodes:
            for bearer, value in _code_values(node, here):
                _take(found, bearer, value, constants)
            found.warnings.update(_warnings(node, constants))
    return found


def _constants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Names that stand for one text in the whole program."""
    for node in tree.body:
        pairs: list[tuple[ast.expr, ast.expr]] = []
        match node:
            case ast.Assign(targets=[name], value=ast.Constant() as constant):
                pairs = [(name, constant)]
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=texts)):
                pairs = list(zip(names, texts, strict=True))
        for name, text in pairs:
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                yield ast.unparse(name), text.value


def _bearers(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, int]]:
    """Functions and classes of a module that take a `code`, and at which place."""
    for node in nodes:
        if isinstance(node, ast.FunctionDef) and node.name != "__init__":
            yield from ((node.name, at) for at in _place_of_code(node))
        if isinstance(node, ast.ClassDef):
            yield from ((node.name, at) for at in _place_in_init(node))


def _place_in_init(node: ast.ClassDef) -> Iterator[int]:
    for part in node.body:
        if isinstance(part, ast.FunctionDef) and part.name == "__init__":
            yield from (at - 1 for at in _place_of_code(part))  # without self


def _place_of_code(node: ast.FunctionDef) -> Iterator[int]:
    for at, each in enumerate(node.args.args):
        if each.arg == "code" and each.annotation and ast.unparse(each.annotation) != "int":
            yield at


def _errors(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """The classes of manifests/errors.py that are made with a code."""
    for node in nodes:
        if isinstance(node, ast.ClassDef) and "RushesError" in map(ast.unparse, node.bases):
            yield node.name


def _code_values(node: ast.AST, bearers: dict[str, int]) -> Iterator[tuple[str, ast.expr]]:
    """The expressions that become codes, each with who bears it."""
    if isinstance(node, ast.Call):
        called = ast.unparse(node.func)
        name = called.rpartition(".")[2]
        if called == "super().__init__" and len(node.args) == 2:
            yield "super", node.args[0]  # a class with a code of its own
        elif name in bearers and len(node.args) > bearers[name]:
            yield name, node.args[bearers[name]]
        kinds = [ast.unparse(each.value) for each in node.keywords if each.arg == "kind"]
        bearer = KINDS.get(kinds[0], name) if kinds else name
        for each in node.keywords:
            if each.arg in {"code", "error_code"}:
                yield str(bearer), each.value


def _take(found: Codes, bearer: str, value: ast.expr, constants: dict[str, str]) -> None:
    texts = list(_texts(value, constants))
    for text in texts:
        if CODE.fullmatch(text):
            found.errors.setdefault(text, set()).add(bearer)
    told = ast.unparse(value)
    if not texts and told not in HANDED_ON and isinstance(value, ast.expr):
        found.unknown.add(told)


def _texts(value: ast.expr, constants: dict[str, str]) -> Iterator[str]:
    """The texts that an expression may come to."""
    match value:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=body, orelse=orelse):
            yield from _texts(body, constants)
            yield from _texts(orelse, constants)
        case ast.Name(id=name) if name in constants:
            yield constants[name]


def _warnings(node: ast.AST, constants: dict[str, str]) -> Iterable[str]:
    match node:
        case ast.JoinedStr(values=[ast.Constant(value=str(text)), *_]):
            begin = text
        case ast.JoinedStr(values=[ast.FormattedValue(value=ast.Name(id=name)), rest, *_]):
            begin = constants.get(name, "") + str(getattr(rest, "value", ""))
        case ast.Constant(value=str(text)):
            begin = text
        case ast.Assign(targets=[ast.Name(id="code")], value=value):
            return set(_texts(value, constants))  # devices/class_changes.py: `f"{code}: ..."`
        case _:
            return ()
    told = WARNING.match(begin)
    return {told.group(1)} - NO_WARNINGS if told else ()
