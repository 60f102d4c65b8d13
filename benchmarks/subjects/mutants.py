"""Mutants of one module: what mutmut's operators change in it, and a few operators more.

Taken from mutmut: operators swapped (comparisons, arithmetic, logic), numbers + 1, keywords, names
of truth, `not` and `~` removed, arms of a ternary forced. Added here: numbers - 1, a term dropped
from a sum or a condition, arms of a ternary and of an `if` swapped, a statement that only calls
removed. Strings are left alone: they are messages here. So are defaults of fields and parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import unified_diff

import libcst as cst
from mutmut.mutation import mutators

Mutate = Callable[[cst.CSTNode], Iterator[cst.CSTNode]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A module's source with one change; `before` and `after` are the changed lines."""

    line: int
    before: str
    after: str
    source: str


def minus_one(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    if isinstance(node, cst.Integer | cst.Float):
        value = node.evaluated_value - 1
        less = repr(abs(value)) if value >= 0 else f"(-{abs(value)!r})"
        yield cst.parse_expression(less)


def term_dropped(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    sums = cst.Add | cst.Subtract
    if (isinstance(node, cst.BinaryOperation) and isinstance(node.operator, sums)) or isinstance(
        node, cst.BooleanOperation
    ):
        yield node.left
        yield node.right


def arms_swapped(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    if isinstance(node, cst.IfExp):
        yield node.with_changes(body=node.orelse, orelse=node.body)
    if isinstance(node, cst.If) and isinstance(node.orelse, cst.Else):
        swapped = node.orelse.with_changes(body=node.body)
        yield node.with_changes(body=node.orelse.body, orelse=swapped)


def call_removed(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    if isinstance(node, cst.Expr) and isinstance(node.value, cst.Call | cst.Await):
        yield cst.Pass()


TAKEN = (
    "operator_number",
    "operator_name",
    "operator_remove_unary_ops",
    "operator_keywords",
    "operator_swap_op",
    "operator_if_exp",
    "operator_augmented_assignment",
)
"""Of mutmut's operators."""

ADDED: tuple[Mutate, ...] = (minus_one, term_dropped, arms_swapped, call_removed)


def mutants_of(source: str) -> list[Mutant]:
    """All mutants of a module, in the order of their lines."""
    wrapper = cst.MetadataWrapper(cst.parse_module(source), unsafe_skip_copy=True)
    places = wrapper.resolve(cst.metadata.PositionProvider)
    finder = _Finder()
    wrapper.module.visit(finder)
    found = {}
    for old, new in finder.changes:
        mutated = wrapper.module.deep_replace(old, new).code
        line = places[old].start.line if old in places else 0
        if mutated != source and _compiles(mutated):
            found.setdefault(mutated, _mutant(source, mutated, line))
    return sorted(found.values(), key=lambda mutant: (mutant.line, mutant.after))


class _Finder(cst.CSTVisitor):
    """Collects pairs of a node and what an operator makes of it."""

    def __init__(self) -> None:
        super().__init__()
        self.changes: list[tuple[cst.CSTNode, cst.CSTNode]] = []
        taken = [(kind, op) for kind, op in mutators.mutation_operators if op.__name__ in TAKEN]
        self._operators = [*taken, *((cst.CSTNode, op) for op in ADDED)]

    def on_visit(self, node: cst.CSTNode) -> bool:
        if isinstance(node, cst.Annotation | cst.Decorator | cst.Import | cst.ImportFrom):
            return False
        if isinstance(node, cst.ClassDef):
            for part in node.body.body:
                if isinstance(part, cst.FunctionDef):
                    part.visit(self)
            return False
        for kind, operator in self._operators:
            if isinstance(node, kind):
                self.changes += [(node, new) for new in operator(node)]
        return True

    def visit_Param(self, node: cst.Param) -> bool:  # noqa: N802 - libcst's name
        del node
        return False


def _compiles(source: str) -> bool:
    try:
        compile(source, "mutant", "exec")
    except (SyntaxError, ValueError):
        return False
    return True


def _mutant(source: str, mutated: str, line: int) -> Mutant:
    changed = list(unified_diff(source.splitlines(), mutated.splitlines(), lineterm="", n=0))[2:]
    before = " / ".join(text[1:].strip() for text in changed if text.startswith("-"))
    after = " / ".join(text[1:].strip() for text in changed if text.startswith("+"))
    return Mutant(line=line, before=before, after=after, source=mutated)
